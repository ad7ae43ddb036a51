"""What somebody means by the values of facets that an address of results names, and which of them there are not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice

from datahall._index import SearchRequest, open_index
from datahall._index.places import place_value
from datahall._index.queries import find_filter, list_terms
from datahall._index.schema import OWN, UNKNOWN
from datahall._nearest import find_near, find_near_terms

from datahall_hub.services.hall.facets import title_of
from datahall_hub.services.hall.search_wish import SearchWish
from datahall_hub.services.hall.wording import Words

_PROPOSED = 8  # values that may be meant
_COMPARED = 300  # most frequent values of a facet that are compared with what was typed
_LOOKED_UP = 4  # values of one address: each takes as long as a short search
_TRUTHS = ("true", "false")


@dataclass(frozen=True)
class Way:
    """A value that may be meant instead, and the address that chooses it."""

    title: str
    address: str


@dataclass(frozen=True)
class UnknownValue:
    """A chosen value that there is not; `address` searches without it."""

    name: str
    value: str
    address: str
    near: tuple[Way, ...]


def find_value(name: str, said: str) -> str:
    """Return the one value of a facet that `said` is the id or the title of; `said` where it is of none."""
    if name == "place":
        return place_value(said)
    found = find_filter(name, said)
    return said if found is None or found.is_loose else found.value


def list_unknown(wish: SearchWish, *, found: int, words: Words) -> list[UnknownValue]:
    """Return the chosen values that there are not: neither words of ours, nor any dataset's; of many the first ones.

    `found` is how many datasets have one chosen value of each facet.
    """

    @cache
    def list_frequent(name: str) -> list[str]:
        counts = open_index().search(SearchRequest(rows=0, facets=(name,), values=_COMPARED)).facets[name]
        return [each.value for each in counts]

    unsure = (
        (name, value)
        for name, values in wish.chosen.items()
        if not (found and len(values) == 1)  # which each of those has
        for value in values
        if not _is_ours(name, value)
    )
    return [
        UnknownValue(
            name,
            value,
            wish.toggle(name, value),
            tuple(
                Way(title_of(name, each, words=words), wish.exchange(name, value, each))
                for each in _propose(name, value, list_frequent)
            ),
        )
        for name, value in islice(unsure, _LOOKED_UP)
        if not _finds_any(name, value)
    ]


def _is_ours(name: str, value: str) -> bool:
    return value in list_terms(name) or value in (UNKNOWN, OWN) or (name == "synthetic" and value in _TRUTHS)


def _finds_any(name: str, value: str) -> bool:
    return open_index().search(SearchRequest(filters={name: (value,)}, rows=0, facets=())).total > 0


def _propose(name: str, value: str, list_frequent: Callable[[str], Sequence[str]]) -> Sequence[str]:
    """Return near values; some that there are where none is near and there are few."""
    terms = list_terms(name)
    near: Sequence[str] = find_near_terms(value, terms.values()) if terms else []
    if not near and name == "synthetic":
        near = _TRUTHS
    elif not near:
        near = find_near(value, list_frequent(name)) or list_frequent(name)
    return near[:_PROPOSED]
