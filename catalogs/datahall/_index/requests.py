"""A search as plain values: what is asked, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from .hits import Hit

Sort = Literal["relevance", "newest", "quality", "use", "title", "name"]

# Those that people are offered; the others are for programs.
SORTS: tuple[Sort, ...] = ("relevance", "newest", "quality", "use")

# What datasets can be filtered and counted by.
FACETS = ("theme", "publisher", "license", "access", "format", "year", "place", "synthetic", "source")

# These, and what is so manifold that it is counted only where somebody asks for it.
COUNTABLE = (*FACETS, "keyword")


@dataclass(frozen=True)
class SearchRequest:
    """One search. Values of one filter are alternatives, different filters must all hold, none of `without` may.

    Facets are counted without their own filter, or with all filters where `are_facets_narrowed`; of each, `values` are
    kept, of years all. Titles and names are ordered from A, everything else from the highest, unless `is_reversed`.
    Where few datasets have all words, those follow that have most of them, unless `needs_all_words`.

    Beside facets, programs filter by `keyword`, `id` and `modified` (``2024-01-01..2024-12-31``; an end may be open).
    """

    text: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: Sort = "relevance"
    start: int = 0
    rows: int = 20
    facets: tuple[str, ...] = FACETS
    language: str = "en"
    without: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_reversed: bool = False
    are_facets_narrowed: bool = False
    values: int = 100
    needs_all_words: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text; `is_match` where it is what was searched for."""

    text: str
    is_match: bool = False


@dataclass(frozen=True, slots=True)
class FacetCount:
    """How many of the datasets found have a value of a facet."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What somebody may be typing: words to search for, or the title of the dataset `id`."""

    text: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class FilterRemark:
    """A filter among the words that says nothing: `near` are values that may be meant."""

    name: str
    value: str
    near: tuple[str, ...] = ()
    is_read_as_words: bool = False  # else no dataset has the value


@dataclass(frozen=True)
class SearchAnswer:
    """What was found: how many datasets, those of the page, and counts for the facets asked for.

    Each facet is counted without its own filter, so that a page can offer the alternatives. `did_you_mean` is a better
    spelling of the text, where it finds more; `is_partial` says that not all words occur in what is shown; `remarks`
    name filters among the words that say nothing.
    """

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, tuple[FacetCount, ...]]
    did_you_mean: str | None = None
    is_partial: bool = False
    remarks: tuple[FilterRemark, ...] = ()
