"""How many of the datasets found have which value of each facet, in one pass over them.

Each facet is counted without its own filter, so facets that are filtered by need a pass of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .requests import FacetCount
from .schema import (
    BETWEEN,
    COUNTED_YEARS,
    FIRST_YEAR,
    FORMATS,
    HAS_SEVERAL_PLACES,
    KIND,
    KINDS,
    LAST_YEAR,
    NONE,
    ONE_PLACE,
    SEVERAL_PLACES,
    build_schema,
)

if TYPE_CHECKING:
    from tantivy import Query, Searcher

MOST_VALUES = 100  # of one facet that are shown, the most frequent ones

# Facets of which a pass counts all values in each part of the index. Others may have tens of thousands, and looking up
# what each is called takes longer than counting: of these the most frequent are kept in each part, at least so many for
# one that is shown. A value that is rare in one part and frequent in another may then be told a few too low.
_WHOLE = (KIND, FORMATS, FIRST_YEAR, LAST_YEAR, "license", "source")
_KEPT, _LEAST_KEPT = 3, {"publisher": 300, ONE_PLACE: 300, SEVERAL_PLACES: 300, "phrase": 1_000}
_EXACT = 50_000  # datasets up to which all values are counted in each part
_MOST_VALUES = 65_000

# Where a facet is counted that does not have a field of its own name for it.
_FIELDS = {
    **dict.fromkeys(KINDS, (KIND,)),
    "format": (FORMATS,),
    "year": (FIRST_YEAR, LAST_YEAR),
    "place": (ONE_PLACE, SEVERAL_PLACES),
    "keyword": ("phrase",),
}

MANIFOLD = ("publisher", "place", "keyword")  # facets of so many values that they take as long as all others together

# Looking through a field of which most datasets have nothing takes as long as if they had: where the share of those
# that have several places is smaller than this, they are looked up instead.
_SPARSE = 0.05

Buckets = Sequence[Mapping[str, Any]]


def count_facets(
    searcher: Searcher,
    names: Sequence[str],
    *,
    query_without: Callable[[str | None], Query],
    filtered: Sequence[str],
    most: int = MOST_VALUES,
    is_total_wanted: bool = True,
) -> tuple[int, dict[str, tuple[FacetCount, ...]]]:
    """Return how many datasets there are, which takes as long as a facet (else 0), and the counts of each facet.

    `most` values of each are kept, and all years. `query_without(name)` is the query without the filter of one facet,
    or whole (None).
    """
    apart = [name for name in names if name in filtered]
    together = [name for name in names if name not in filtered]
    fields = [] if together and not is_total_wanted else [KIND]
    answer = _count(searcher, query_without(None), together, most=most, besides=fields)
    counts = {name: _read(name, answer, most=most) for name in together}
    for name in apart:
        counts[name] = _read(name, _count(searcher, query_without(name), [name], most=most), most=most)
    return _read_total(answer), {name: counts[name] for name in names}


def _count(
    searcher: Searcher, query: Query, names: Sequence[str], *, most: int, besides: Sequence[str] = ()
) -> dict[str, Buckets]:
    """Return the buckets of each field that `names` are counted in, and of those `besides`."""
    is_exact = searcher.num_docs < _EXACT
    fields = dict.fromkeys([*besides, *(field for name in names for field in _FIELDS.get(name, (name,)))])
    limits = {field: {"terms": _limits(field, is_exact=is_exact, most=most)} for field in fields}
    sparse = {}
    if SEVERAL_PLACES in limits and _is_sparse(searcher):
        sparse = searcher.aggregate(_with_several_places(query), {SEVERAL_PLACES: limits.pop(SEVERAL_PLACES)})
    return {field: each["buckets"] for field, each in (searcher.aggregate(query, limits) | sparse).items()}


def _is_sparse(searcher: Searcher) -> bool:
    return searcher.doc_freq(HAS_SEVERAL_PLACES, "true") < _SPARSE * searcher.num_docs


def _with_several_places(query: Query) -> Query:
    from tantivy import Occur, Query

    marked = Query.term_query(build_schema(), HAS_SEVERAL_PLACES, "true")
    return Query.boolean_query([(Occur.Must, marked), (Occur.Must, query)])


def _limits(field: str, *, is_exact: bool, most: int) -> dict[str, Any]:
    is_whole = is_exact or field in _WHOLE
    kept = _MOST_VALUES if is_whole else max(_LEAST_KEPT[field], _KEPT * most)
    return {"field": field, "size": kept, "segment_size": kept}


def _read_total(answer: Mapping[str, Buckets]) -> int:
    return sum(int(each["doc_count"]) for each in answer.get(KIND, ()))  # each dataset is of one kind


def _read(name: str, answer: Mapping[str, Buckets], *, most: int) -> tuple[FacetCount, ...]:
    if name == "year":
        counts = _count_years(answer[FIRST_YEAR], answer[LAST_YEAR])
    elif name == "format":
        counts = _count_parts(answer[FORMATS])
    elif name in KINDS:
        counts = _count_part(answer[KIND], KINDS.index(name))
    else:
        counts = _count_values([each for field in _FIELDS.get(name, (name,)) for each in answer[field]])
    best = sorted(counts.items(), key=lambda each: (-each[1], each[0]))[: None if name == "year" else most]
    return tuple(FacetCount(value, count) for value, count in best)


def _count_values(buckets: Buckets) -> Counter[str]:
    counts: Counter[str] = Counter()
    for each in buckets:
        counts[each["key"]] += each["doc_count"]
    del counts[NONE]
    return counts


def _count_part(buckets: Buckets, place: int) -> Counter[str]:
    """Return how often each value stands at one place of the buckets' keys."""
    counts: Counter[str] = Counter()
    for each in buckets:
        counts[each["key"].split(BETWEEN)[place]] += each["doc_count"]
    return counts


def _count_parts(buckets: Buckets) -> Counter[str]:
    """Return how often each value stands anywhere in the buckets' keys."""
    counts: Counter[str] = Counter()
    for each in buckets:
        for value in each["key"].split(BETWEEN):
            counts[value] += each["doc_count"]
    del counts[NONE]
    return counts


def _count_years(first: Buckets, last: Buckets) -> Counter[str]:
    """Return how many datasets cover each year, from how many begin and how many end in which."""
    begun, ended = _count_values(first), _count_values(last)
    counts: Counter[str] = Counter()
    running = 0
    for year in map(str, COUNTED_YEARS):
        running += begun[year]
        if running:
            counts[year] = running
        running -= ended[year]
    return counts
