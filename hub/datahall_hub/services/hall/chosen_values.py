"""What somebody means by the values of facets that an address of results names, and which of them there are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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


def list_unknown(wish: SearchWish, *, words: Words) -> list[UnknownValue]:
    """Return the chosen values that there are not: neither words of ours, nor any dataset's."""
    return [
        UnknownValue(name, value, wish.toggle(name, value), _propose(wish, name, value, words=words))
        for name, values in wish.chosen.items()
        for value in values
        if not _is_known(name, value)
    ]


def _is_known(name: str, value: str) -> bool:
    if name == "synthetic":
        return value in _TRUTHS
    if value in list_terms(name) or value in (UNKNOWN, OWN):
        return True
    return open_index().search(SearchRequest(filters={name: (value,)}, rows=0, facets=())).total > 0


def _propose(wish: SearchWish, name: str, value: str, *, words: Words) -> tuple[Way, ...]:
    """Return near values; some that there are where none is near and there are few."""
    terms = list_terms(name)
    near: Sequence[str] = find_near_terms(value, terms.values()) if terms else []
    if not near and name == "synthetic":
        near = _TRUTHS
    elif not near:
        counts = open_index().search(SearchRequest(rows=0, facets=(name,), values=_COMPARED)).facets[name]
        known = [each.value for each in counts]
        near = find_near(value, known) or known
    return tuple(Way(title_of(name, each, words=words), wish.exchange(name, value, each)) for each in near[:_PROPOSED])
