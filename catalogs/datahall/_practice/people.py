"""Who lives in the city: everything about a person is worked out from their index when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from .city import DISTRICT_WORDS, YEAR, City
from .columns import Letters, dates, texts, words
from .draws import Raw, Shares, Whole, below, happens
from .dwellings import district_of_dwelling, dwelling_of
from .households import (
    ELDER,
    KINDS,
    ROLES,
    SPOUSE,
    TILE_HOUSEHOLDS,
    TILE_PEOPLE,
    heads,
    household_count,
    order_of,
    size_of,
    tiles,
)
from .identifiers import birth_places_and_days, citizen_numbers
from .names import SURNAMES, given_names
from .tables import Rows

Truth = npt.NDArray[np.bool_]

_SURNAME = Shares([share for _, _, share in SURNAMES])
_SURNAMES = ([name for name, _, _ in SURNAMES], [spelt + " " for _, spelt, _ in SURNAMES])
_GIVEN = tuple(a + b for a, b in zip(given_names(male=False), given_names(male=True), strict=True))
_GIVEN_COUNT = len(_GIVEN[0]) // 2

_LEAP = np.asarray([year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) for year in range(1900, 2101)])
_NEW_YEAR = np.arange("1900", "2101", dtype="datetime64[Y]").astype("datetime64[D]").astype(np.int64)


@dataclass(frozen=True)
class People:
    """Some people, named by their index; everything about them is worked out when it is asked for."""

    city: City
    index: Whole

    def where(self, chosen: Truth) -> People:
        """Return those of them that are chosen."""
        return People(self.city, self.index[chosen])

    def draw(self, stream: str) -> Raw:
        """Return 64 random bits for each of them."""
        return self.city.draw(stream, self.index)

    @cached_property
    def _spot(self) -> tuple[Whole, Whole, Whole]:
        tile = self.index // TILE_PEOPLE
        return tile, order_of(self.city, tile), self.index - tile * TILE_PEOPLE

    @cached_property
    def household(self) -> Whole:
        tile, order, place = self._spot
        return tile * TILE_HOUSEHOLDS + tiles(self.city).household[order, place]

    @cached_property
    def role(self) -> Whole:
        _, order, place = self._spot
        return tiles(self.city).role[order, place]

    @cached_property
    def _rank(self) -> Whole:
        _, order, place = self._spot
        return tiles(self.city).rank[order, place]

    @cached_property
    def dwelling(self) -> Whole:
        return dwelling_of(self.household)

    @cached_property
    def district(self) -> Whole:
        return district_of_dwelling(self.city, self.dwelling)

    @cached_property
    def _household_bits(self) -> Raw:
        return self.city.draw("household", self.household)

    @cached_property
    def _is_man_at_head(self) -> Truth:
        return (self._household_bits & np.uint64(0xFF)).view(np.int64) < 160

    @cached_property
    def is_male(self) -> Truth:
        """Whether a person is a man or boy; boys are 526 of 1,000 children."""
        bits = self.draw("person.sex")
        child = happens(bits, per_mille=526)
        elder = np.where(self._rank == 0, happens(bits, per_mille=350), ~self._first_elder_is_male)
        choices = (self._is_man_at_head, ~self._is_man_at_head, child, elder)
        return np.choose(self.role, choices).astype(np.bool_)

    @cached_property
    def _first_elder_is_male(self) -> Truth:
        return happens(self.city.draw("person.sex", self.index - 1), per_mille=350)

    @cached_property
    def age(self) -> Whole:
        """Age on the city's day, which is the last of a year: everybody has had their birthday."""
        tile, order, _ = self._spot
        kind = tiles(self.city).kind[order, self.household - tile * TILE_HOUSEHOLDS]
        low, span = _HEAD_AGES[0][kind], _HEAD_AGES[1][kind]
        head = low + below(self._household_bits, span)
        bits = self.draw("person.age")
        spouse = np.maximum(20, head + np.where(self._is_man_at_head, -2, 2) + below(bits, 7) - 3)
        child = np.maximum(0, head - 24 - below(bits, 9) - 4 * self._rank)
        elder = np.minimum(99, head + 23 + below(bits, 10))
        return np.choose(self.role, (head, spouse, child, elder)).astype(np.int64)

    @cached_property
    def birth(self) -> tuple[Whole, Whole, Whole]:
        """Birthplace, day of the year, number on the day."""
        return birth_places_and_days(self.city, self.index)

    @cached_property
    def birthday(self) -> Whole:
        """Day of birth, in days since 1970-01-01."""
        day, year = self.birth[1], YEAR - self.age - 1900
        return _NEW_YEAR[year] + day + (_LEAP[year] & (day >= 59))

    @cached_property
    def numbers(self) -> Letters:
        place, day, serial = self.birth
        return citizen_numbers(
            place=place, year=YEAR - self.age, day=day, serial=serial, male=self.is_male.astype(np.int64)
        )

    @cached_property
    def surname(self) -> Whole:
        """Children and the first of the head's parents share the head's surname; others have their own."""
        is_family = (self.role != SPOUSE) & ((self.role != ELDER) | (self._rank == 0))
        own, family = self.draw("person.surname"), self.city.draw("household.surname", self.household)
        return _SURNAME.pick(np.where(is_family, family, own))

    def names(self, *, pinyin: bool = False) -> pl.Series:
        """Return full names in characters or in pinyin."""
        given = below(self.draw("person.given"), _GIVEN_COUNT) + _GIVEN_COUNT * self.is_male
        return words(_SURNAMES[pinyin], self.surname) + words(_GIVEN[pinyin], given)

    @cached_property
    def is_employed(self) -> Truth:
        """Whether a person has a job: from 18, women to 54 and men to 59, fewer while they may study."""
        working = (self.age >= 18) & (self.age < np.where(self.is_male, 60, 55))
        share = np.where(self.age < 22, 400, np.where(self.is_male, 920, 830))
        return working & happens(self.draw("person.employed"), per_mille=share)

    @cached_property
    def schooling(self) -> Whole:
        """Number of the highest school finished, in SCHOOLING; who is below 22 may still be at school."""
        bits = self.draw("person.schooling")
        adult = np.where(self.age < 50, _SCHOOLING_YOUNG.pick(bits), _SCHOOLING_OLD.pick(bits))
        return np.where(self.age < 22, UNFINISHED, adult)


_HEAD_AGES = tuple(np.asarray(values) for values in ([k[1] for k in KINDS], [k[2] - k[1] + 1 for k in KINDS]))
_SEXES = ("female", "male")
SCHOOLING = ("primary", "lower-secondary", "upper-secondary", "college", "unfinished")
UNFINISHED = 4
_SCHOOLING_YOUNG, _SCHOOLING_OLD = Shares([40, 270, 230, 460]), Shares([430, 350, 140, 80])  # below 50, from 50 on


def people_table(city: City, index: Whole) -> pl.DataFrame:
    """Return the population register."""
    people = People(city, index)
    return pl.DataFrame(
        {
            "citizen_number": texts(people.numbers),
            "name": people.names(),
            "name_pinyin": people.names(pinyin=True),
            "sex": words(_SEXES, people.is_male.astype(np.int64)),
            "birthday": dates(people.birthday),
            "age": people.age,
            "household": people.household,
            "role": words(ROLES, people.role),
            "district": words(DISTRICT_WORDS, people.district),
            "schooling": words(SCHOOLING, people.schooling),
            "employed": people.is_employed,
        }
    )


def households_table(city: City, index: Whole) -> pl.DataFrame:
    """Return the households with head, size and dwelling."""
    head = heads(city, index)
    dwelling = dwelling_of(index)
    return pl.DataFrame(
        {
            "household": index,
            "head": texts(People(city, head).numbers),
            "size": size_of(city, index),
            "dwelling": dwelling,
            "district": words(DISTRICT_WORDS, district_of_dwelling(city, dwelling)),
            "owns_dwelling": happens(city.draw("household.owns", index), per_mille=740),
        }
    )


TABLES = {
    "people": Rows(lambda city: city.population, people_table),
    "households": Rows(household_count, households_table),
}
