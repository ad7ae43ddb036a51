"""Search own and harvested datasets at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._cards import load_card_of
from .._entries.card_entries import describe_card
from .._entries.entry import Entry
from .analysis import stem
from .counting import count_facets
from .matching import gather_filters, match_filters, match_unwanted, match_words, narrow
from .queries import TypedQuery, read_query
from .requests import FACETS, Hit, SearchAnswer, SearchRequest
from .snippets import cut_snippet, mark

if TYPE_CHECKING:
    from tantivy import DocAddress, Query, Searcher

    from .upkeep import Upkeep

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
        filters = match_filters(gather_filters(typed, request.filters))
        matched, unwanted = match_words(typed.words), match_unwanted(typed)

        def query_without(facet: str | None) -> Query:
            return narrow(matched, to=[each for name, each in filters.items() if name != facet], without=unwanted)

        total, facets = count_facets(
            searcher,
            [name for name in request.facets if name in FACETS],
            query_without=query_without,
            filtered=list(filters),
        )
        hits = self._find_hits(searcher, query_without(None), typed=typed, request=request) if total else ()
        return SearchAnswer(total, hits, facets)

    def _find_hits(
        self, searcher: Searcher, query: Query, *, typed: TypedQuery, request: SearchRequest
    ) -> tuple[Hit, ...]:
        start, rows = max(0, request.start), max(0, min(request.rows, MOST_ROWS))
        if start + rows > DEEPEST or not rows:
            return ()
        found = searcher.search(
            query, limit=rows, offset=start, count=False, order_by_field=_ORDERS.get(request.sort)
        ).hits
        terms = {term for word in typed.words for part in word.parts for term in stem(part)}
        hits = (
            self._describe_hit(searcher, address, score=score, terms=terms, language=request.language)
            for score, address in found
        )
        return tuple(hit for hit in hits if hit is not None)

    def _describe_hit(
        self, searcher: Searcher, address: DocAddress, *, score: float, terms: set[str], language: str
    ) -> Hit | None:
        entry = self.get(str(searcher.doc(address).get_first("id")))
        if entry is None:  # removed since
            return None
        title, description = entry.title_in(language), entry.description_in(language)
        return Hit(entry, float(score), mark(title, terms=terms), cut_snippet(description, terms=terms))

    def get(self, id: str) -> Entry | None:
        """Return the entry with this id; None where there is none."""
        loaded = load_card_of(id)
        return describe_card(loaded) if loaded is not None else None
