"""A file that is being read: where it lies, what people call it, and how its readers complain."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .._messages import Phrase
from .._reader_words import explain_reader
from ..errors import N_, UnreadableSource

MAX_CELLS = 400_000_000  # in one table: an endless table ends here, not when the disk or the patience does
MAX_COLUMNS = 20_000  # twice what the widest honest tables have


@dataclass(frozen=True)
class SourceFile:
    """A file on disk with the name that messages use: an address, a path below the cards, a file's own name."""

    path: Path
    name: str

    def refuse(self, *, form: str, reason: str | Exception, code: str | None = None) -> UnreadableSource:
        """Return the error that says why the whole file does not read as `form`."""
        return UnreadableSource(
            N_("{source} does not read as {format}: {reason}."),
            code=code,
            source=self.name,
            format=form,
            reason=_spoken(reason, form=form),
            hint=N_("Ask whoever made the file for a whole one, or correct how the card describes it."),
        )

    def refuse_text(self, *, form: str, encoding: str, reason: Exception) -> UnreadableSource:
        """Return the error that says why text in `encoding` does not read as `form`."""
        return UnreadableSource(
            N_("{source} does not read as {format} in {encoding}: {reason}."),
            source=self.name,
            format=form,
            encoding=encoding,
            reason=_spoken(reason, form=form),
        )

    def refuse_line(self, line: int, *, reason: str | Exception) -> UnreadableSource:
        """Return the error that says why one line, or row of a sheet, does not read."""
        return UnreadableSource(
            N_("{source}, line {place}: {reason}."), source=self.name, place=line, reason=_spoken(reason)
        )

    def refuse_record(self, number: int, *, reason: str | Exception) -> UnreadableSource:
        """Return the error that says why one record does not read, in a format that has no lines."""
        return UnreadableSource(
            N_("{source}, record {place}: {reason}."), source=self.name, place=number, reason=_spoken(reason)
        )

    def missing_part(self, wanted: str, *, present: list[str]) -> UnreadableSource:
        """Return the error that names the sheets, tables, members … there are, where `wanted` is none of them."""
        return UnreadableSource(
            N_("{source} has no part called {wanted}; it has: {present}."),
            source=self.name,
            wanted=repr(wanted),
            present=", ".join(map(repr, present[:20])),
            hint=N_("Correct the part's name in the card's source."),
        )


def _spoken(reason: str | Exception, *, form: str = "") -> object:
    """Return a reason as it is put into a sentence; a library's exception is put into our words."""
    return explain_reader(reason, form=form) if isinstance(reason, Exception) else Phrase(reason)
