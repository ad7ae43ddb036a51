"""The search index over own and harvested datasets: what is asked, what it answers, and the index of this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .hits import Hit
from .requests import FACETS, SORTS, FacetCount, FilterRemark, Piece, SearchAnswer, SearchRequest, Suggestion

if TYPE_CHECKING:
    from .index import Index

__all__ = [
    "FACETS",
    "SORTS",
    "FacetCount",
    "FilterRemark",
    "Hit",
    "Piece",
    "SearchAnswer",
    "SearchRequest",
    "Suggestion",
    "open_index",
]


def open_index() -> Index:
    """Return the process's index, brought up to date with cards and harvested records."""
    from .upkeep import open_index

    return open_index()
