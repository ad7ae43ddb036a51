"""The dwellings: which household lives in which, in which building and district."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from .city import DISTRICT_SHARES, DISTRICT_WORDS, DISTRICTS, LATITUDE, LONGITUDE, City
from .columns import decimals, words
from .draws import Whole, below, quantile
from .households import household_count, size_of
from .names import STREETS
from .tables import Rows

# Most buildings have a few dozen dwellings; every ninth dwelling stands empty.
BUILDING = 36
EMPTY_EVERY = 9
# Floor space in square metres by decile, around the census' 41.8 m² a head, and what is added to it or taken away for
# the people who live there, in per cent (empty, one, two …); and years of building.
_AREAS = (28, 45, 56, 66, 76, 86, 95, 106, 120, 142, 220)
_AREA_FOR = np.asarray([100, 84, 103, 119, 131, 140, 147])
_BUILT = (1958, 1978, 1986, 1993, 1998, 2002, 2006, 2010, 2014, 2018, 2024)


def dwelling_count(city: City) -> int:
    """Return how many dwellings there are, the empty ones among them."""
    return int(dwelling_of(np.asarray([household_count(city) - 1]))[0]) + 1


def dwelling_of(household: Whole) -> Whole:
    """Return the dwelling in which a household lives."""
    return household + household // (EMPTY_EVERY - 1)


def household_in(city: City, dwelling: Whole) -> tuple[Whole, npt.NDArray[np.bool_]]:
    """Return who lives in a dwelling, and whether anybody does."""
    household = dwelling - dwelling // EMPTY_EVERY
    return household, (dwelling % EMPTY_EVERY != EMPTY_EVERY - 1) & (household < household_count(city))


def district_of_dwelling(city: City, dwelling: Whole) -> Whole:
    """Return the district's number: a building lies in one."""
    return DISTRICT_SHARES.pick(city.draw("building.district", dwelling // BUILDING))


def dwellings_table(city: City, index: Whole) -> pl.DataFrame:
    """Return the dwellings with their address, place, size and year."""
    building = index // BUILDING
    bits = city.draw("building.place", building)
    household, is_lived_in = household_in(city, index)
    people = np.where(is_lived_in, size_of(city, household), 0)
    district = district_of_dwelling(city, index)
    street = below(city.draw("building.street", building), len(STREETS))
    house = below(city.draw("building.house", building), 480) + 1
    within = index % BUILDING
    address = (
        words([name for name, _, _ in DISTRICTS], district)
        + words([name for name, _ in STREETS], street)
        + words([f"{number}号" for number in range(500)], house)
        + words([f"{floor}0{door}室" for floor in range(1, 10) for door in range(1, 5)], within)
    )
    return pl.DataFrame(
        {
            "dwelling": index,
            "district": words(DISTRICT_WORDS, district),
            "address": address,
            "building": building,
            "floor": within // 4 + 1,
            "area": quantile(city.draw("dwelling.area", index), points=_AREAS) * _AREA_FOR[people] // 100,
            "built": quantile(city.draw("building.built", building), points=_BUILT),
            "occupied": is_lived_in,
            "latitude": decimals(LATITUDE + 200 * (district // 5) + below(bits, 190), scale=10_000),
            "longitude": decimals(
                LONGITUDE + 200 * (district % 5) + below(city.draw("building.east", building), 190), scale=10_000
            ),
        }
    )


TABLES = {"dwellings": Rows(dwelling_count, dwellings_table)}
