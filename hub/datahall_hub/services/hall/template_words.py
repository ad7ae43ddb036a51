"""The words of templates, put in when a template is compiled: a page then looks none of them up.

There is an environment for each language, in which ``_("Datasets")`` stands for the text itself. Calls with values to
put in, and with anything but one text, are left as they are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from jinja2 import Environment
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from datahall_hub.services.hall.wording import Words

_CALL = ("name", "lparen", "string", "rparen")


class FixedWords(Extension):
    """Replaces ``_("text")`` by the text in the language of the environment, which `fix_words` names."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Yield the tokens of a template, four of such a call as one."""
        words: Words = getattr(self.environment, "words")  # noqa: B009 Jinja puts it there, unknown to its type
        window: deque[Token] = deque()
        for token in stream:
            window.append(token)
            if len(window) < len(_CALL):
                continue
            if tuple(each.type for each in window) == _CALL and window[0].value == "_":
                yield Token(window[0].lineno, "string", words.text(window[2].value))
                window.clear()
            else:
                yield window.popleft()
        yield from window


def fix_words(environment: Environment, *, language: str) -> None:
    """Have the templates of `environment` speak `language`."""
    environment.extend(words=Words(language))
    environment.add_extension(FixedWords)
