"""Search own and harvested datasets at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from .._cards import load_card_of
from .._entries.card_entries import describe_card
from .._entries.entry import Entry
from .._entries.record_entries import describe_record
from .counting import count_facets
from .expansion import Sought, expand
from .matching import Matched, gather_filters, match_all, match_filters, match_some, match_unwanted, narrow
from .queries import read_query
from .requests import FACETS, FacetCount, Hit, SearchAnswer, SearchRequest
from .snippets import cut_snippet, mark

if TYPE_CHECKING:
    from tantivy import Query, Searcher

    from .._records.record_store import StoredRecord
    from .upkeep import Upkeep

# Where fewer datasets than these hold all words, those follow that hold the greater part of them; where none does,
# those that hold any considerable part.
FEW, ENOUGH, LITTLE = 10, 0.6, 0.34

MOST_ROWS = 1_000
DEEPEST = 100_000  # hits that can be paged through; the engine keeps as many in order

_ORDERS = {"newest": "modified", "quality": "quality"}


class Index:
    """All datasets that can be found here; safe in threads."""

    def __init__(self, upkeep: Upkeep) -> None:
        self._upkeep = upkeep

    def search(self, request: SearchRequest) -> SearchAnswer:
        """Return what is found for `request`: nothing that is typed is an error."""
        self._upkeep.refresh()
        typed = read_query(request.text)
        if typed.is_empty and request.text.strip() and not (typed.filters or typed.without or typed.unwanted):
            return SearchAnswer(0, (), {name: () for name in request.facets})
        searcher = self._upkeep.folder.searcher()
        sought = expand(typed.words, searcher=searcher)
        filters = match_filters(gather_filters(typed, request.filters))
        unwanted = match_unwanted(expand(typed.unwanted, searcher=searcher), typed)

        def narrowed(query: Query, *, but: str | None = None) -> Query:
            return narrow(query, to=[each for name, each in filters.items() if name != but], without=unwanted)

        names = [name for name in request.facets if name in FACETS]

        def count(matched: Matched) -> tuple[int, dict[str, tuple[FacetCount, ...]]]:
            return count_facets(
                searcher, names, query_without=lambda name: narrowed(matched.whether, but=name), filtered=list(filters)
            )

        matched = match_all(sought)
        (total, facets), is_partial = count(matched), False
        if total < FEW and len(sought) > 1:
            some = match_some(sought, share=ENOUGH if total else LITTLE)
            (more, more_facets) = count(some)
            if more > total:
                matched, total, facets, is_partial = some, more, more_facets, True
        hits = self._find_hits(searcher, narrowed(matched.how_well), sought=sought, request=request) if total else ()
        return SearchAnswer(total, hits, facets, is_partial=is_partial)

    def _find_hits(
        self, searcher: Searcher, query: Query, *, sought: Sequence[Sought], request: SearchRequest
    ) -> tuple[Hit, ...]:
        start, rows = max(0, request.start), max(0, min(request.rows, MOST_ROWS))
        if start + rows > DEEPEST or not rows:
            return ()
        order = _ORDERS.get(request.sort)
        standing = None if order or any(each.means_practice for each in sought) else "standing"
        found = searcher.search(
            query, limit=rows, offset=start, count=False, order_by_field=order, weight_by_field=standing
        ).hits
        terms = {term for each in sought for term in each.terms}
        scores = {str(searcher.doc(address).get_first("id")): float(score) for score, address in found}
        entries = self.get_many(scores)  # without those that were removed since
        return tuple(
            _describe_hit(entries[id], score=score, terms=terms, language=request.language)
            for id, score in scores.items()
            if id in entries
        )

    def get(self, id: str) -> Entry | None:
        """Return the entry with this id, also of a record that its portal no longer has; None where there is none."""
        loaded = load_card_of(id)
        if loaded is not None:
            return describe_card(loaded)
        stored = self._upkeep.records.get(id) if id.startswith("harvested/") else None
        return _describe_stored(stored) if stored is not None else None

    def get_many(self, ids: Iterable[str]) -> dict[str, Entry]:
        """Return the entries with these ids."""
        wanted = list(ids)
        loaded = {id: load_card_of(id) for id in wanted}
        records = self._upkeep.records.get_many(id for id in wanted if id.startswith("harvested/"))
        entries = {id: describe_card(card) for id, card in loaded.items() if card is not None}
        return entries | {id: _describe_stored(stored) for id, stored in records.items()}


def _describe_hit(entry: Entry, *, score: float, terms: set[str], language: str) -> Hit:
    title, description = entry.title_in(language), entry.description_in(language)
    return Hit(entry, score, mark(title, terms=terms), cut_snippet(description, terms=terms))


def _describe_stored(stored: StoredRecord) -> Entry:
    return describe_record(stored.record, id=stored.id, source=stored.source, missing_since=stored.missing_since)
