"""Which of the datasets found can stand first, where a word is one that many of them say.

What half of all datasets say in their texts adds next to nothing to a score, and most of them have nothing else of what
is sought. So those are looked at that have more, in a title, among the keywords or by a rarer word; what the score of
all others stays below follows from how BM25 reckons.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from .expansion import Choice, Sought
from .schema import WEIGHTS, build_schema

if TYPE_CHECKING:
    from tantivy import Query, Searcher

_MANY = 0.05  # share of all datasets that have to be found for this to be worth it
_MOST = 0.05  # that are looked at: of more, looking at all found takes as long
_PROMISING = 12.0  # bound that the first hundred mostly surpass who have what is sought in their titles, too
_TERM_FREQUENCY = 2.2  # what BM25 multiplies a term's rarity by at most, however often a text says it
_ROUNDING = 1.001  # the engine reckons with 32 bits
_YEARS = 1.0  # what years among the words count at most
_NOTHING = 1e-9  # that a word of all datasets tells


@dataclass(frozen=True)
class Leaders:
    """Datasets that have more of what is sought than `query` leaves out, whose scores are below `bound`."""

    query: Query
    bound: float


@dataclass(frozen=True, slots=True)
class _Clause:
    """Terms in a field that add to a score, at most `bound`; no more than `count` datasets have them."""

    field: str
    term: str
    bound: float
    count: int


def find_leaders(sought: Sequence[Sought], *, searcher: Searcher) -> Leaders | None:
    """Return which datasets come before all others that have everything sought; None where that would be too many."""
    everything = _count_everything(searcher)
    each_of = [list(_list_clauses(each, searcher, everything=everything)) for each in sought]
    if min((_count_found(clauses) for clauses in each_of), default=0) < _MANY * everything:
        return None
    clauses = sorted(chain(*each_of), key=lambda each: -each.count / max(each.bound, _NOTHING))
    looked_at, bound = sum(each.count for each in clauses), _YEARS * sum(map(_count_years, sought))
    for place, each in enumerate(clauses, start=1):
        looked_at, bound = looked_at - each.count, bound + each.bound
        if bound * _ROUNDING > _PROMISING:
            return None
        if looked_at <= _MOST * everything:
            return _lead(clauses[place:], bound=bound * _ROUNDING)
    return None


def _count_found(clauses: Sequence[_Clause]) -> int:
    """Return how many datasets may have one of `clauses`: every one of them has it in its text."""
    return sum(each.count for each in clauses if each.field == "text")


def _lead(clauses: Sequence[_Clause], *, bound: float) -> Leaders | None:
    from tantivy import Occur, Query

    terms = dict.fromkeys((each.field, each.term) for each in clauses if each.count)
    having = [(Occur.Should, Query.term_query(build_schema(), *each)) for each in terms]
    return Leaders(Query.boolean_query(having), bound) if having else None


def _count_years(sought: Sought) -> int:
    return sum(part.years is not None for part in sought.parts)


def _count_everything(searcher: Searcher) -> int:
    """Return how many datasets BM25 reckons with: it does not know which are deleted. Each has one of these terms."""
    return sum(searcher.doc_freq("synthetic", value) for value in ("true", "false"))


def _list_clauses(sought: Sought, searcher: Searcher, *, everything: int) -> Iterator[_Clause]:
    """Yield all that the query which puts in order is made of, for one of the things sought."""

    def rarity(count: int) -> float:
        return math.log(1 + (everything - count + 0.5) / (count + 0.5))

    def clause(field: str, choice: Choice, weight: float) -> _Clause:
        counts = {term: searcher.doc_freq(field, term) for term in choice.terms}
        bound = weight * choice.worth * _TERM_FREQUENCY * sum(rarity(counts[term]) for term in choice.terms)
        rarest = min(counts, key=lambda term: counts[term])
        return _Clause(field, rarest, bound, counts[rarest])

    choices = [choice for part in sought.parts for choice in part.choices]
    for field, weight in WEIGHTS.items():
        for choice in (*choices, *sought.others):
            yield clause(field, choice, weight)
    if sought.keyword is not None:
        yield clause("phrase", sought.keyword, 1.0)
