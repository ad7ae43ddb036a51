"""How many of the datasets found have which value of each facet, in one pass over them.

The counts are exact unless a facet has so many values (publishers, places of a million datasets) that one of those
shown is not among the first thousand in some part of the index: looking up the name of each takes most of the time.
Each facet is counted without its own filter, so facets that are filtered by need a pass of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .requests import FacetCount
from .schema import BETWEEN, SETS

if TYPE_CHECKING:
    from tantivy import Query, Searcher

MOST_VALUES = 100  # of one facet that are shown, the most frequent ones
_MOST_SETS = 65_000  # different sets of values that one pass counts
SLOW = ("publisher", "place", "year")  # facets that take longer to count than all others together
_LOOKED_AT = 1_000  # most frequent values of each part of the index, among which those that are shown are looked for

YEARS = range(1900, 2101)  # that are counted; a dataset about the Middle Ages is found, but is in no year of the facet


def count_facets(
    searcher: Searcher, names: Sequence[str], *, query_without: Callable[[str | None], Query], filtered: Sequence[str]
) -> tuple[int, dict[str, tuple[FacetCount, ...]]]:
    """Return how many datasets there are, and the counts of each facet.

    `query_without(name)` is the query without the filter of one facet, or whole (None).
    """
    apart = [name for name in names if name in filtered]
    together = [name for name in names if name not in filtered]
    answer = searcher.aggregate(query_without(None), {**_ask_total(), **_ask(together)})
    counts = {name: _read(name, answer) for name in together}
    for name in apart:
        counts[name] = _read(name, searcher.aggregate(query_without(name), _ask([name])))
    total = sum(int(each["doc_count"]) for each in answer["total"]["buckets"])
    return total, {name: counts[name] for name in names}


def _ask_total() -> dict[str, Any]:
    return {"total": {"terms": {"field": "access", "size": MOST_VALUES}}}  # of which each dataset has one of a few


def _ask(names: Sequence[str]) -> dict[str, Any]:
    return {name: {"terms": _ask_sets(name) if name in SETS else _ask_values(name)} for name in names}


def _ask_sets(name: str) -> dict[str, Any]:
    return {"field": f"counted_{name}", "size": _MOST_SETS}


def _ask_values(name: str) -> dict[str, Any]:
    return {"field": name, "size": MOST_VALUES, "segment_size": _LOOKED_AT}


def _read(name: str, answer: Mapping[str, Any]) -> tuple[FacetCount, ...]:
    buckets: list[tuple[str, int]] = [(each["key"], each["doc_count"]) for each in answer[name]["buckets"]]
    if name in SETS:
        buckets = list((_count_years if name == "year" else _count_values)(buckets).items())
    best = sorted(buckets, key=lambda each: (-each[1], each[0]))[:MOST_VALUES]
    return tuple(FacetCount(value, count) for value, count in best)


def _count_values(buckets: Sequence[tuple[str, int]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for together, count in buckets:
        for value in together.split(BETWEEN):
            counts[value] += count
    del counts[""]
    return counts


@lru_cache(maxsize=10_000)
def _read_span(span: str) -> tuple[int, int]:
    first, last = span.split(BETWEEN)
    return int(first), int(last)


def _count_years(buckets: Sequence[tuple[str, int]]) -> Counter[str]:
    """Return how many datasets cover each year, from how many cover each span."""
    steps = [0] * (len(YEARS) + 1)
    for span, count in buckets:
        first, last = _read_span(span)
        if last >= YEARS.start and first < YEARS.stop:
            steps[max(first, YEARS.start) - YEARS.start] += count
            steps[min(last, YEARS.stop - 1) + 1 - YEARS.start] -= count
    counts: Counter[str] = Counter()
    running = 0
    for year, step in zip(YEARS, steps, strict=False):
        running += step
        if running:
            counts[str(year)] = running
    return counts
