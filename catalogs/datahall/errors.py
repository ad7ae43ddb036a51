"""What can go wrong, as exceptions that tell a person what happened, to which thing, and what to do now.

    DatahallError
    ├── UnknownDataset      no card has this id, or the store has no such version
    ├── UnknownTheme        none of the 20 themes has this id
    ├── WrongType           an argument is of a kind that cannot be meant (also a TypeError)
    ├── InvalidQuery        an SQL query cannot be answered (the columns there are, are named)
    ├── InvalidCard         a card does not hold what it must (file, field and line are named)
    ├── NotPublished        something is to be done before a dataset may be seen (`problems` lists it)
    ├── NotPresent          the data is not in the store, and nobody here can fetch it
    ├── SourceFailed        a source is unreachable, refused, too large, truncated or altered
    ├── UnreadableSource    a source's bytes do not fit the card (file, field, line and value are named)
    └── StoreFailed         the store cannot be written

    DatahallWarning         nothing went wrong, but the person should know (a newer version, other columns)

Every text is written in English in the code, marked with ``N_``, and translated when it is shown.
"""

from __future__ import annotations

from typing import Self

from ._messages import N_, chosen_language, join_sentences, translate


class DatahallError(Exception):
    """An expected failure; ``code`` is for programs, ``message`` and ``hint`` for people."""

    code = "error"

    def __init__(
        self, text: str, *, hint: str = "", terminal_hint: str = "", code: str | None = None, **values: object
    ) -> None:
        super().__init__(text)
        self._text = text
        self._hint = hint
        self._terminal_hint = terminal_hint
        self._values = values
        self.code = code or type(self).code

    def message(self, language: str | None = None) -> str:
        """Return what happened, in `language` (``en`` or ``zh``; default: the environment's)."""
        language = language or chosen_language()
        return translate(self._text, language=language, **self._spoken_values(language))

    def hint_in(self, language: str | None = None) -> str:
        """Return what to do now, in `language`; may be empty."""
        language = language or chosen_language()
        return translate(self._hint, language=language, **self._spoken_values(language))

    def _spoken_values(self, language: str) -> dict[str, object]:
        """Return what the text names; an error that is the reason for this one is told in the same language."""
        return {
            key: value.message(language) if isinstance(value, DatahallError) else value
            for key, value in self._values.items()
        }

    def at_terminal(self) -> Self:
        """Return this error with the hint for who types commands, where that is another than for Python."""
        self._hint = self._terminal_hint or self._hint
        return self

    @property
    def hint(self) -> str:
        """What to do now, in the environment's language."""
        return self.hint_in()

    def as_json(self, language: str | None = None) -> dict[str, dict[str, str]]:
        """Return the form that programs rely on."""
        return {"error": {"code": self.code, "message": self.message(language), "hint": self.hint_in(language)}}

    def values(self) -> tuple[object, ...]:
        """Return the things that the message names."""
        return tuple(self._values.values())

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows in place of a traceback: the way through our code helps nobody here."""
        return [f"{type(self).__name__}: {self}"]

    def __str__(self) -> str:
        return join_sentences(self.message(), self.hint)


class UnknownDataset(DatahallError):
    """No card has this id, or the store holds no such version."""

    code = "unknown-dataset"


class UnknownTheme(DatahallError):
    """None of the 20 themes has this id."""

    code = "unknown-theme"


class WrongType(DatahallError, TypeError):
    """An argument is of a kind that cannot be meant."""

    code = "wrong-type"


def check_text(value: object, *, name: str, example: str) -> None:
    """Raise WrongType where what a person gave as `name` is no text."""
    if not isinstance(value, str):
        raise WrongType(
            N_("{name} is a text, not {value} ({kind})."),
            name=name,
            value=repr(value)[:60],
            kind=type(value).__name__,
            hint=N_("Say for example {example}."),
            example=example,
        )


class InvalidQuery(DatahallError):
    """An SQL query cannot be answered."""

    code = "invalid-query"


class InvalidCard(DatahallError):
    """A card does not hold what it must."""

    code = "invalid-card"


class NotPresent(DatahallError):
    """The data is not in the store, and nobody here can fetch it."""

    code = "not-present"


class SourceFailed(DatahallError):
    """A source is unreachable, refused, too large, truncated or altered."""

    code = "source-failed"


class UnreadableSource(DatahallError):
    """A source's bytes do not fit the card."""

    code = "unreadable-source"


class StoreFailed(DatahallError):
    """The store cannot be written."""

    code = "store-failed"


class DatahallWarning(UserWarning):
    """Something about the data that is read, said once per dataset and kernel; ``code`` is for programs.

    Examples
    --------
    >>> warnings.filterwarnings("ignore", category=datahall.DatahallWarning)  # doctest: +SKIP
    """

    def __init__(self, message: str, *, code: str = "warning") -> None:
        super().__init__(message)
        self.code = code


__all__ = [
    "N_",
    "DatahallError",
    "DatahallWarning",
    "InvalidCard",
    "InvalidQuery",
    "NotPresent",
    "SourceFailed",
    "StoreFailed",
    "UnknownDataset",
    "UnknownTheme",
    "UnreadableSource",
    "WrongType",
    "check_text",
]
