"""Which datasets a query means, in the engine's terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from .analysis import segment, stem
from .queries import Filter, TypedQuery, Word, find_filter
from .schema import WEIGHTS, build_schema

if TYPE_CHECKING:
    from tantivy import Query


def match_words(words: Sequence[Word], *, at_least: int | None = None) -> Query:
    """Return the query for datasets with all `words`, or with `at_least` so many of them."""
    from tantivy import Occur, Query

    clauses = [_match_word(word) for word in words]
    if not clauses:
        return Query.all_query()
    if at_least is None or at_least >= len(clauses):
        return clauses[0] if len(clauses) == 1 else Query.boolean_query([(Occur.Must, each) for each in clauses])
    return Query.boolean_query([(Occur.Should, each) for each in clauses], minimum_number_should_match=at_least)


def _match_word(word: Word) -> Query:
    from tantivy import Query

    terms = [term for part in word.parts for term in stem(segment(part) if word.is_phrase else part)]
    fields = [_match_in(field, terms) for field in WEIGHTS] if terms else [Query.empty_query()]
    return Query.disjunction_max_query(fields, 0.3)


def _match_in(field: str, terms: Sequence[str]) -> Query:
    from tantivy import Query

    schema = build_schema()
    if len(terms) == 1:
        query = Query.term_query(schema, field, terms[0])
    else:
        query = Query.phrase_query(schema, field, list(terms))
    return Query.boost_query(query, WEIGHTS[field])


def match_filters(filters: Mapping[str, Sequence[Filter]]) -> dict[str, Query]:
    """Return the query for each facet that is filtered by; values of one facet are alternatives."""
    return {name: _any_of([_match_filter(each) for each in values]) for name, values in filters.items() if values}


def gather_filters(typed: TypedQuery, given: Mapping[str, Sequence[str]]) -> dict[str, list[Filter]]:
    """Return all filters by facet: what was typed, and what was chosen beside it."""
    filters: dict[str, list[Filter]] = {}
    for each in typed.filters:
        filters.setdefault(each.name, []).append(each)
    for name, values in given.items():
        chosen = [Filter(name, value) if name != "year" else find_filter(name, value) for value in values]
        filters.setdefault(name, []).extend(each or Filter(name, "") for each in chosen)
    return filters


def _match_filter(wanted: Filter) -> Query:
    from tantivy import FieldType, Query

    schema = build_schema()
    if wanted.years is None:
        return Query.term_query(schema, wanted.name, wanted.value) if wanted.name != "year" else Query.empty_query()
    first, last = wanted.years
    began = Query.range_query(schema, "first_year", FieldType.Unsigned, upper_bound=last)
    ended = Query.range_query(schema, "last_year", FieldType.Unsigned, lower_bound=first)
    return began.and_must_match(ended)


def _any_of(queries: Sequence[Query]) -> Query:
    from tantivy import Occur, Query

    return queries[0] if len(queries) == 1 else Query.boolean_query([(Occur.Should, each) for each in queries])


def narrow(query: Query, *, to: Iterable[Query], without: Iterable[Query] = ()) -> Query:
    """Return `query` for what is in all of `to` and in none of `without`, which say nothing about the order."""
    from tantivy import Occur, Query

    needed = [(Occur.Must, Query.const_score_query(each, 0.0)) for each in to]
    refused = [(Occur.MustNot, each) for each in without]
    return Query.boolean_query([(Occur.Must, query), *needed, *refused]) if needed or refused else query


def match_unwanted(typed: TypedQuery) -> list[Query]:
    """Return the queries for what must not occur."""
    return [*(_match_word(word) for word in typed.unwanted), *(_match_filter(each) for each in typed.without)]
