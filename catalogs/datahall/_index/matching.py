"""Which datasets a query means, in the engine's terms."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING

from .._entries.offered_formats import name_format
from .analysis import HAN, cut_words, fold, make_plain, stem
from .expansion import Choice, Part, Sought
from .filter_names import FORMAT_FAMILIES
from .places import find_places, place_value
from .queries import Filter, TypedQuery, find_filter
from .requests import FACETS
from .schema import WEIGHTS, build_schema

if TYPE_CHECKING:
    from tantivy import Query

_FEW = 4  # sought things of which every sufficient set is asked for; the sets of more are too many
_MOST_RANKED = 10  # rarest things that decide the order where only some must be there
_GAP = 2  # words that may stand between those of a Chinese name, since shorter words stand between longer ones
_EVERYTHING = 1_000.0  # what puts datasets with all words before those with some


@dataclass(frozen=True)
class Matched:
    """Two queries for the same datasets: one that only says whether, and one that says how well, which costs more."""

    whether: Query
    how_well: Query


def match_all(sought: Sequence[Sought]) -> Matched:
    """Return the queries for datasets with everything that is sought."""
    from tantivy import Query

    if not sought:
        return Matched(Query.all_query(), Query.all_query())
    return Matched(_all_of([_find(each) for each in sought]), _all_of([_rank(each) for each in sought]))


def match_some(sought: Sequence[Sought], *, share: float) -> Matched:
    """Return the queries for datasets with so much of what is sought that it is `share` of its weight."""
    from tantivy import Occur, Query

    known = sorted((each for each in sought if each.is_known), key=lambda each: -each.weight)
    whether = _match_share(known, sought, share=share)
    ranked: list[tuple[Occur, Query]] = [(Occur.Should, _rank(each)) for each in known[:_MOST_RANKED]]
    if len(known) == len(sought):
        whole = Query.const_score_query(_all_of([_find(each) for each in sought]), _EVERYTHING)
        ranked.append((Occur.Should, whole))
    needed = (Occur.Must, Query.const_score_query(whether, 0.0))
    return Matched(whether, Query.boolean_query([needed, *ranked]))


def _match_share(known: Sequence[Sought], sought: Sequence[Sought], *, share: float) -> Query:
    """Return the query for a share of what is sought: by weight among few things, by number among many."""
    from tantivy import Occur, Query

    if len(known) <= _FEW:
        least = share * sum(each.weight for each in sought)
        return _any_of([_all_of([_find(each) for each in some]) for some in _sufficient_sets(known, least=least)])
    number = math.ceil(share * len(sought))
    if number > len(known):
        return Query.empty_query()
    some = Query.boolean_query([(Occur.Should, _find(each)) for each in known], minimum_number_should_match=number)
    needed = [_find(each) for each in known if each.means_practice]
    return _all_of([some, *needed])


def _sufficient_sets(known: Sequence[Sought], *, least: float) -> Iterator[tuple[Sought, ...]]:
    """Yield the smallest sets that weigh at least `least`."""
    needed = {at for at, each in enumerate(known) if each.means_practice}
    found: list[frozenset[int]] = []
    for size in range(1, len(known) + 1):
        for some in combinations(range(len(known)), size):
            weight = sum(known[at].weight for at in some)
            if weight >= least and needed <= set(some) and not any(each <= set(some) for each in found):
                found.append(frozenset(some))
                yield tuple(known[at] for at in some)


def _find(sought: Sought) -> Query:
    """Return the query that says whether something is there."""
    queries = [_match_choice(choice, "text", weight=0.0) for choice in sought.others]
    if all(part.choices or part.years for part in sought.parts):
        queries.append(_all_of([_find_part(part, "text") for part in sought.parts]))
    return _any_of(queries)


def _find_part(part: Part, field: str) -> Query:
    from tantivy import Query

    queries = [_match_choice(choice, field, weight=WEIGHTS[field]) for choice in part.choices]
    if part.years is not None and field == "text":
        queries.append(Query.const_score_query(match_years(*part.years), 1.0))
    return _any_of(queries)


def _rank(sought: Sought) -> Query:
    """Return the query that says how well something is there."""
    from tantivy import Occur, Query

    whole: list[Query] = []
    if all(part.choices or part.years for part in sought.parts):
        whole.append(_all_of([_find_part(part, "text") for part in sought.parts]))
    whole.extend(_match_choice(choice, "text", weight=WEIGHTS["text"]) for choice in sought.others)
    more: list[Query] = []
    for field in ("title", "keywords"):
        choices = [choice for part in sought.parts for choice in part.choices]
        more.extend(_match_choice(choice, field, weight=WEIGHTS[field]) for choice in (*choices, *sought.others))
    if sought.keyword is not None:
        more.append(_match_choice(sought.keyword, "phrase", weight=1.0))
    return Query.boolean_query([(Occur.Must, _any_of(whole)), *((Occur.Should, each) for each in more)])


def _match_choice(choice: Choice, field: str, *, weight: float) -> Query:
    from tantivy import Query

    schema = build_schema()
    if len(choice.terms) == 1:
        query = Query.term_query(schema, field, choice.terms[0])
    else:
        gap = _GAP if HAN.search(choice.terms[0]) else 0
        query = Query.phrase_query(schema, field, list(choice.terms), slop=gap)
    return Query.boost_query(query, weight * choice.worth) if weight else query


def match_filters(filters: Mapping[str, Sequence[Filter]]) -> dict[str, Query]:
    """Return the query for each facet that is filtered by; values of one facet are alternatives."""
    return {name: _any_of([match_filter(each) for each in values]) for name, values in filters.items() if values}


def gather_filters(typed: TypedQuery, given: Mapping[str, Sequence[str]]) -> dict[str, list[Filter]]:
    """Return all filters by facet: what was typed, and what was chosen beside it."""
    filters: dict[str, list[Filter]] = {}
    for each in typed.filters:
        filters.setdefault(each.name, []).append(each)
    for name, values in given.items():
        chosen = [Filter(name, make_plain(value)) if name != "year" else find_filter(name, value) for value in values]
        filters.setdefault(name, []).extend(each or Filter(name, "") for each in chosen)
    return filters


def match_filter(wanted: Filter) -> Query:
    """Return the query for datasets that have the value of a filter."""
    from tantivy import Query

    if wanted.years is not None:
        return match_years(*wanted.years)
    if wanted.name == "keyword":
        return Query.term_query(build_schema(), "phrase", fold(wanted.value))
    if wanted.name == "id":
        return Query.term_query(build_schema(), "id", wanted.value)
    if wanted.name == "modified":
        return _match_days(wanted.value)
    if wanted.name == "year" or wanted.name not in FACETS:
        return Query.empty_query()
    exact = Query.term_query(build_schema(), wanted.name, wanted.value)
    if wanted.name == "place":
        others = find_places(wanted.value) if wanted.is_loose else ()
        places = dict.fromkeys(map(place_value, (wanted.value, *others)))
        return _any_of([Query.term_query(build_schema(), "place", place) for place in places])
    if wanted.name == "format":
        names = dict.fromkeys((name_format(wanted.value), *FORMAT_FAMILIES.get(fold(wanted.value), ())))
        return _any_of([exact, *(Query.term_query(build_schema(), "format", name) for name in names)])
    terms = [term for word in cut_words(wanted.value) for term in stem(word)] if wanted.is_loose else []
    if not terms:
        return exact
    return _any_of([exact, _all_of([Query.term_query(build_schema(), "publisher_words", term) for term in terms])])


def _match_days(span: str) -> Query:
    """Return the query for datasets that changed within ``2024-01-01..2024-12-31``; either end may be open."""
    from tantivy import FieldType, Query

    first, _, last = span.partition("..")
    lower = date.fromisoformat(first).toordinal() if first else date.min.toordinal() + 1  # the first is for no date
    upper = date.fromisoformat(last).toordinal() if last else date.max.toordinal()
    return Query.range_query(build_schema(), "modified", FieldType.Unsigned, lower_bound=lower, upper_bound=upper)


def match_years(first: int, last: int) -> Query:
    """Return the query for datasets that cover any of these years."""
    from tantivy import FieldType, Query

    schema = build_schema()
    # There are few different years, so their lists of datasets are put together sooner than all datasets are looked at.
    began = Query.range_query(schema, "first_year", FieldType.Unsigned, upper_bound=last, use_inverted_index=True)
    ended = Query.range_query(schema, "last_year", FieldType.Unsigned, lower_bound=first, use_inverted_index=True)
    return began.and_must_match(ended)


def _all_of(queries: Sequence[Query]) -> Query:
    from tantivy import Occur, Query

    return queries[0] if len(queries) == 1 else Query.boolean_query([(Occur.Must, each) for each in queries])


def _any_of(queries: Sequence[Query]) -> Query:
    from tantivy import Occur, Query

    if not queries:
        return Query.empty_query()
    return queries[0] if len(queries) == 1 else Query.boolean_query([(Occur.Should, each) for each in queries])


def narrow(query: Query, *, to: Iterable[Query], without: Iterable[Query] = ()) -> Query:
    """Return `query` for what is in all of `to` and in none of `without`, which say nothing about the order."""
    from tantivy import Occur, Query

    needed = [(Occur.Must, Query.const_score_query(each, 0.0)) for each in to]
    refused = [(Occur.MustNot, each) for each in without]
    return Query.boolean_query([(Occur.Must, query), *needed, *refused]) if needed or refused else query


def match_unwanted(unwanted: Sequence[Sought], typed: TypedQuery) -> list[Query]:
    """Return the queries for what must not occur."""
    exact = [Sought(each.words, each.parts) for each in unwanted]
    return [*(_find(each) for each in exact if each.is_known), *(match_filter(each) for each in typed.without)]
