"""Search own and harvested datasets at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from .._cards import LoadedCard, load_card_of
from .._entries.card_entries import describe_card
from .._entries.entry import Entry, choose_text
from .._entries.record_entries import describe_stored
from .._entries.short_entries import describe_short
from .._records.record_lists import get_raw
from .analysis import segment
from .hits import Hit
from .relevance_order import search_roughly
from .requests import SearchAnswer, SearchRequest, Suggestion
from .search_run import SearchRun
from .suggestions import find_phrases, match_alike, match_titles, name_titles

if TYPE_CHECKING:
    from tantivy import Query, Searcher

    from .._records.record_store import RawRecord
    from .upkeep import Upkeep

_T = TypeVar("_T")


class Index:
    """All datasets that can be found here; safe in threads."""

    def __init__(self, upkeep: Upkeep) -> None:
        self._upkeep = upkeep

    def search(self, request: SearchRequest) -> SearchAnswer:
        """Return what is found for `request`: nothing that is typed is an error."""
        self._upkeep.refresh()
        return self._upkeep.ask(lambda searcher: self._answer(searcher, request))

    def _answer(self, searcher: Searcher, request: SearchRequest) -> SearchAnswer:
        found = SearchRun(searcher, request, most_used=self._upkeep.uses.most_used).find()
        entries = self._open_hits(found.scores)
        hits = tuple(Hit(entry, found.scores[id], found.terms, request.language) for id, entry in entries.items())
        total, facets = found.count()
        return SearchAnswer(total, hits, facets, found.meant if total else None, found.is_partial, found.remarks)

    def _open_hits(self, ids: Iterable[str]) -> dict[str, Entry]:
        """Return the same as `get_many`, with cards as upkeep has seen them: a page of results has many."""
        wanted, state = list(ids), self._upkeep.folder.state
        own = {id: _describe_known(id, state.cards[id], state.vocabulary) for id in wanted if id in state.cards}
        others = self.get_many(id for id in wanted if own.get(id) is None)
        entries = {id: own.get(id) or others.get(id) for id in wanted}
        return {id: entry for id, entry in entries.items() if entry is not None}

    def suggest(self, text: str, *, language: str = "en", rows: int = 8) -> tuple[Suggestion, ...]:
        """Return what somebody may want who has typed `text` so far: keywords that go on so, then titles."""
        return self._upkeep.ask(lambda searcher: self._suggest(searcher, text, language=language, rows=rows))

    def _suggest(self, searcher: Searcher, text: str, *, language: str, rows: int) -> tuple[Suggestion, ...]:
        found = [Suggestion(phrase) for phrase in find_phrases(text, searcher=searcher, rows=rows - rows // 2)]
        query = match_titles(text, searcher=searcher)
        if query is not None and len(found) < rows:
            best = _find_best(searcher, query, rows=2 * rows)  # of equal titles one is suggested
            found.extend(name_titles(self._get_titles(best, language=language)))
        return tuple(found[:rows])

    def _get_titles(self, ids: Iterable[str], *, language: str) -> dict[str, str]:
        """Return titles by id: of harvested datasets nothing else is looked at."""
        titles: dict[str, Mapping[str, str]] = self._get_each(
            ids, record=lambda raw: raw.content["title"], card=lambda loaded: describe_card(loaded).title
        )
        return {id: choose_text(title, language=language) for id, title in titles.items()}

    def more_like(self, id: str, *, rows: int = 5) -> tuple[Entry, ...]:
        """Return datasets whose titles and keywords are most like those of the dataset `id`."""
        entry = self.get(id)
        if entry is None:
            return ()
        words = [word for several in entry.keywords.values() for word in several]
        fields = {"title": [segment(text) for text in entry.title.values()], "keywords": [segment(" | ".join(words))]}

        def find(searcher: Searcher) -> tuple[Entry, ...]:
            query = match_alike(fields, searcher=searcher, id=id, theme=entry.theme)
            return tuple(self.get_many(_find_best(searcher, query, rows=rows)).values())

        return self._upkeep.ask(find)

    def get(self, id: str) -> Entry | None:
        """Return the entry with this id, also of a record that its portal no longer has; None where there is none."""
        loaded = load_card_of(id)
        if loaded is not None:
            return describe_card(loaded)
        stored = self._upkeep.records.get(id) if id.startswith("harvested/") else None
        return describe_stored(stored, records=self._upkeep.records) if stored is not None else None

    def get_many(self, ids: Iterable[str]) -> dict[str, Entry]:
        """Return the entries with these ids, in their order, without those that are no longer there.

        Of many distributions a harvested one has the first.
        """
        return self._get_each(ids, record=describe_short, card=describe_card)

    def _get_each(
        self, ids: Iterable[str], *, record: Callable[[RawRecord], _T], card: Callable[[LoadedCard], _T]
    ) -> dict[str, _T]:
        """Return what `record` makes of the harvested datasets with these ids and `card` of our own, in their order."""
        wanted = list(ids)
        harvested = [id for id in wanted if id.startswith("harvested/")]
        records = get_raw(harvested, file=self._upkeep.records.file) if harvested else ()
        made = {raw.id: record(raw) for raw in records}
        cards = {id: load_card_of(id) for id in wanted if id not in made}
        made |= {id: card(loaded) for id, loaded in cards.items() if loaded is not None}
        return {id: made[id] for id in wanted if id in made}


def _find_best(searcher: Searcher, query: Query, *, rows: int) -> list[str]:
    """Return the ids of the best, each score multiplied as the standing of its dataset says."""
    hits = search_roughly(searcher, query, rows=rows)
    return [str(searcher.doc(address).get_first("id")) for _, address in hits]


@lru_cache(maxsize=5_000)
def _describe_known(id: str, stamp: str, vocabulary: str) -> Entry | None:
    """Return the entry of a card in the state that `stamp` names, with the words of a state of the vocabulary."""
    loaded = load_card_of(id)
    return describe_card(loaded) if loaded is not None else None
