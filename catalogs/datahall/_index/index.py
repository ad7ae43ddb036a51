"""Search own and harvested datasets at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from .._cards import load_card_of
from .._entries.card_entries import describe_card
from .._entries.entry import Entry
from .._entries.record_entries import describe_record
from .analysis import segment
from .counting import count_facets
from .expansion import Sought, expand
from .matching import Matched, gather_filters, match_all, match_filters, match_some, match_unwanted, narrow
from .meaning import propose_text
from .queries import TypedQuery, read_query
from .requests import COUNTABLE, FacetCount, Hit, SearchAnswer, SearchRequest, Suggestion
from .snippets import cut_snippet, mark
from .suggestions import find_phrases, match_alike, match_titles
from .use_order import search_by_use

if TYPE_CHECKING:
    from tantivy import Query, Searcher

    from .._records.record_store import StoredRecord
    from .upkeep import Upkeep

# Where fewer datasets than these hold all words, those follow that hold the greater part of them; where none does,
# those that hold any considerable part.
FEW, ENOUGH, LITTLE = 10, 0.6, 0.34

MOST_ROWS = 1_000
DEEPEST = 100_000  # hits that can be paged through; the engine keeps as many in order

_ORDERS = {"newest": "modified", "quality": "quality", "title": "titled", "name": "id"}
_RISING = ("titled", "id")  # the fields whose smallest values come first


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
        unwanted += match_filters(gather_filters(TypedQuery(), request.without)).values()

        def narrowed(query: Query, *, but: str | None = None) -> Query:
            return narrow(query, to=[each for name, each in filters.items() if name != but], without=unwanted)

        names = [name for name in request.facets if name in COUNTABLE]

        def count(matched: Matched) -> tuple[int, dict[str, tuple[FacetCount, ...]]]:
            return count_facets(
                searcher,
                names,
                query_without=lambda name: narrowed(matched.whether, but=name),
                filtered=() if request.are_facets_narrowed else list(filters),
                most=request.values,
            )

        matched = match_all(sought)
        (total, facets), is_partial = count(matched), False
        if total < FEW and len(sought) > 1:
            some = match_some(sought, share=ENOUGH if total else LITTLE)
            (more, more_facets) = count(some)
            if more > total:
                matched, total, facets, is_partial = some, more, more_facets, True
        hits = self._find_hits(searcher, narrowed(matched.how_well), sought=sought, request=request) if total else ()
        meant = propose_text(request.text, sought) if total else None
        return SearchAnswer(total, hits, facets, did_you_mean=meant, is_partial=is_partial)

    def suggest(self, text: str, *, language: str = "en", rows: int = 8) -> tuple[Suggestion, ...]:
        """Return what somebody may want who has typed `text` so far: keywords that go on so, then titles."""
        searcher = self._upkeep.folder.searcher()
        found = [Suggestion(phrase) for phrase in find_phrases(text, searcher=searcher, rows=rows - rows // 2)]
        query = match_titles(text, searcher=searcher)
        if query is not None and len(found) < rows:
            hits = searcher.search(query, limit=rows - len(found), count=False, weight_by_field="standing").hits
            entries = self.get_many(str(searcher.doc(address).get_first("id")) for _, address in hits)
            found.extend(Suggestion(entry.title_in(language), entry.id) for entry in entries.values())
        return tuple(found)

    def more_like(self, id: str, *, rows: int = 5) -> tuple[Entry, ...]:
        """Return datasets whose titles and keywords are most like those of the dataset `id`."""
        entry = self.get(id)
        if entry is None:
            return ()
        words = [word for several in entry.keywords.values() for word in several]
        fields = {"title": [segment(text) for text in entry.title.values()], "keywords": [segment(" | ".join(words))]}
        searcher = self._upkeep.folder.searcher()
        query = match_alike(fields, id=id, theme=entry.theme)
        hits = searcher.search(query, limit=rows, count=False, weight_by_field="standing").hits
        return tuple(self.get_many(str(searcher.doc(address).get_first("id")) for _, address in hits).values())

    def _find_hits(
        self, searcher: Searcher, query: Query, *, sought: Sequence[Sought], request: SearchRequest
    ) -> tuple[Hit, ...]:
        start, rows = max(0, request.start), max(0, min(request.rows, MOST_ROWS))
        if start + rows > DEEPEST or not rows:
            return ()
        from tantivy import Order

        standing = None if any(each.means_practice for each in sought) else "standing"
        uses = self._upkeep.uses.most_used() if request.sort == "use" else {}
        order = _ORDERS.get(request.sort)
        if uses:
            found = search_by_use(searcher, query, uses=uses, start=start, rows=rows, standing=standing)
        elif order:
            rising = (order in _RISING) != request.is_reversed
            found = searcher.search(
                query,
                limit=rows,
                offset=start,
                count=False,
                order_by_field=order,
                order=Order.Asc if rising else Order.Desc,
            ).hits
        else:
            found = searcher.search(query, limit=rows, offset=start, count=False, weight_by_field=standing).hits
        terms = {term for each in sought for term in each.terms}
        scores = {
            str(searcher.doc(address).get_first("id")): 0.0 if order else float(score) for score, address in found
        }
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
        """Return the entries with these ids, in their order, without those that are no longer there."""
        wanted = list(ids)
        records = self._upkeep.records.get_many(id for id in wanted if id.startswith("harvested/"))
        cards = {id: load_card_of(id) for id in wanted if id not in records}
        entries = {id: describe_card(card) for id, card in cards.items() if card is not None}
        entries |= {id: _describe_stored(stored) for id, stored in records.items()}
        return {id: entries[id] for id in wanted if id in entries}


def _describe_hit(entry: Entry, *, score: float, terms: set[str], language: str) -> Hit:
    title, description = entry.title_in(language), entry.description_in(language)
    return Hit(entry, score, mark(title, terms=terms), cut_snippet(description, terms=terms))


def _describe_stored(stored: StoredRecord) -> Entry:
    return describe_record(stored.record, id=stored.id, source=stored.source, missing_since=stored.missing_since)
