"""Examples: the first few values that a message shows, each with its line, and how many there are in all."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from .findings import EXAMPLES

_LONGEST_EXAMPLE = 80  # characters of a value that a message shows
_MOST_BLANKS = 3  # around it


@dataclass
class Examples:
    """Some lines with their values, and how many there are in all."""

    count: int = 0
    keeps_blanks: bool = False  # those around a value are shown
    shown: list[tuple[int, str]] = field(default_factory=list)

    def add(self, lines: pl.Series, values: pl.Series) -> None:
        """Count all of `values` and keep the first few."""
        self.count += len(values)
        room = EXAMPLES - len(self.shown)
        if room > 0:
            texts = (self._show(value) for value in values.head(room))
            self.shown += list(zip(lines.head(room).to_list(), texts, strict=True))

    def _show(self, value: str) -> str:
        """Return `value` as a message shows it; of many blanks around it only the first few."""
        if not self.keeps_blanks:
            return shorten(value)
        before, after = len(value) - len(value.lstrip()), len(value) - len(value.rstrip())
        return " " * min(before, _MOST_BLANKS) + shorten(value) + " " * min(after, _MOST_BLANKS)


def shorten(text: str) -> str:
    """Return `text` on one line, cut where it is too long to show; nothing in it steers a terminal."""
    flat = "".join(_visible(character) for character in " ".join(text[: 10 * _LONGEST_EXAMPLE].split()))
    return flat if len(flat) <= _LONGEST_EXAMPLE else flat[: _LONGEST_EXAMPLE - 1] + "…"


def _visible(character: str) -> str:
    return character if character.isprintable() else f"\\x{ord(character):02x}"


def note(examples: Examples, mask: pl.Series, text: pl.Series, lines: pl.Series) -> None:
    """Keep the values that `mask` says."""
    if mask.any():
        examples.add(lines.filter(mask.fill_null(False)), text.filter(mask.fill_null(False)))
