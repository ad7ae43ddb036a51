"""Put what was found in order of relevance: by score, multiplied as the standing of each dataset says.

The engine finds the best of many in a third of the time where nothing multiplies their scores, and in a tenth where it
looks at those alone that have more of what is sought than the others. So it is asked for some more than the first
`QUICK` of these, and they are multiplied here. What it leaves out is harvested, or found by itself; no standing of a
harvested dataset is above `HARVESTED`, so the order is the right one where the last that is wanted is above what the
best of those left out could have. Where it is not, the engine looks at all, and where that is not enough multiplies
all; so it does for what follows those. Scores that differ in their last digit only may stand in another order then; so
that pages neither repeat nor lose a dataset, what stands among the first is taken out of what follows.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .documents import HARVESTED
from .schema import OWN, build_schema

if TYPE_CHECKING:
    from tantivy import DocAddress, Query, Searcher

    from .leaders import Leaders

_LARGE = 20_000  # datasets from which on this is worth it
_FEW = 0.05  # share of datasets that may be our own
QUICK, _MORE = 100, 150  # the first hits, which most people see no others of, and what is asked for besides
_MARGIN = 50  # places by which scores that are nearly the same may stand in another order

Hits = list[tuple[float, "DocAddress"]]


def search_by_relevance(
    searcher: Searcher, query: Query, *, start: int, rows: int, leaders: Leaders | None = None
) -> Hits:
    """Return the hits from `start` on, the best first; `leaders` are those that may be."""
    if start >= QUICK + _MARGIN or not _is_worth_it(searcher):
        return _search_weighted(searcher, query, start=start, rows=rows)
    first = _find_best(searcher, query, wanted=QUICK, leaders=leaders) if leaders is not None else None
    if first is None:
        first = _find_best(searcher, query, wanted=QUICK)
    if first is None:
        return _search_weighted(searcher, query, start=start, rows=rows)
    if start + rows > QUICK and len(first) == QUICK:
        known = {_place(address) for _, address in first}
        following = _search_weighted(searcher, query, start=0, rows=start + rows + _MARGIN)
        first += [hit for hit in following if _place(hit[1]) not in known]
    return first[start : start + rows]


def search_roughly(searcher: Searcher, query: Query, *, rows: int) -> Hits:
    """Return the best hits where it matters little which of many that are as good they are."""
    if not _is_worth_it(searcher):
        return _search_weighted(searcher, query, start=0, rows=rows)
    hits, _ = _weigh_first(searcher, query, query, count=rows + _MARGIN, own=rows)
    return _choose_best(hits, rows)


def _is_worth_it(searcher: Searcher) -> bool:
    return searcher.num_docs >= _LARGE and searcher.doc_freq("source", OWN) <= _FEW * searcher.num_docs


def _place(address: DocAddress) -> tuple[int, int]:
    return address.segment_ord, address.doc


def _find_best(searcher: Searcher, query: Query, *, wanted: int, leaders: Leaders | None = None) -> Hits | None:
    """Return the best hits; None where others may be among them."""
    looked_at = query if leaders is None else _all_of(query, leaders.query)
    hits, last = _weigh_first(searcher, query, looked_at, count=wanted + _MORE, own=wanted)
    best = _choose_best(hits, wanted)
    left_out = [leaders.bound] if leaders is not None else []  # what those score at most that were not looked at
    if last is not None:
        left_out.append(last)
    if left_out and (len(best) < wanted or best[-1][0] <= max(left_out) * _weigh(HARVESTED)):
        return None
    return best


def _weigh_first(
    searcher: Searcher, query: Query, looked_at: Query, *, count: int, own: int
) -> tuple[Hits, float | None]:
    """Return the first `count` of what is looked at, and ours, multiplied; and the last score where there are more."""
    from tantivy import Query

    ours = _all_of(query, Query.term_query(build_schema(), "source", OWN))
    found = searcher.search(looked_at, limit=count, count=False).hits
    standings = searcher.fast_field_values("standing", [address for _, address in found])
    hits = [(score * _weigh(standing), address) for (score, address), standing in zip(found, standings, strict=True)]
    hits += _search_weighted(searcher, ours, start=0, rows=own)
    return hits, found[-1][0] if len(found) == count else None


def _choose_best(hits: Hits, wanted: int) -> Hits:
    places = {_place(address): (score, address) for score, address in hits}
    best = sorted(places.items(), key=lambda each: (-each[1][0], each[0]))[:wanted]
    return [hit for _, hit in best]


def _all_of(query: Query, needed: Query) -> Query:
    """Return `query` for what is in `needed`, too, which adds nothing to the score."""
    from tantivy import Occur, Query

    return Query.boolean_query([(Occur.Must, query), (Occur.Must, Query.const_score_query(needed, 0.0))])


def _weigh(standing: float | None) -> float:
    """Return what the engine multiplies a score by."""
    return math.log2(2.0 + float(standing or 0.0))


def _search_weighted(searcher: Searcher, query: Query, *, start: int, rows: int) -> Hits:
    return searcher.search(query, limit=rows, offset=start, count=False, weight_by_field="standing").hits
