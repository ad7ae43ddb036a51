"""How many of the datasets found have which value of each facet, in one pass over them.

Each facet is counted without its own filter, so facets that are filtered by need a pass of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .requests import FacetCount
from .schema import BETWEEN, ONE_PLACE, SETS, SEVERAL_PLACES

if TYPE_CHECKING:
    from tantivy import Query, Searcher

MOST_VALUES = 100  # of one facet that are shown, the most frequent ones

# How many values a pass counts of each part of the index, and of all together. Where a facet has more values in a part,
# its rarest are left out there, which changes no count of the hundred that are shown unless all are about as rare.
_IN_A_PART, _IN_ALL = 300, 300
_EXACT = 50_000  # datasets up to which all values are counted in each part
_MOST_SETS = 65_000  # different sets of formats, or spans of years
SLOW = ("publisher", "place", "year", "keyword")  # facets that take longer to count than all others together

YEARS = range(1900, 2101)  # that are counted; a dataset about the Middle Ages is found, but is in no year of the facet


def count_facets(
    searcher: Searcher,
    names: Sequence[str],
    *,
    query_without: Callable[[str | None], Query],
    filtered: Sequence[str],
    most: int = MOST_VALUES,
) -> tuple[int, dict[str, tuple[FacetCount, ...]]]:
    """Return how many datasets there are, and the counts of each facet.

    `most` values of each are kept. `query_without(name)` is the query without the filter of one facet, or whole (None).
    """
    counted = _MOST_SETS if searcher.num_docs < _EXACT else _IN_A_PART
    apart = [name for name in names if name in filtered]
    together = [name for name in names if name not in filtered]
    answer = searcher.aggregate(query_without(None), {**_ask_total(), **_ask(together, counted=counted, most=most)})
    counts = {name: _read(name, answer, most=most) for name in together}
    for name in apart:
        alone = searcher.aggregate(query_without(name), _ask([name], counted=counted, most=most))
        counts[name] = _read(name, alone, most=most)
    return _read_total(answer), {name: counts[name] for name in names}


def count_total(searcher: Searcher, query: Query) -> int:
    """Return how many datasets there are."""
    return _read_total(searcher.aggregate(query, _ask_total()))


def _read_total(answer: Mapping[str, Any]) -> int:
    return sum(int(each["doc_count"]) for each in answer["total"]["buckets"])


def _ask_total() -> dict[str, Any]:
    return {"total": {"terms": {"field": "access", "size": _IN_ALL}}}  # of which each dataset has one of a few


def _ask(names: Sequence[str], *, counted: int, most: int) -> dict[str, Any]:
    return {field: {"terms": _limits(field, counted=counted, most=most)} for name in names for field in _fields(name)}


def _fields(name: str) -> tuple[str, ...]:
    """Return the fields in which the values of a facet are counted."""
    if name == "place":
        return ONE_PLACE, SEVERAL_PLACES
    if name == "keyword":
        return ("phrase",)
    return (f"counted_{name}",) if name in SETS else (name,)


def _limits(field: str, *, counted: int, most: int) -> dict[str, Any]:
    if field.startswith("counted_"):
        return {"field": field, "size": _MOST_SETS}
    size = counted if counted > _IN_A_PART else max(_IN_ALL, most)
    return {"field": field, "size": size, "segment_size": max(counted, most)}


def _read(name: str, answer: Mapping[str, Any], *, most: int) -> tuple[FacetCount, ...]:
    counts: Counter[str] = Counter()
    for field in _fields(name):
        for each in answer[field]["buckets"]:
            counts[each["key"]] += each["doc_count"]
    if name in SETS:
        counts = (_count_years if name == "year" else _count_values)(list(counts.items()))
    best = sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:most]
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
