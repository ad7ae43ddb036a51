"""What somebody means by the values of facets that an address of results names, and which of them there are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from datahall._index import SearchAnswer, SearchRequest, open_index
from datahall._index.places import place_value
from datahall._index.queries import find_filter, list_terms
from datahall._index.schema import OWN, UNKNOWN
from datahall._nearest import find_near, find_near_terms

from datahall_hub.services.hall.facets import title_of
from datahall_hub.services.hall.search_wish import SearchWish
from datahall_hub.services.hall.wording import Words

_PROPOSED = 8  # values that may be meant
_LOOKED_UP = 5  # values of one address that are looked up; who invents more is told of these
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


def list_unknown(wish: SearchWish, answer: SearchAnswer, *, words: Words) -> list[UnknownValue]:
    """Return the chosen values that there are not: neither words of ours, nor any dataset's.

    What the facets of the answer count is known; of the others a few are looked up.
    """
    counted = {name: [each.value for each in answer.facets.get(name, ())] for name in wish.chosen}
    open_ones = ((name, value) for name, values in wish.chosen.items() for value in values)
    unsure = [(name, value) for name, value in open_ones if value not in counted[name] and not _is_ours(name, value)]
    return [
        UnknownValue(
            name, value, wish.toggle(name, value), _propose(wish, name, value, counted=counted[name], words=words)
        )
        for name, value in unsure[:_LOOKED_UP]
        if not _finds_any(name, value)
    ]


def _is_ours(name: str, value: str) -> bool:
    return value in list_terms(name) or value in (UNKNOWN, OWN) or (name == "synthetic" and value in _TRUTHS)


def _finds_any(name: str, value: str) -> bool:
    return open_index().search(SearchRequest(filters={name: (value,)}, rows=0, facets=())).total > 0


def _propose(wish: SearchWish, name: str, value: str, *, counted: Sequence[str], words: Words) -> tuple[Way, ...]:
    """Return near values; some of those that the results have where none is near."""
    near = find_near_terms(value, list_terms(name).values()) or find_near(value, counted) or counted
    return tuple(Way(title_of(name, each, words=words), wish.exchange(name, value, each)) for each in near[:_PROPOSED])
