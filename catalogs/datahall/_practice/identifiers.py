"""Identifiers that are valid in form and belong to nobody, because their division code (19 …) was never assigned.

Citizen numbers by GB 11643-1999 with the check digit of ISO 7064 MOD 11-2; unified social credit codes by
GB 32100-2015 (modulo 31), which hold an organisation code by GB 11714-1997 (modulo 11).
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from .city import CITY_CODE, DISTRICT_CODES, DISTRICTS, City
from .columns import Letters, letters_of
from .draws import Whole, draw, shuffle

BIRTHDAYS = 365  # nobody is born on 29 February, so that a number's day is the same in every year
NUMBERS_A_DAY = 500  # for each sex: odd numbers are men's
CAPACITY = BIRTHDAYS * NUMBERS_A_DAY
_SCATTER = 113_011  # coprime to CAPACITY, and about 0.62 of it, as it is modulo 365: near numbers lie far apart

# Where people were first registered: the city's districts, and 81 counties of the invented province around it.
BIRTHPLACES = (*DISTRICT_CODES, *(190_021 + 100 * place + county for place in range(2, 11) for county in range(9)))
_NATIVE_SHARE = 60  # per cent of the people, as long as the districts have numbers for them

_FIRST_YEAR = 1900
_YEARS = [str(year) for year in range(_FIRST_YEAR, 2101)]
_BIRTHDAYS = [(date(2023, 1, 1) + timedelta(days=day)).strftime("%m%d") for day in range(BIRTHDAYS)]
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = letters_of(list("10X98765432"))[:, 0]


def _part(words: list[str], *, start: int) -> tuple[Letters, Whole]:
    """Return a part of a citizen number as bytes, and what it adds to the weighted sum."""
    weights = _WEIGHTS[start : start + len(words[0])]
    sums = [sum(int(digit) * weight for digit, weight in zip(word, weights, strict=True)) for word in words]
    return letters_of(words), np.asarray(sums, dtype=np.int64)


_PLACE = _part([str(code) for code in BIRTHPLACES], start=0)
_YEAR = _part(_YEARS, start=6)
_DAY = _part(_BIRTHDAYS, start=10)
_SERIAL = _part([f"{number:03}" for number in range(1000)], start=14)


@lru_cache(maxsize=8)
def _starts(city: City) -> Whole:
    """Return where each birthplace's people begin among all, reordered, people; never more than its numbers."""
    natives = [min(CAPACITY, city.population * _NATIVE_SHARE * share // 100_000) for _, _, share in DISTRICTS]
    others, rest = len(BIRTHPLACES) - len(natives), city.population - sum(natives)
    counts = [*natives, *(rest // others + (place < rest % others) for place in range(others))]
    return np.cumsum([0, *counts[:-1]], dtype=np.int64)


def birth_places_and_days(city: City, person: Whole) -> tuple[Whole, Whole, Whole]:
    """Return birthplace, day of the year and number on that day, which no two people have in common."""
    rank = shuffle(person, count=city.population, key=city.key("birthplace"))
    starts = _starts(city)
    place = np.searchsorted(starts, rank, side="right") - 1
    shift = draw(city.key("birthday"), np.arange(len(starts))).view(np.int64) % CAPACITY
    spot = ((rank - starts[place]) * _SCATTER + shift[place]) % CAPACITY
    return place, spot % BIRTHDAYS, spot // BIRTHDAYS


def citizen_numbers(*, place: Whole, year: Whole, day: Whole, serial: Whole, male: Whole) -> Letters:
    """Return citizen numbers as rows of 18 bytes."""
    number = 2 * serial + male
    letters = np.empty((len(place), 18), dtype=np.uint8)
    total = np.zeros(len(place), dtype=np.int64)
    start = 0
    for (part, sums), chosen in ((_PLACE, place), (_YEAR, year - _FIRST_YEAR), (_DAY, day), (_SERIAL, number)):
        letters[:, start : start + part.shape[1]] = part[chosen]
        total += sums[chosen]
        start += part.shape[1]
    letters[:, 17] = _CHECK[total % 11]
    return letters


_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_COMPANY_WEIGHTS = np.asarray([pow(3, place, 31) for place in range(17)])
_ORGANISATION_WEIGHTS = np.asarray([3, 7, 9, 10, 5, 8, 4, 2])
_ORGANISATION_CHECK = letters_of(list("0X987654321"))[:, 0]  # of the sum modulo 11
_LETTERS = letters_of(list(_ALPHABET))[:, 0]
_VALUE = np.zeros(128, dtype=np.int64)  # of a byte in a credit code
_VALUE[_LETTERS] = np.arange(31)
_BASE_36 = np.zeros(128, dtype=np.int64)  # of a byte in an organisation code
_BASE_36[letters_of(list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))[:, 0]] = np.arange(36)


def credit_codes(city: City, *, company: Whole, district: Whole) -> Letters:
    """Return the companies' unified social credit codes as rows of 18 bytes."""
    letters = np.empty((len(company), 18), dtype=np.uint8)
    letters[:, :2] = letters_of(["91"])  # registered with the market regulator; an enterprise
    letters[:, 2:8] = letters_of([str(code) for code in DISTRICT_CODES])[district]
    letters[:, 8:10] = letters_of(["MA"])  # how organisation codes begin since 2015
    serial = shuffle(company, count=31**6, key=city.key("credit-code"))
    for place in range(15, 9, -1):
        letters[:, place] = _LETTERS[serial % 31]
        serial = serial // 31
    letters[:, 16] = _ORGANISATION_CHECK[_BASE_36[letters[:, 8:16]] @ _ORGANISATION_WEIGHTS % 11]
    letters[:, 17] = _LETTERS[-(_VALUE[letters[:, :17]] @ _COMPANY_WEIGHTS) % 31]
    return letters


def is_invented(identifier: str) -> bool:
    """Say whether a citizen number or credit code names the city's province, which does not exist."""
    place = identifier[2:4] if len(identifier) == 18 and identifier[:2] == "91" else identifier[:2]
    return place == str(CITY_CODE)[:2]
