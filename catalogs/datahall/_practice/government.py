"""What the city hall itself keeps: districts, the population counted, budgets, and a working day's trips."""

from __future__ import annotations

import numpy as np
import polars as pl

from .city import DISTRICT_WORDS, DISTRICTS, LATITUDE, LONGITUDE, City
from .columns import decimals, moments, words
from .companies import jobs_of, register
from .draws import Shares, Whole, below, quantile, shuffle
from .people import People
from .tables import Rows


def districts_table(city: City, index: Whole) -> pl.DataFrame:
    """Return the districts with their invented codes."""
    return pl.DataFrame(
        {
            "district": words(DISTRICT_WORDS, index),
            "name": words([zh for zh, _, _ in DISTRICTS], index),
            "name_pinyin": words([en for _, en, _ in DISTRICTS], index),
            "latitude": decimals(LATITUDE + 200 * (index // 5) + 100, scale=10_000),
            "longitude": decimals(LONGITUDE + 200 * (index % 5) + 100, scale=10_000),
        }
    )


_AGES = 20  # groups of five years, the last one open
_AT_ONCE = 1 << 16


def population_table(city: City, index: Whole) -> pl.DataFrame:
    """Return the people counted by district, sex and age; it is what the register holds, counted one by one."""
    cells = len(DISTRICTS) * 2 * _AGES
    counts = np.zeros(cells, dtype=np.int64)
    for start in range(0, city.population, _AT_ONCE):
        people = People(city, np.arange(start, min(start + _AT_ONCE, city.population)))
        group = np.minimum(people.age // 5, _AGES - 1)
        counts += np.bincount((people.district * 2 + people.is_male) * _AGES + group, minlength=cells)
    cell = np.arange(cells)
    return pl.DataFrame(
        {
            "district": words(DISTRICT_WORDS, cell // (2 * _AGES)),
            "sex": words(("female", "male"), cell // _AGES % 2),
            "age_from": cell % _AGES * 5,
            "people": counts,
        }
    )


# Functions of general public expenditure, and their shares of it in per mille (China, 2023, rounded).
_FUNCTIONS = (
    ("general-services", 76), ("public-security", 54), ("education", 150), ("science", 39), ("culture", 15),
    ("social-security", 145), ("health", 82), ("environment", 20), ("urban-communities", 74), ("agriculture", 87),
    ("transport", 44), ("industry", 30), ("commerce", 7), ("finance", 6), ("natural-resources", 9), ("housing", 30),
    ("disaster-control", 8), ("debt-interest", 43), ("other", 81),
)  # fmt: skip
_FUNCTION_SHARES = np.asarray([share for _, share in _FUNCTIONS])
_BUDGET_YEARS = 6  # 2019 to 2024
_PER_HEAD = 19_500  # yuan in 2023
_GROWTH = np.asarray([86, 88, 89, 94, 100, 104])  # per cent of 2023


def budgets_table(city: City, index: Whole) -> pl.DataFrame:
    """Return what was planned and spent by function and year, in 10,000 yuan."""
    year, function = index // len(_FUNCTIONS), index % len(_FUNCTIONS)
    total = city.population * _PER_HEAD * _GROWTH[year] // 100
    spent = total * _FUNCTION_SHARES[function] // 1000 // 10_000
    spent = spent * (94 + below(city.draw("budget.spent", index), 13)) // 100
    return pl.DataFrame(
        {
            "year": 2019 + year,
            "function": words([name for name, _ in _FUNCTIONS], function),
            "planned": spent * (97 + below(city.draw("budget.planned", index), 9)) // 100,
            "spent": spent,
        }
    )


_MODES = ("metro", "bus", "car", "bicycle", "walk")
_MODE = (Shares([60, 150, 170, 290, 330]), Shares([300, 210, 370, 110, 10]))  # within a district, between districts
_DAY = int((np.datetime64("2024-12-18") - np.datetime64("1970-01-01")).astype(np.int64))  # a Wednesday
_FARES = np.asarray([400, 200, 0, 100, 0])  # in 0.01 yuan; the metro's by distance is added


def trips_table(city: City, index: Whole) -> pl.DataFrame:
    """Return one Wednesday's ways to work and back: everybody employed goes to where the employer is, and home."""
    jobs = jobs_of(city, index)
    home, work = jobs.people.district, register(city).district[jobs.employer]
    apart = np.abs(home // 5 - work // 5) + np.abs(home % 5 - work % 5)  # districts between, in a grid of five columns
    bits = jobs.people.draw("trip.mode")
    mode = np.where(apart == 0, _MODE[0].pick(bits), _MODE[1].pick(bits))
    leaves = quantile(jobs.people.draw("trip.leaves"), points=(300, 395, 425, 445, 460, 475, 490, 510, 540, 780))
    stays = quantile(jobs.people.draw("trip.stays"), points=(300, 500, 530, 550, 565, 585, 620, 660))
    minutes = 8 + apart * 9 + below(jobs.people.draw("trip.minutes"), 15) + np.where(mode > 2, apart * 6, 0)
    card = shuffle(jobs.people.index, count=city.population, key=city.key("trip.card"))
    there = _ways(mode, card=card, start=home, goal=work, apart=apart, minute=leaves, minutes=minutes)
    evening = leaves + minutes + stays
    back = _ways(mode, card=card, start=work, goal=home, apart=apart, minute=evening, minutes=minutes + 3)
    return pl.concat([there, back])


def _ways(
    mode: Whole, *, card: Whole, start: Whole, goal: Whole, apart: Whole, minute: Whole, minutes: Whole
) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "card": card,
            "departed": moments(_DAY * 86_400 + minute * 60),
            "from_district": words(DISTRICT_WORDS, start),
            "to_district": words(DISTRICT_WORDS, goal),
            "mode": words(_MODES, mode),
            "minutes": minutes,
            "fare": decimals(_FARES[mode] + np.where(mode == 0, np.minimum(apart, 5) * 100, 0), scale=100),
        }
    )


TABLES = {
    "districts": Rows(lambda _: len(DISTRICTS), districts_table),
    "population": Rows(lambda _: 1, population_table),
    "budgets": Rows(lambda _: len(_FUNCTIONS) * _BUDGET_YEARS, budgets_table),
    "trips": Rows(lambda city: city.population, trips_table),
}
