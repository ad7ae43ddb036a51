"""How many of the datasets found have which value of each facet, exactly, in one pass over them.

Each facet is counted without its own filter, so facets that are filtered by need a pass of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .requests import FacetCount
from .schema import BETWEEN, SETS

if TYPE_CHECKING:
    from tantivy import Query, Searcher

MOST_VALUES = 100  # of one facet that are shown, the most frequent ones
_MOST_SETS = 65_000  # different values that one pass counts; what is beyond is so rare that it would not be shown

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
    apart = [name for name in names if name in filtered]
    together = [name for name in names if name not in filtered]
    answer = searcher.aggregate(query_without(None), {**_ask_total(), **_ask(together)})
    counts = {name: _read(name, answer, most=most) for name in together}
    for name in apart:
        counts[name] = _read(name, searcher.aggregate(query_without(name), _ask([name])), most=most)
    return int(answer["total"]["value"]), {name: counts[name] for name in names}


def _ask_total() -> dict[str, Any]:
    return {"total": {"value_count": {"field": "modified"}}}


def _ask(names: Sequence[str]) -> dict[str, Any]:
    return {name: {"terms": {"field": _field(name), "size": _MOST_SETS}} for name in names}


def _field(facet: str) -> str:
    if facet == "keyword":
        return "phrase"
    return f"counted_{facet}" if facet in SETS else facet


def _read(name: str, answer: Mapping[str, Any], *, most: int) -> tuple[FacetCount, ...]:
    buckets: list[tuple[str, int]] = [(each["key"], each["doc_count"]) for each in answer[name]["buckets"]]
    if name in SETS:
        buckets = list((_count_years if name == "year" else _count_values)(buckets).items())
    best = sorted(buckets, key=lambda each: (-each[1], each[0]))[:most]
    return tuple(FacetCount(value, count) for value, count in best)


def _count_values(buckets: Sequence[tuple[str, int]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for together, count in buckets:
        for value in together.split(BETWEEN):
            counts[value] += count
    del counts[""]
    return counts


def _count_years(buckets: Sequence[tuple[str, int]]) -> Counter[str]:
    """Return how many datasets cover each year, from how many cover each span."""
    steps = [0] * (len(YEARS) + 1)
    for span, count in buckets:
        first, last = (int(year) for year in span.split(BETWEEN))
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
