"""Where buses and the metro stop: close together in town, far apart in the outer districts, where the villages are."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import polars as pl

from .city import DISTRICT_WORDS, DISTRICTS, LATITUDE, LONGITUDE, City
from .columns import decimals, words
from .draws import Whole, below, quantile
from .names import STREETS
from .tables import Rows

OUTER = 6  # the last districts, where the crop register has its villages
MODES = ("bus", "metro")
# Stops that a district has however few people live there, and people for whom there is one more; in town, in the outer
# districts. A district has four square kilometres, so in town there is a bus within a few hundred metres.
_LEAST = ((9, 3), (1, 0))
_ONE_FOR = ((1_500, 2_500), (40_000, 400_000))
_NAMES = ("东", "西", "南", "北", "中")  # ends of a street
# Lines that call at a stop, and departures a day on each of them.
_LINES = (((1, 1, 2, 2, 3, 6), (1, 1, 1, 1, 2, 2)), ((1, 1, 1, 1, 2, 3), (1, 1, 1, 1, 1, 1)))
_DEPARTURES = (((40, 60, 75, 90, 120), (6, 10, 14, 18, 30)), ((150, 180, 210, 240, 280), (90, 110, 120, 130, 150)))


def is_outer(district: Whole) -> Whole:
    """Return 1 for the districts with villages, 0 for those in town."""
    return (district >= len(DISTRICTS) - OUTER).astype(np.int64)


@lru_cache(maxsize=8)
def _starts(city: City) -> Whole:
    """Return where the stops of each mode and district begin, and behind the last one where all end."""
    outer = is_outer(np.arange(len(DISTRICTS)))
    people = city.population * np.asarray([share for _, _, share in DISTRICTS]) // 1000
    counts = [
        np.asarray(least)[outer] + people // np.asarray(one_for)[outer]
        for least, one_for in zip(_LEAST, _ONE_FOR, strict=True)
    ]
    return np.concatenate([[0], np.cumsum(np.concatenate(counts))])


def stops_table(city: City, index: Whole) -> pl.DataFrame:
    """Return the stops with their place, their lines and how often something leaves on a working day."""
    group = np.searchsorted(_starts(city), index, side="right") - 1
    mode, district = group // len(DISTRICTS), group % len(DISTRICTS)
    kind = mode * 2 + is_outer(district)
    bits = city.draw("stop.lines", index)
    lines = np.choose(kind, [quantile(bits, points=points) for pair in _LINES for points in pair])
    bits = city.draw("stop.departures", index)
    each = np.choose(kind, [quantile(bits, points=points) for pair in _DEPARTURES for points in pair])
    north, east = below(city.draw("stop.north", index), 190), below(city.draw("stop.east", index), 190)
    street = below(city.draw("stop.street", index), len(STREETS))
    return pl.DataFrame(
        {
            "stop": index,
            "name": words([zh for zh, _, _ in DISTRICTS], district)
            + words([name for name, _ in STREETS], street)
            + words(_NAMES, below(city.draw("stop.name", index), len(_NAMES)))
            + words(("站", "地铁站"), mode),
            "mode": words(MODES, mode),
            "district": words(DISTRICT_WORDS, district),
            "lines": lines,
            "departures": lines * each,
            "latitude": decimals(LATITUDE + 200 * (district // 5) + north, scale=10_000),
            "longitude": decimals(LONGITUDE + 200 * (district % 5) + east, scale=10_000),
        }
    )


TABLES = {"stops": Rows(lambda city: int(_starts(city)[-1]), stops_table)}
