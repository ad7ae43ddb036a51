"""Where the old are cared for: homes, and centres for the day; of both there are fewer in the outer districts."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import polars as pl

from .city import DISTRICT_WORDS, DISTRICTS, LATITUDE, LONGITUDE, City
from .columns import decimals, words
from .draws import Whole, below, happens, quantile
from .names import firm_names
from .stops import is_outer
from .tables import Rows

KINDS = ("home", "day-centre")
_NAMES = firm_names()[0]
# People for whom there is one: 41,000 homes and 363,000 facilities in neighbourhoods (Ministry of Civil Affairs, 2023).
_ONE_FOR = (34_000, 3_900)
# However few people live there: how likely a district has at least one, in per mille; in town, in the outer districts.
_AT_LEAST_ONE = ((700, 350), (1000, 500))
_CAPACITY = ((20, 48, 80, 130, 220, 500), (6, 12, 16, 22, 30, 60))  # beds, places


@lru_cache(maxsize=8)
def _starts(city: City) -> Whole:
    """Return where the places of each kind and district begin, and behind the last one where all end."""
    district = np.arange(len(DISTRICTS), dtype=np.int64)
    people = city.population * np.asarray([share for _, _, share in DISTRICTS]) // 1000
    counts = []
    for kind, (one_for, likely) in enumerate(zip(_ONE_FOR, _AT_LEAST_ONE, strict=True)):
        bits = city.draw("care.least", kind * len(DISTRICTS) + district)
        least = happens(bits, per_mille=np.asarray(likely)[is_outer(district)])
        counts.append(np.maximum(least, people // one_for))
    return np.concatenate([[0], np.cumsum(np.concatenate(counts))])


def care_table(city: City, index: Whole) -> pl.DataFrame:
    """Return homes and day centres for the old, with their place and for how many they are."""
    group = np.searchsorted(_starts(city), index, side="right") - 1
    kind, district = group // len(DISTRICTS), group % len(DISTRICTS)
    bits = city.draw("care.capacity", index)
    north, east = below(city.draw("care.north", index), 190), below(city.draw("care.east", index), 190)
    return pl.DataFrame(
        {
            "place": index,
            "name": words([zh for zh, _, _ in DISTRICTS], district)
            + words(_NAMES, below(city.draw("care.name", index), len(_NAMES)))
            + words(("养老院", "日间照料中心"), kind),
            "kind": words(KINDS, kind),
            "district": words(DISTRICT_WORDS, district),
            "capacity": np.choose(kind, [quantile(bits, points=points) for points in _CAPACITY]),
            "latitude": decimals(LATITUDE + 200 * (district // 5) + north, scale=10_000),
            "longitude": decimals(LONGITUDE + 200 * (district % 5) + east, scale=10_000),
        }
    )


TABLES = {"elder-care": Rows(lambda city: int(_starts(city)[-1]), care_table)}
