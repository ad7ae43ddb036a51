"""How the city's people stand in households, so that any person's household is found without counting.

People stand in tiles of 100 households with 260 people, whose kinds of household are always the same and whose
order differs from tile to tile.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .city import City
from .draws import Whole

HEAD, SPOUSE, CHILD, ELDER = range(4)
ROLES = ("head", "spouse", "child", "parent")

# Kinds of household: how many of 100, youngest and oldest head, roles behind the head. README.md compares their
# sizes and the ages that follow with the census.
KINDS = (
    (16, 20, 40, ()),
    (9, 62, 90, ()),
    (13, 23, 48, (SPOUSE,)),
    (10, 60, 86, (SPOUSE,)),
    (7, 27, 52, (CHILD,)),
    (18, 26, 56, (SPOUSE, CHILD)),
    (3, 36, 58, (SPOUSE, ELDER)),
    (9, 29, 50, (SPOUSE, CHILD, CHILD)),
    (4, 30, 54, (SPOUSE, CHILD, ELDER)),
    (4, 29, 50, (SPOUSE, CHILD, CHILD, ELDER)),
    (2, 30, 54, (SPOUSE, CHILD, ELDER, ELDER)),
    (5, 29, 50, (SPOUSE, CHILD, CHILD, ELDER, ELDER)),
)
TILE_HOUSEHOLDS = sum(kind[0] for kind in KINDS)
TILE_PEOPLE = sum(kind[0] * (1 + len(kind[3])) for kind in KINDS)
ORDERS = 64  # different orders of a tile


@dataclass(frozen=True)
class Tiles:
    """The orders of a tile, one row each."""

    household: Whole  # of each of the 260 places: which of the 100 households
    place: Whole  # and which place in it, 0 being the head
    role: Whole
    rank: Whole  # the how many-th of its role in the household
    kind: Whole  # of each of the 100 households
    first: Whole  # where its head stands


@lru_cache(maxsize=8)
def tiles(city: City) -> Tiles:
    """Return the city's orders of a tile."""
    plain = np.repeat(np.arange(len(KINDS)), [kind[0] for kind in KINDS])
    parts: list[list[Whole]] = [[] for _ in range(6)]
    for order in range(ORDERS):
        bits = city.draw("tile", np.arange(TILE_HOUSEHOLDS) + order * TILE_HOUSEHOLDS)
        kind = plain[np.argsort(bits, kind="stable")]
        roles = [(HEAD, *KINDS[number][3]) for number in kind]
        sizes = [len(members) for members in roles]
        ranks = [members[:at].count(role) for members in roles for at, role in enumerate(members)]
        household = np.repeat(np.arange(TILE_HOUSEHOLDS), sizes)
        first = np.cumsum([0, *sizes[:-1]])
        role = np.asarray([role for members in roles for role in members])
        columns = (household, np.arange(TILE_PEOPLE) - first[household], role, np.asarray(ranks), kind, first)
        for part, column in zip(parts, columns, strict=True):
            part.append(column)
    return Tiles(*(np.stack(part).astype(np.int64) for part in parts))


def order_of(city: City, tile: Whole) -> Whole:
    return (city.draw("order", tile) >> np.uint64(58)).view(np.int64)


@lru_cache(maxsize=8)
def household_count(city: City) -> int:
    """Return how many households there are; the last tile is cut off behind the last person."""
    tile, rest = divmod(city.population, TILE_PEOPLE)
    first = tiles(city).first[order_of(city, np.asarray([tile]))[0]]
    return tile * TILE_HOUSEHOLDS + int((first < rest).sum())


def size_of(city: City, household: Whole) -> Whole:
    """Return how many people live in a household; 0 where there is none any more."""
    following = np.minimum(heads(city, household + 1), city.population)
    return np.maximum(0, following - heads(city, household))


def heads(city: City, household: Whole) -> Whole:
    """Return the person at the head of a household, an adult."""
    tile, number = household // TILE_HOUSEHOLDS, household % TILE_HOUSEHOLDS
    return tile * TILE_PEOPLE + tiles(city).first[order_of(city, tile), number]
