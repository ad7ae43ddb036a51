"""What somebody means by the value of a filter: the values that datasets have, in any case, by id or by name.

Who types a filter among words is told where it finds nothing; who sets one for a program gets an error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from .._nearest import find_near, find_near_terms
from ..errors import N_, DatahallError
from .analysis import cut_words, fold
from .counting import count_facets
from .filter_names import FORMAT_FAMILIES
from .matching import match_filter
from .places import find_places, place_value
from .queries import Filter, TypedQuery, find_filter, list_terms
from .requests import FilterRemark, SearchRequest

if TYPE_CHECKING:
    from tantivy import Searcher

    from .index import Index

_OPEN_VALUES = ("place", "source", "publisher", "format")  # filters whose values other portals bring, too
_MOST_VALUES = 10_000  # of one filter that are looked through
_LIKE_LETTERS = 2  # with which values begin that somebody may have misspelt
_MOST_LIKELY = 300  # of those that are compared letter by letter
_MOST_MEANT = 100  # publishers whose names hold the words of one value
_MOST_NAMED = 24  # values that an error lists
_MOST_REMARKS = 4  # on one query: each takes as long as a short search
_EXAMPLES = {"year": ("2023", "2020..2023"), "synthetic": ("true", "false")}


def resolve_values(name: str, values: Sequence[str], *, index: Index) -> tuple[str, ...]:
    """Return the values of the filter `name` that are meant by `values`; raises where one means none."""

    @cache
    def list_known() -> list[str]:
        counts = index.search(SearchRequest(rows=0, facets=(name,), values=_MOST_VALUES)).facets[name]
        return [each.value for each in counts]

    return tuple(dict.fromkeys(meant for value in values for meant in _resolve(name, value, list_known)))


def _resolve(name: str, value: str, list_known: Callable[[], list[str]]) -> tuple[str, ...]:
    found = find_filter(name, value)
    if found is not None and not found.is_loose and (name not in _OPEN_VALUES or found.value in list_terms(name)):
        return (found.value,)
    if name in _EXAMPLES:
        raise _unknown_value(name, value, known=_EXAMPLES[name])
    known = list_known()
    if value in known:  # an address of a results page says it so
        return (value,)
    if name == "place" and place_value(value) in known:
        return (place_value(value),)
    meant = [each for each in known if fold(each) == fold(value)]
    if name == "place":
        meant.extend(find_places(value))
    if name == "format" and found is not None and found.value in known:  # application/pdf
        meant.append(found.value)
    if name == "format":
        meant.extend(each for each in FORMAT_FAMILIES.get(fold(value), ()) if each in known)
    if name == "publisher":
        meant.extend(_hold_words(value, known))
    if not meant:
        raise _unknown_value(name, value, known=known)
    return tuple(meant)


def _hold_words(value: str, known: Sequence[str]) -> list[str]:
    """Return the publishers whose names hold the words of `value`."""
    wanted, terms = set(cut_words(value)), list_terms("publisher")
    if not wanted:
        return []
    named = {each: f"{each} {terms[each].title.en} {terms[each].title.zh}" if each in terms else each for each in known}
    return [each for each, text in named.items() if wanted <= set(cut_words(text))][:_MOST_MEANT]


def _unknown_value(name: str, value: str, *, known: Sequence[str]) -> DatahallError:
    near = _find_near(name, value, lambda: known)
    listed = [*dict.fromkeys([*list_terms(name), *known])]
    hint = N_("Did you mean {near}?") if near else N_("There are for example: {known}.")
    return DatahallError(
        N_("There is no value {value} for the filter {name}."),
        code="unknown-filter-value",
        name=name,
        value=repr(value[:60]),
        near=", ".join(near),
        known=", ".join(listed[:_MOST_NAMED]),
        hint=hint if near or listed else "",
    )


def _find_near(name: str, value: str, list_known: Callable[[], Sequence[str]]) -> tuple[str, ...]:
    terms = list_terms(name)
    near = find_near_terms(value, terms.values()) if terms else []
    return tuple(near or (find_near(value, list_known()) if name not in _EXAMPLES else ()))


def remark_filters(typed: TypedQuery, *, searcher: Searcher) -> tuple[FilterRemark, ...]:
    """Return which filters among the words say nothing: read as words, or with values that no dataset has.

    Of many such filters the first ones are told.
    """
    misread = [(name, value, True) for name, value in typed.misread[:_MOST_REMARKS]]
    empty = (
        (each.name, each.value, False)
        for each in typed.filters
        if each.name in _OPEN_VALUES and not _finds_any(each, searcher)
    )
    return tuple(
        FilterRemark(name, value, _propose(name, value, searcher), is_read_as_words=is_read_as_words)
        for name, value, is_read_as_words in [*misread, *islice(empty, _MOST_REMARKS - len(misread))]
    )


def _finds_any(wanted: Filter, searcher: Searcher) -> bool:
    if searcher.doc_freq(wanted.name, wanted.value):  # told without looking at any dataset
        return True
    return bool(searcher.search(match_filter(wanted), limit=1, count=False).hits)


def _propose(name: str, value: str, searcher: Searcher) -> tuple[str, ...]:
    """Return near values, or, where none is near, some that there are."""
    near = _find_near(name, value, lambda: _list_likely(name, value, searcher))
    return near or (_EXAMPLES.get(name) or tuple(list_terms(name)))[:_MOST_NAMED]


def _list_likely(name: str, value: str, searcher: Searcher) -> list[str]:
    """Return the most frequent values of a filter, and those that begin like `value`."""
    from tantivy import Query

    whole = Query.all_query()
    _, facets = count_facets(searcher, [name], query_without=lambda _: whole, filtered=())
    start = value[:_LIKE_LETTERS]
    begun = {
        found: count
        for beginning in dict.fromkeys((start, start.lower(), start.upper(), start.capitalize()))
        for found, count in searcher.terms_with_prefix(name, beginning, limit=_MOST_VALUES)
    }
    likely = sorted(begun, key=lambda each: -begun[each])[:_MOST_LIKELY]
    return [*dict.fromkeys([*(each.value for each in facets[name]), *likely])]
