"""What the city does for people: schools and their pupils, clinics and visits, vaccinations, museums."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import polars as pl

from .city import DISTRICT_WORDS, DISTRICTS, LAST_DAY, City
from .columns import dates, decimals, texts, words
from .draws import Shares, Whole, below, happens, quantile
from .names import firm_names
from .people import People
from .tables import Rows

LEVELS = ("primary", "lower-secondary", "upper-secondary")
_LEVEL_NAMES = ("小学", "初级中学", "高级中学")
_SCHOOL_FOR = (9_800, 27_000, 91_000)  # people that one school of a level serves
_NAMES = firm_names()[0]

_Counts = tuple[Whole, Whole]  # how many of each group, and where each group begins


def _counts_by_district(city: City, *, people: int) -> Whole:
    """Return how many institutions each district has where one serves so many people; at least one."""
    shares = np.asarray([share for _, _, share in DISTRICTS])
    counts: Whole = np.maximum(1, city.population * shares // (1000 * people))
    return counts


@lru_cache(maxsize=8)
def _schools(city: City) -> _Counts:
    counts = np.concatenate([_counts_by_district(city, people=people) for people in _SCHOOL_FOR])
    return counts, np.cumsum(counts) - counts


@lru_cache(maxsize=8)
def _clinics(city: City) -> _Counts:
    counts = _counts_by_district(city, people=1_320)
    return counts, np.cumsum(counts) - counts


def _group_of(index: Whole, groups: _Counts) -> Whole:
    return np.searchsorted(groups[1], index, side="right") - 1


def schools_table(city: City, index: Whole) -> pl.DataFrame:
    """Return the schools."""
    group = _group_of(index, _schools(city))
    level, district = group // len(DISTRICTS), group % len(DISTRICTS)
    name = below(city.draw("school.name", index), len(_NAMES))
    return pl.DataFrame(
        {
            "school": index,
            "name": words([zh for zh, _, _ in DISTRICTS], district) + words(_NAMES, name) + words(_LEVEL_NAMES, level),
            "level": words(LEVELS, level),
            "district": words(DISTRICT_WORDS, district),
            "founded": quantile(city.draw("school.founded", index), points=(1902, 1952, 1965, 1982, 1998, 2010, 2023)),
        }
    )


def pupils_table(city: City, index: Whole) -> pl.DataFrame:
    """Return who goes to which school, one of their own district: all from 6 to 14, most from 15 to 17."""
    people = People(city, index)
    at_school = (people.age >= 6) & (people.age < 18)
    people = people.where(at_school & ((people.age < 15) | happens(people.draw("pupil.upper"), per_mille=918)))
    level = np.where(people.age < 12, 0, np.where(people.age < 15, 1, 2))
    group = level * len(DISTRICTS) + people.district
    counts, starts = _schools(city)
    return pl.DataFrame(
        {
            "citizen_number": texts(people.numbers),
            "school": starts[group] + below(people.draw("pupil.school"), counts[group]),
            "level": words(LEVELS, level),
            "grade": people.age - 5,
            "boards": happens(people.draw("pupil.boards"), per_mille=np.asarray([20, 220, 450])[level]),
        }
    )


CLINIC_KINDS = ("hospital", "community-centre", "clinic")
_CLINIC_NAMES = ("医院", "社区卫生服务中心", "诊所")
_CLINIC = Shares([37, 110, 853])
_BEDS = ((60, 100, 180, 320, 500, 1200), (0, 0, 10, 20, 30, 60), (0, 0, 0, 0, 0, 1))


def clinics_table(city: City, index: Whole) -> pl.DataFrame:
    """Return hospitals, community health centres and clinics."""
    district = _group_of(index, _clinics(city))
    kind = _CLINIC.pick(city.draw("clinic.kind", index))
    bits = city.draw("clinic.beds", index)
    name = below(city.draw("clinic.name", index), len(_NAMES))
    return pl.DataFrame(
        {
            "clinic": index,
            "name": words([zh for zh, _, _ in DISTRICTS], district) + words(_NAMES, name) + words(_CLINIC_NAMES, kind),
            "kind": words(CLINIC_KINDS, kind),
            "district": words(DISTRICT_WORDS, district),
            "beds": np.choose(kind, [quantile(bits, points=points) for points in _BEDS]),
        }
    )


# Chapters of ICD-10 by their first codes; how often people of an age come with each, and what it costs, in per cent.
_DIAGNOSES = ("A09", "E11", "F32", "H10", "I10", "J06", "J18", "K29", "L30", "M54", "N39", "S93", "Z00")
_AGES_OF_DIAGNOSES = np.asarray([3, 12, 18, 45])  # small children sprain no ankle, no child has a bad back
_INFANTS = Shares([110, 0, 0, 70, 0, 470, 90, 0, 120, 0, 20, 0, 120])
_CHILDREN = Shares([80, 0, 0, 70, 0, 510, 70, 10, 110, 0, 20, 50, 80])
_YOUTHS = Shares([60, 1, 20, 60, 0, 420, 40, 50, 120, 20, 20, 130, 59])
_GROWN = Shares([60, 8, 20, 40, 16, 330, 40, 85, 90, 70, 36, 85, 120])
_OLD = Shares([25, 120, 15, 40, 260, 130, 45, 75, 45, 130, 45, 30, 40])
_MONTH = 31
_COST_OF = np.asarray([70, 130, 150, 50, 105, 62, 280, 165, 65, 120, 100, 140, 95])
_COSTS = (12, 60, 110, 170, 240, 320, 420, 560, 800, 1300, 6000)  # yuan, deciles


def visits_table(city: City, index: Whole) -> pl.DataFrame:
    """Return the outpatient visits of December 2024; four in five stay in their own district."""
    people = People(city, below(city.draw("visit.person", index), city.population))
    counts, starts = _clinics(city)
    away = below(city.draw("visit.away", index), 5 * len(DISTRICTS))
    district = np.where(away < len(DISTRICTS), away, people.district)
    bits = city.draw("visit.diagnosis", index)
    group = np.searchsorted(_AGES_OF_DIAGNOSES, people.age, side="right")
    diagnosis = np.choose(group, [each.pick(bits) for each in (_INFANTS, _CHILDREN, _YOUTHS, _GROWN, _OLD)])
    cost = quantile(city.draw("visit.cost", index), points=_COSTS)
    return pl.DataFrame(
        {
            "visit": index,
            "citizen_number": texts(people.numbers),
            "clinic": starts[district] + below(city.draw("visit.clinic", index), counts[district]),
            "day": dates(_last_days(city, people, index)),
            "diagnosis": words(_DIAGNOSES, diagnosis),
            "cost": cost * _COST_OF[diagnosis] // 100,
            "insured_share": decimals(40 + below(city.draw("visit.share", index), 46), scale=100),
        }
    )


def _last_days(city: City, people: People, index: Whole) -> Whole:
    """Return days of the last month, none before a person's birth."""
    return np.maximum(LAST_DAY - below(city.draw("visit.day", index), _MONTH), people.birthday)


# The national schedule of 2021: vaccine, dose, age in days at which it is due.
_SCHEDULE = (
    ("HepB", 1, 0), ("BCG", 1, 0), ("HepB", 2, 30), ("Polio", 1, 61), ("Polio", 2, 91), ("DTaP", 1, 91),
    ("Polio", 3, 122), ("DTaP", 2, 122), ("DTaP", 3, 152), ("HepB", 3, 183), ("MenA", 1, 183), ("MMR", 1, 243),
    ("JE", 1, 243), ("MenA", 2, 274), ("MMR", 2, 548), ("DTaP", 4, 548), ("HepA", 1, 548), ("JE", 2, 730),
    ("MenAC", 1, 1096), ("Polio", 4, 1461), ("DT", 1, 2192), ("MenAC", 2, 2192),
)  # fmt: skip
_DUE = np.asarray([due for _, _, due in _SCHEDULE])
_VACCINES = list(dict.fromkeys(name for name, _, _ in _SCHEDULE))
_VACCINE = np.asarray([_VACCINES.index(name) for name, _, _ in _SCHEDULE])
_AT_BIRTH = 2  # doses that are given before a child goes home
# Days after a dose is due: some are the child's habit; the others are fewer than lie between two doses.
_HABIT, _CHANCE = 40, 14


def vaccinations_table(city: City, index: Whole) -> pl.DataFrame:
    """Return the doses that children below seven have had."""
    people = People(city, index)
    people = people.where(people.age < 7)
    child = np.repeat(np.arange(len(people.index)), len(_SCHEDULE))
    dose = np.tile(np.arange(len(_SCHEDULE)), len(people.index))
    key = people.index[child] * len(_SCHEDULE) + dose
    series = people.index[child] * len(_VACCINES) + _VACCINE[dose]
    late = below(people.draw("dose.habit"), _HABIT)[child] + below(city.draw("dose.late", key), _CHANCE)
    day = people.birthday[child] + _DUE[dose] + np.where(dose < _AT_BIRTH, 0, late)
    given = (day <= LAST_DAY) & happens(city.draw("dose.given", series), per_mille=970)
    counts, starts = _clinics(city)
    district = people.district[child][given]
    return pl.DataFrame(
        {
            "citizen_number": texts(people.numbers[child][given]),
            "vaccine": words([name for name, _, _ in _SCHEDULE], dose[given]),
            "dose": np.asarray([number for _, number, _ in _SCHEDULE])[dose][given],
            "day": dates(day[given]),
            "clinic": starts[district] + below(city.draw("dose.clinic", key[given]), counts[district]),
        }
    )


_MUSEUM_KINDS = ("history", "art", "science", "nature", "memorial")
_MONTHS = 60  # 2020 to 2024
_SEASON = np.asarray([85, 95, 80, 105, 120, 95, 150, 155, 85, 130, 70, 60])  # per cent of a mean month
_YEARS = np.asarray([45, 65, 50, 110, 125])  # per cent; halls were closed at times in the first three


def museum_count(city: City) -> int:
    """Return how many museums there are."""
    return city.one_per(206_000, at_least=4)


def museums_table(city: City, index: Whole) -> pl.DataFrame:
    """Return the museums."""
    kind = below(city.draw("museum.kind", index), len(_MUSEUM_KINDS))
    name = below(city.draw("museum.name", index), len(_NAMES))
    district = below(city.draw("museum.district", index), len(DISTRICTS))
    return pl.DataFrame(
        {
            "museum": index,
            "name": "例城"
            + words(_NAMES, name)
            + words(("历史博物馆", "美术馆", "科技馆", "自然博物馆", "纪念馆"), kind),
            "kind": words(_MUSEUM_KINDS, kind),
            "district": words(DISTRICT_WORDS, district),
            "objects": quantile(city.draw("museum.objects", index), points=(300, 1200, 3000, 8000, 25000, 160000)),
            "free": happens(city.draw("museum.free", index), per_mille=910),
        }
    )


def museum_visits_table(city: City, index: Whole) -> pl.DataFrame:
    """Return visitors by museum and month."""
    museum, month = index // _MONTHS, index % _MONTHS
    mean = quantile(city.draw("museum.mean", museum), points=(1500, 5000, 9000, 15000, 24000, 60000))
    usual = mean * _SEASON[month % 12] * _YEARS[month // 12] // 10_000
    return pl.DataFrame(
        {
            "museum": museum,
            "month": dates((np.datetime64("2020-01") + month).astype("datetime64[D]").astype(np.int64)),
            "visitors": usual * (85 + below(city.draw("museum.visitors", index), 31)) // 100,
        }
    )


TABLES = {
    "schools": Rows(lambda city: int(_schools(city)[0].sum()), schools_table),
    "pupils": Rows(lambda city: city.population, pupils_table),
    "clinics": Rows(lambda city: int(_clinics(city)[0].sum()), clinics_table),
    "visits": Rows(lambda city: city.population * 57 // 100, visits_table),
    "vaccinations": Rows(lambda city: city.population, vaccinations_table),
    "museums": Rows(museum_count, museums_table),
    "museum-visits": Rows(lambda city: museum_count(city) * _MONTHS, museum_visits_table),
}
