"""Why the proxy does not do what it is asked: one tree, each with a status, a stable code and words in both languages.

Refusal
├── BadRequest           (400)  not what a proxy can be asked
├── RefusedDestination   (403)  a place that nobody is led to
├── Unreachable          (502)  a place that does not answer
└── TooSlow              (504)  a place that takes too long
    └── SlowRequest      (408)  a request that does
"""

from __future__ import annotations

from datahall_hub.translations import LANGUAGES, load_translations

DOMAIN = "egress"


def N_(message: str) -> str:
    """Mark a message for translation."""
    return message


class Refusal(Exception):
    """The proxy refuses, or fails; the words are safe to show to whoever asked."""

    status = 500

    def __init__(self, code: str, message: str, **values: object) -> None:
        super().__init__(message.format(**values))
        self.code = code
        self._message = message
        self._values = values

    def describe(self) -> str:
        """Return the code and the sentence in every language: who asks is often a program that names none."""
        sentences = [
            load_translations(DOMAIN, language=language).gettext(self._message).format(**self._values)
            for language in LANGUAGES
        ]
        return "\n".join([f"{self.code}:", *sentences]) + "\n"


class BadRequest(Refusal):
    """Not what a proxy can be asked."""

    status = 400


class RefusedDestination(Refusal):
    """A place that nobody is led to."""

    status = 403


class Unreachable(Refusal):
    """A place that does not answer."""

    status = 502


class TooSlow(Refusal):
    """A place that takes too long."""

    status = 504


class SlowRequest(TooSlow):
    """A request that takes too long to come."""

    status = 408
