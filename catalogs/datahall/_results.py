"""What a search has found: a list of datasets, read page by page as it is looked through, shown as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, overload

from ._messages import N_, chosen_language, join_sentences, translate

if TYPE_CHECKING:
    from ._dataset import Dataset
    from ._index import Hit, SearchRequest
    from ._index.index import Index

NOTHING_FOUND = N_("No dataset holds all these words. Try fewer or other words.")
NOTHING_WITH_FILTERS = N_("No dataset matches all these filters. Try fewer of them.")
NOTHING_OF_BOTH = N_("No dataset holds all these words and matches all these filters. Try fewer of them.")
READ_AS_WORDS = N_("“{filter}” is no filter, since there is no such value; it was searched for as words.")
NO_SUCH_VALUE = N_("No dataset has “{filter}”.")
POSSIBLE = N_("Possible values: {values}.")
DID_YOU_MEAN = N_("Did you mean {words}?")
NOT_ALL_WORDS = N_("Few or no datasets hold all these words; those with some of them follow.")

_PAGE = 100  # datasets that are read at once
_SHOWN = 100  # of a text; who wants more of them asks for more


class Results(Sequence["Dataset"]):
    """Datasets, the best match first.

    Attributes
    ----------
    total : int
        How many were found in all, however many this list has.
    did_you_mean : str or None
        Other words that find something, where these look misspelt.
    is_partial : bool
        Whether so few datasets hold all words that those with some of them are listed, too.
    """

    def __init__(self, index: Index, request: SearchRequest, *, rows: int | None = None, start: int = 0) -> None:
        self._index = index
        self._request = request
        first = index.search(replace(request, start=0, rows=_PAGE))
        self._pages: dict[int, tuple[Hit, ...]] = {0: first.hits}
        self._facets = first.facets
        self.total = first.total
        self.did_you_mean = first.did_you_mean
        self.is_partial = first.is_partial
        self._filter_remarks = first.remarks
        self._places = range(first.total)[max(0, start) :][: None if rows is None else max(0, rows)]

    @overload
    def __getitem__(self, index: int) -> Dataset: ...
    @overload
    def __getitem__(self, index: slice) -> Results: ...
    def __getitem__(self, index: int | slice) -> Dataset | Results:
        if isinstance(index, int):
            return _open(self._hit(self._places[index]))
        part = object.__new__(Results)
        part.__dict__.update(self.__dict__, _places=self._places[index])
        return part

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Dataset]:
        return map(_open, self.hits())

    def hits(self) -> Iterator[Hit]:
        """Yield what was found with its passage that matches: ``entry``, ``score``, ``title`` and ``snippet``."""
        for place in self._places:
            try:
                hit = self._hit(place)
            except IndexError:  # there are fewer by now
                return
            yield hit

    def facets(self) -> dict[str, dict[str, int]]:
        """Return how many of all datasets found have each theme, publisher, licence, access, format, year, …"""
        return {name: {each.value: each.count for each in counts} for name, counts in self._facets.items()}

    def _hit(self, place: int) -> Hit:
        page = place // _PAGE
        if page not in self._pages:
            self._pages[page] = self._index.search(
                replace(self._request, start=page * _PAGE, rows=_PAGE, facets=())
            ).hits
        return self._pages[page][place % _PAGE]

    def remarks(self, *, language: str) -> list[str]:
        """Return what is to be said about these results beside them."""
        found = [] if self.total else [translate(self._tell_nothing(), language=language)]
        for each in self._filter_remarks:
            text = READ_AS_WORDS if each.is_read_as_words else NO_SUCH_VALUE
            found.append(translate(text, language=language, filter=f"{each.name}:{each.value}"))
            if each.near:
                found.append(translate(POSSIBLE, language=language, values=", ".join(each.near)))
        if self.is_partial and len(self):
            found.append(translate(NOT_ALL_WORDS, language=language))
        if self.did_you_mean:
            found.append(translate(DID_YOU_MEAN, language=language, words=self.did_you_mean))
        return found

    def _tell_nothing(self) -> str:
        from ._index.queries import read_query

        typed = read_query(self._request.text)
        if not (self._request.filters or typed.filters or typed.without):
            return NOTHING_FOUND
        return NOTHING_OF_BOTH if typed.words else NOTHING_WITH_FILTERS

    def __repr__(self) -> str:
        from ._display import SYNTHETIC

        language = chosen_language()
        mark = f" ({translate(SYNTHETIC, language=language)})"
        shown = (hit.entry for hit in self[:_SHOWN].hits())
        lines = [f"{entry.id:40} {entry.title_in(language)}{mark if entry.synthetic else ''}" for entry in shown]
        return "\n".join([*filter(None, [join_sentences(*self.remarks(language=language))]), *lines])

    def _repr_html_(self) -> str:
        from ._display import results_html

        return results_html(self)


def _open(hit: Hit) -> Dataset:
    from ._lookup import dataset

    return dataset(hit.id)
