"""How many of the datasets found have which value of each facet, in one pass over them.

Each facet is counted without its own filter, so facets that are filtered by need a pass of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .frequent_values import take_sign_off
from .requests import FacetCount
from .schema import (
    ALL_KEYWORDS,
    BETWEEN,
    COUNTED_PUBLISHER,
    COUNTED_YEARS,
    FIRST_YEAR,
    FORMATS,
    HAS_MORE_KEYWORDS,
    HAS_SEVERAL_PLACES,
    KEYWORDS,
    KIND,
    LAST_YEAR,
    MORE_KEYWORDS,
    NONE,
    ONE_PLACE,
    ORIGIN,
    SEVERAL_PLACES,
    TOGETHER,
    build_schema,
)

if TYPE_CHECKING:
    from tantivy import Query, Searcher

MOST_VALUES = 100  # of one facet that are shown, the most frequent ones

# Facets of which a pass counts all values in each part of the index. Others may have tens of thousands, and looking up
# what each is called takes longer than counting: of these the most frequent are kept, for one that is shown so many in
# all, and at least so many in each part. A value that is rare in one part and frequent in another may then be told a
# few too low.
_WHOLE = (KIND, ORIGIN, FORMATS, FIRST_YEAR, LAST_YEAR)
_KEPT, _LEAST_KEPT = 3, {COUNTED_PUBLISHER: 300, ONE_PLACE: 300, SEVERAL_PLACES: 300}
_LEAST_KEPT |= dict.fromkeys((ALL_KEYWORDS, *KEYWORDS, MORE_KEYWORDS), 1_000)
_LEAST_SUMMED = dict.fromkeys((*KEYWORDS, MORE_KEYWORDS), 500)  # of all parts together: a value stands in any of them
EXACT = 50_000  # datasets up to which all values are counted in each part
_MOST_VALUES = 65_000

# Where a facet is counted that does not have a field of its own name for it.
_FIELDS = {
    **{name: (field,) for field, names in TOGETHER.items() for name in names},
    "publisher": (COUNTED_PUBLISHER,),
    "format": (FORMATS,),
    "year": (FIRST_YEAR, LAST_YEAR),
    "place": (ONE_PLACE, SEVERAL_PLACES),
    "keyword": (ALL_KEYWORDS,),
}

_SIGNED = ("publisher", "place")  # the facets that are counted by values with a sign

# Where another field is counted in over more datasets than these.
BROAD, _BROAD_FIELDS = 100_000, {"keyword": (*KEYWORDS, MORE_KEYWORDS)}

MANIFOLD = ("publisher", "place", "keyword")  # facets of so many values that they take as long as all others together

# Looking through a field of which most datasets have nothing takes as long as if they had: where the share of those
# that have it, which another field marks, is smaller than this, they are looked up instead.
_SPARSE = 0.2
_MARKS = {SEVERAL_PLACES: HAS_SEVERAL_PLACES, MORE_KEYWORDS: HAS_MORE_KEYWORDS}

Buckets = Sequence[Mapping[str, Any]]


def count_facets(
    searcher: Searcher,
    names: Sequence[str],
    *,
    query_without: Callable[[str | None], Query],
    filtered: Sequence[str],
    most: int = MOST_VALUES,
    is_total_wanted: bool = True,
    is_broad: bool = False,
) -> tuple[int, dict[str, tuple[FacetCount, ...]]]:
    """Return how many datasets there are, which takes as long as a facet (else 0), and the counts of each facet.

    `most` values of each are kept, and all years. `query_without(name)` is the query without the filter of one facet,
    or whole (None). Whether there are many datasets (`BROAD`) decides how they are counted, not what comes out.
    """
    apart = [name for name in names if name in filtered]
    together = [name for name in names if name not in filtered]
    fields = [KIND] if is_total_wanted else []
    answer = _count(searcher, query_without(None), together, most=most, is_broad=is_broad, besides=fields)
    counts = {name: _read(name, answer, most=most) for name in together}
    for name in apart:
        found = _count(searcher, query_without(name), [name], most=most, is_broad=is_broad)
        counts[name] = _read(name, found, most=most)
    return _read_total(answer), {name: counts[name] for name in names}


def _count(
    searcher: Searcher, query: Query, names: Sequence[str], *, most: int, is_broad: bool, besides: Sequence[str] = ()
) -> dict[str, Buckets]:
    """Return the buckets of each field that `names` are counted in, and of those `besides`."""
    is_exact = searcher.num_docs < EXACT
    fields = dict.fromkeys([*besides, *(field for name in names for field in _name_fields(name, is_broad=is_broad))])
    limits = {field: {"terms": _limits(field, is_exact=is_exact, most=most)} for field in fields}
    found: dict[str, Any] = {}
    for field in [field for field in limits if _is_sparse(field, searcher)]:
        found |= searcher.aggregate(_with_mark(query, _MARKS[field]), {field: limits.pop(field)})
    if limits:
        found |= searcher.aggregate(query, limits)
    return {field: each["buckets"] for field, each in found.items()}


def _name_fields(name: str, *, is_broad: bool) -> tuple[str, ...]:
    broad = _BROAD_FIELDS.get(name) if is_broad else None
    return broad or _FIELDS.get(name, (name,))


def _is_sparse(field: str, searcher: Searcher) -> bool:
    return field in _MARKS and searcher.doc_freq(_MARKS[field], "true") < _SPARSE * searcher.num_docs


def _with_mark(query: Query, mark: str) -> Query:
    from tantivy import Occur, Query

    marked = Query.term_query(build_schema(), mark, "true")
    return Query.boolean_query([(Occur.Must, marked), (Occur.Must, query)])


def _limits(field: str, *, is_exact: bool, most: int) -> dict[str, Any]:
    if is_exact or field in _WHOLE:
        return {"field": field, "size": _MOST_VALUES, "segment_size": _MOST_VALUES}
    summed = max(_LEAST_SUMMED.get(field, 0), _KEPT * most)
    return {"field": field, "size": summed, "segment_size": max(_LEAST_KEPT[field], summed)}


def _read_total(answer: Mapping[str, Buckets]) -> int:
    return sum(int(each["doc_count"]) for each in answer.get(KIND, ()))  # each dataset is of one kind


def _read(name: str, answer: Mapping[str, Buckets], *, most: int) -> tuple[FacetCount, ...]:
    counts: Mapping[str, int]
    if name == "year":
        counts = _count_years(answer[FIRST_YEAR], answer[LAST_YEAR])
    elif name == "format":
        counts = _count_parts(answer[FORMATS])
    elif name in (*TOGETHER[KIND], *TOGETHER[ORIGIN]):
        (field,) = _FIELDS[name]
        counts = _count_part(answer[field], TOGETHER[field].index(name), of=len(TOGETHER[field]))
    else:
        fields = (*_FIELDS.get(name, (name,)), *_BROAD_FIELDS.get(name, ()))
        counts = _count_values([each for field in fields for each in answer.get(field, ())])
        counts = _take_signs_off(counts) if name in _SIGNED else counts
    best = _find_best(counts, most=len(counts) if name == "year" else most)
    return tuple(FacetCount(value, count) for value, count in best)


def _find_best(counts: Mapping[str, int], *, most: int) -> list[tuple[str, int]]:
    """Return the most frequent values, which are few of many; of several that are as frequent the first."""
    least = sorted(counts.values(), reverse=True)[:most][-1:]
    kept = [(value, count) for value, count in counts.items() if least and count >= least[0]]
    return sorted(kept, key=lambda each: (-each[1], each[0]))[:most]


def _count_values(buckets: Buckets) -> dict[str, int]:
    counts: dict[str, int] = {}  # there may be thousands of buckets, for which a Counter takes twice as long
    for each in buckets:
        value = each["key"]
        counts[value] = counts.get(value, 0) + each["doc_count"]
    counts.pop(NONE, None)
    return counts


def _take_signs_off(counts: Mapping[str, int]) -> dict[str, int]:
    """Return how often each value was counted with either sign: it has two where which are frequent was lost."""
    values: dict[str, int] = {}
    for counted, count in counts.items():
        value = take_sign_off(counted)
        values[value] = values.get(value, 0) + count
    return values


def _count_part(buckets: Buckets, place: int, *, of: int) -> Counter[str]:
    """Return how often each value stands at one place `of` some in the buckets' keys."""
    counts: Counter[str] = Counter()
    for each in buckets:
        counts[each["key"].split(BETWEEN, of - 1)[place]] += each["doc_count"]
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
    begun, ended = ({each["key"]: each["doc_count"] for each in buckets} for buckets in (first, last))
    counts: Counter[str] = Counter()
    running = 0
    for year in COUNTED_YEARS:
        running += begun.get(year, 0)
        if running:
            counts[str(year)] = running
        running -= ended.get(year, 0)
    return counts
