"""One search, from what was typed to the ids that were found, their order, and the counts of facets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache
from os import getpid
from typing import TYPE_CHECKING

from .counting import BROAD, MANIFOLD, count_facets
from .expansion import Sought, expand
from .filter_values import remark_filters
from .leaders import find_leaders
from .matching import Matched, gather_filters, match_all, match_filters, match_some, match_unwanted, narrow
from .meaning import propose_text
from .queries import TypedQuery, means_everything, read_query
from .relevance_order import search_by_relevance
from .requests import COUNTABLE, FacetCount, FilterRemark, SearchRequest
from .use_order import search_by_use

if TYPE_CHECKING:
    from tantivy import DocAddress, Query, Searcher

# Where fewer datasets than these hold all words, those follow that hold the greater part of them; where none does,
# those that hold any considerable part.
FEW, ENOUGH, LITTLE = 10, 0.6, 0.34

MOST_ROWS = 1_000
DEEPEST = 100_000  # hits that can be paged through; the engine keeps as many in order

_ORDERS = {"newest": "modified", "quality": "quality", "title": "titled", "name": "id"}
_RISING = ("titled", "id")  # the fields whose smallest values come first

# Datasets from which on counting is worth threads of its own.
_LARGE = 20_000

Facets = Mapping[str, tuple[FacetCount, ...]]
Hits = Sequence[tuple[float, "DocAddress"]]


Counted = tuple[int, Facets]  # how many datasets there are, and the counts of facets


@dataclass(frozen=True)
class Found:
    """What one search has found; `scores` by id are those of the page, in order.

    Counting may go on meanwhile: `count` waits for it. `meant` is a better spelling, where there is anything to find.
    """

    scores: Mapping[str, float]
    count: Callable[[], Counted]
    terms: frozenset[str] = frozenset()
    meant: str | None = None
    is_partial: bool = False
    remarks: tuple[FilterRemark, ...] = ()


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the engine says to one query."""

    hits: Hits
    count: Callable[[], Counted]

    def is_below(self, number: int) -> bool:
        """Return whether there are fewer datasets than `number`; not counted where the page holds as many."""
        return len(self.hits) < number and self.count()[0] < number


class SearchRun:
    """One search in one state of the index."""

    def __init__(
        self, searcher: Searcher, request: SearchRequest, *, most_used: Callable[[], Mapping[str, float]]
    ) -> None:
        self._searcher = searcher
        self._request = request
        self._most_used = most_used
        self._typed = read_query(request.text)
        self._sought = expand(self._typed.words, searcher=searcher)
        self._filters = match_filters(gather_filters(self._typed, request.filters))
        self._unwanted = match_unwanted(expand(self._typed.unwanted, searcher=searcher), self._typed)
        self._unwanted += match_filters(gather_filters(TypedQuery(), request.without)).values()

    def find(self) -> Found:
        """Return what there is: with all words, or, where that is little, with some of them."""
        if self._says_nothing:
            none: Facets = {name: () for name in self._names}
            return Found({}, lambda: (0, none))
        remarks = remark_filters(self._typed, searcher=self._searcher)
        answer, is_partial = self._answer(match_all(self._sought), needs_all=True), False
        if len(self._sought) > 1 and not self._request.needs_all_words and answer.is_below(FEW):
            total = answer.count()[0]
            some = self._answer(match_some(self._sought, share=ENOUGH if total else LITTLE))
            if some.count()[0] > total:
                answer, is_partial = some, True
        scores = {str(self._searcher.doc(address).get_first("id")): float(score) for score, address in answer.hits}
        terms = frozenset(term for each in self._sought for term in each.terms)
        # Names of filters and their values that were read as words are no misspelt ones.
        meant = None if self._typed.misread else propose_text(self._request.text, self._sought)
        return Found(scores, answer.count, terms, meant, is_partial, remarks)

    @property
    def _says_nothing(self) -> bool:
        typed: TypedQuery = self._typed
        text = self._request.text
        return (
            bool(text.strip())
            and not means_everything(text)
            and not (typed.words or typed.filters or typed.without or typed.unwanted)
        )

    @property
    def _names(self) -> list[str]:
        return [name for name in self._request.facets if name in COUNTABLE]

    def _answer(self, matched: Matched, *, needs_all: bool = False) -> _Answer:
        """Put in order, and count beside that where there is much of it: the engine lets others work meanwhile."""
        if self._searcher.num_docs < _LARGE:
            counted = self._count(matched, self._names)
            return _Answer(self._order(matched, needs_all=needs_all), lambda: counted)
        apart = [name for name in self._names if name in MANIFOLD and not self._has_phrases]
        apart = ["keyword"] if "keyword" in apart else apart  # which takes longer than all others
        again = [] if self._request.are_facets_narrowed else [name for name in self._names if name in self._filters]
        rest = [name for name in self._names if name not in {*apart, *again}]
        shares = [each for each in (rest, [name for name in apart if name not in again]) if each]
        shares += [[name] for name in again]  # which take a pass of their own each
        counting = [
            _threads(getpid()).submit(self._count, matched, share, is_total_wanted=place == 0)
            for place, share in enumerate(shares or [[]])
        ]
        hits = self._order(matched, needs_all=needs_all)
        return _Answer(hits, lambda: self._join([each.result() for each in counting]))

    def _join(self, shares: Sequence[Counted]) -> Counted:
        facets = {name: counts for _, counted in shares for name, counts in counted.items()}
        return shares[0][0], {name: facets[name] for name in self._names}

    @cached_property
    def _has_phrases(self) -> bool:
        """Whether finding the datasets takes longer than counting them, so that it should not be done once more."""
        choices = (choice for each in self._sought for part in each.parts for choice in part.choices)
        others = (choice for each in self._sought for choice in each.others)
        return any(len(choice.terms) > 1 for choice in (*choices, *others))

    def _count(self, matched: Matched, names: Sequence[str], *, is_total_wanted: bool = True) -> Counted:
        return count_facets(
            self._searcher,
            names,
            query_without=lambda name: self._narrow(matched.whether, but=name),
            filtered=() if self._request.are_facets_narrowed else list(self._filters),
            most=self._request.values,
            is_total_wanted=is_total_wanted,
            is_broad=self._is_broad,
        )

    @cached_property
    def _is_broad(self) -> bool:
        """Whether there may well be many datasets; whether there are, only counting could tell."""
        if self._filters or self._has_phrases:
            return False
        return all(self._count_at_most(each) > BROAD for each in self._sought) and self._searcher.num_docs > BROAD

    def _count_at_most(self, sought: Sought) -> int:
        choices = (*(choice for part in sought.parts[:1] for choice in part.choices), *sought.others)
        return sum(self._searcher.doc_freq("text", choice.terms[0]) for choice in choices)

    def _narrow(self, query: Query, *, but: str | None = None) -> Query:
        return narrow(query, to=[each for name, each in self._filters.items() if name != but], without=self._unwanted)

    def _order(self, matched: Matched, *, needs_all: bool) -> Hits:
        start, rows = max(0, self._request.start), max(0, min(self._request.rows, MOST_ROWS))
        if start + rows > DEEPEST or not rows:
            return ()
        order = _ORDERS.get(self._request.sort)
        query = self._narrow(matched.whether if order else matched.how_well)
        if uses := self._most_used() if self._request.sort == "use" else {}:
            return search_by_use(self._searcher, query, uses=uses, start=start, rows=rows, standing=self._standing)
        if order is None and self._standing is not None:
            leaders = find_leaders(self._sought, searcher=self._searcher) if needs_all else None
            return search_by_relevance(self._searcher, query, start=start, rows=rows, leaders=leaders)
        if order is None:
            return self._searcher.search(query, limit=rows, offset=start, count=False).hits
        return self._order_by(order, query, start=start, rows=rows)

    def _order_by(self, field: str, query: Query, *, start: int, rows: int) -> Hits:
        from tantivy import Order

        order = Order.Asc if (field in _RISING) != self._request.is_reversed else Order.Desc
        hits = self._searcher.search(
            query, limit=rows, offset=start, count=False, order_by_field=field, order=order
        ).hits
        return [(0.0, address) for _, address in hits]  # by a field, which may be a text, there is no score

    @cached_property
    def _standing(self) -> str | None:
        """What multiplies scores; nothing where invented data is asked for, which stands behind all else."""
        return None if any(each.means_practice for each in self._sought) else "standing"


@lru_cache(maxsize=1)
def _threads(_process: int) -> ThreadPoolExecutor:
    """Return threads of this process: those of a process that it was forked from do not live on."""
    return ThreadPoolExecutor(max_workers=4, thread_name_prefix="search")
