"""The words that typer itself puts into a help page, in the reader's language."""

from __future__ import annotations

import re
from typing import Any

from typer.core import TyperCommand, TyperGroup

from ._messages import chosen_language, translate
from .errors import N_

# Where each of typer's words stands on a help page.
_WORDS = {
    r"^Usage:": N_("Usage:"),
    r"^Arguments:$": N_("Arguments:"),
    r"^Options:$": N_("Options:"),
    r"^Commands:$": N_("Commands:"),
    r"(?<=\s)Show this message and exit\.$": N_("Show this message and exit."),
    r"(?<=\s)\[OPTIONS\]": N_("[OPTIONS]"),
    r"(?<=\s)COMMAND \[ARGS\]\.\.\.$": N_("COMMAND [ARGS]..."),
    r"\[required\]$": N_("[required]"),
}


class SpokenCommand(TyperCommand):
    """A command whose help page speaks the reader's language throughout."""

    def get_help(self, ctx: Any) -> str:  # typer does not export the type of its context here
        return _spoken(super().get_help(ctx))


class SpokenGroup(TyperGroup):
    """A group of commands whose help page speaks the reader's language throughout."""

    def get_help(self, ctx: Any) -> str:
        return _spoken(super().get_help(ctx))


def _spoken(page: str) -> str:
    for pattern, words in _WORDS.items():
        page = re.sub(pattern, translate(words, language=chosen_language()), page, flags=re.MULTILINE)
    return page
