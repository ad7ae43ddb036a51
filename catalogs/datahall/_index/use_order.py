"""Order what was found by how much it is used, without the index knowing: uses change each minute, the index need not.

Few datasets are used at all, so they are asked for by name and put first; the others follow in order of relevance.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from .schema import build_schema

if TYPE_CHECKING:
    from tantivy import DocAddress, Query, Searcher

MOST_USED = 2_000  # datasets that are put in order; what is used less often than all of them is used about as often
_FRESH = 60.0  # seconds that counts stay good


class Uses:
    """Uses a day by dataset id, read again each minute."""

    def __init__(self, load: Callable[[], Mapping[str, float]]) -> None:
        self._load = load
        self._read = -_FRESH
        self._counts: Mapping[str, float] = {}

    def most_used(self) -> dict[str, float]:
        """Return the datasets used most, the most used first."""
        if time.monotonic() - self._read >= _FRESH:
            counts = sorted(self._load().items(), key=lambda each: (-each[1], each[0]))
            self._counts, self._read = dict(counts[:MOST_USED]), time.monotonic()
        return dict(self._counts)


def search_by_use(
    searcher: Searcher, query: Query, *, uses: Mapping[str, float], start: int, rows: int, standing: str | None
) -> list[tuple[float, DocAddress]]:
    """Return the hits from `start` on: first those in `uses` in that order, then the others by relevance."""
    from tantivy import Occur, Query

    named = Query.term_set_query(build_schema(), "id", list(uses))
    used = searcher.search(
        Query.boolean_query([(Occur.Must, named), (Occur.Must, query)]), limit=MOST_USED, count=False
    ).hits
    order = {id: place for place, id in enumerate(uses)}
    placed = [(order[str(searcher.doc(address).get_first("id"))], score, address) for score, address in used]
    placed.sort(key=lambda hit: hit[0])
    first = [(score, address) for _, score, address in placed[start : start + rows]]
    if len(first) == rows:
        return first
    others = Query.boolean_query([(Occur.Must, query), (Occur.MustNot, named)])
    rest = searcher.search(
        others,
        limit=rows - len(first),
        offset=max(0, start - len(used)),
        count=False,
        weight_by_field=standing,
    ).hits
    return [*first, *rest]
