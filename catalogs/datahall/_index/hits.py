"""A dataset that was found, and its texts with what was searched for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from .._entries.entry import Entry
from .requests import Piece
from .snippets import cut_snippet, mark


@dataclass(frozen=True)
class Hit:
    """One dataset found for `terms`, with its texts in `language`, looked through where they are asked for."""

    entry: Entry
    score: float
    terms: frozenset[str] = frozenset()
    language: str = "en"

    @property
    def id(self) -> str:
        """The dataset's id."""
        return self.entry.id

    @cached_property
    def title(self) -> tuple[Piece, ...]:
        """The title, with what was searched for."""
        return mark(self.entry.title_in(self.language), terms=self.terms)

    @cached_property
    def snippet(self) -> tuple[Piece, ...]:
        """The part of the description where most of what was searched for stands."""
        return cut_snippet(self.entry.description_in(self.language), terms=self.terms)
