"""The company register, and who works where: every other department's companies come from here.

A company is known by its rank: the register is in the order of size, and within a size those that are active come
first, so that an employer is found by one draw. The table shows the companies in another order.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl

from .city import DISTRICT_SHARES, DISTRICT_WORDS, DISTRICTS, LAST_DAY, City
from .columns import Letters, dates, decimals, texts, words
from .draws import Raw, Shares, Whole, below, happens, quantile, shuffle
from .households import heads, household_count
from .identifiers import credit_codes
from .names import STREETS, firm_names
from .people import People
from .tables import Rows

SIZES = ("large", "medium", "small", "micro")
_COMPANY_PER_MILLE = (2, 13, 132, 853)  # of all companies
_WORKERS = Shares([217, 204, 362, 217])  # of all people employed who do not lead a company of their own
# Within a size the largest company employs so many times as many people as the smallest, and between them are all
# others: spread over logarithms, so that the sizes pass into one another. The table has the places of 256ths.
_LARGEST_TO_SMALLEST = (10, 4, 8, 12)
_STEPS, _WHOLE = 256, 1 << 30
_PLACES = np.asarray(
    [
        [round(_WHOLE * math.log(1 + step * (times - 1) / _STEPS) / math.log(times)) for step in range(_STEPS + 1)]
        for times in _LARGEST_TO_SMALLEST
    ]
)
_ACTIVE_PER_CENT = 88
_CAPITAL = (  # registered capital in 10,000 yuan, by size: deciles
    (5000, 10000, 20000, 50000, 200000),
    (1000, 2000, 5000, 10000, 30000),
    (100, 300, 500, 1000, 5000),
    (1, 10, 50, 100, 500),
)

# Sections of GB/T 4754-2017: code, word in a firm's name, in English, share of companies, mean wage in yuan a month.
INDUSTRIES = (
    ("A", "农业", "Agriculture", 15, 4900), ("B", "矿业", "Mining", 3, 9900), ("C", "制造", "Manufacturing", 140, 7300),
    ("D", "能源", "Energy", 6, 10400), ("E", "建设", "Construction", 95, 6300), ("F", "商贸", "Trading", 300, 7200),
    ("G", "物流", "Logistics", 33, 8600), ("H", "餐饮", "Catering", 26, 4700), ("I", "信息", "Information", 55, 15500),
    ("J", "金融", "Finance", 5, 14100), ("K", "置业", "Property", 37, 7100), ("L", "商务", "Business", 130, 8000),
    ("M", "科技", "Technology", 85, 11700), ("N", "环保", "Environment", 7, 5700), ("O", "服务", "Services", 30, 5300),
    ("P", "教育", "Education", 13, 8700), ("Q", "健康", "Health", 9, 9100), ("R", "文化", "Culture", 21, 8200),
)  # fmt: skip
INDUSTRY_CODES = tuple(code for code, *_ in INDUSTRIES)
_INDUSTRY = Shares([share for *_, share, _ in INDUSTRIES])
_WAGES = np.asarray([wage for *_, wage in INDUSTRIES])
_WAGE_FACTOR = (35, 52, 62, 71, 80, 89, 99, 112, 130, 160, 260)  # per cent of the mean, deciles of people
_WAGE_OF_SCHOOLING = np.asarray([78, 84, 94, 124, 70])  # per cent
_ESTABLISHED = tuple(
    int((np.datetime64(f"{year}-01-01") - np.datetime64("1970-01-01")).astype(np.int64))
    for year in (1984, 2000, 2006, 2010, 2013, 2015, 2017, 2019, 2021, 2022, 2024)
)
_FIRMS = firm_names()
_EIGHTEEN_YEARS = 6575  # days
_OLDEST_LEADER = 75
_TRIES = 80  # people asked to lead a company before its beginning is put off until somebody is of age
HOUSES = 480  # of a street
ROOMS = 36  # of an office building


@dataclass(frozen=True)
class Register:
    """What other tables ask of companies, by rank."""

    code: Letters
    size: Whole
    industry: Whole
    district: Whole
    established: Whole
    last_day: Whole  # on which the company was in the register
    starts: Whole  # of each size
    active: Whole  # how many of each size are active
    leader: Whole  # the person who represents it
    led: Whole  # the active companies in the order of their leaders
    leaders: Whole  # and these, in order

    @property
    def count(self) -> int:
        """How many companies there are."""
        return len(self.size)


@lru_cache(maxsize=4)
def register(city: City) -> Register:
    """Return the city's register; 33 MB for a city of ten million."""
    rank = np.arange(city.companies)
    larger = [max(1, city.companies * share // 1000) for share in _COMPANY_PER_MILLE[:3]]
    counts: Whole = np.asarray([*larger, city.companies - sum(larger)])
    starts: Whole = np.cumsum(counts, dtype=np.int64) - counts
    active = np.maximum(1, counts * _ACTIVE_PER_CENT // 100)
    size = np.repeat(np.arange(len(SIZES)), counts)
    leader, established = _find_leaders(city, quantile(city.draw("company.established", rank), points=_ESTABLISHED))
    gone = established + below(city.draw("company.gone", rank), LAST_DAY - established)
    district = DISTRICT_SHARES.pick(city.draw("company.district", rank))
    is_active = rank - starts[size] < active[size]
    led = rank[is_active][np.argsort(leader[is_active], kind="stable")]
    return Register(
        code=credit_codes(city, company=rank, district=district),
        size=size,
        industry=_INDUSTRY.pick(city.draw("company.industry", rank)),
        district=district,
        established=established,
        last_day=np.where(is_active, LAST_DAY, gone),
        starts=starts,
        active=active,
        leader=leader,
        led=led,
        leaders=leader[led],
    )


def _find_leaders(city: City, established: Whole) -> tuple[Whole, Whole]:
    """Return who represents each company, and when it began: with somebody of age, who is not too old today.

    People are drawn until one fits. Where none did, as in a village, the last begins later, or is older.
    """
    leader, begun = np.empty_like(established), established.copy()
    rank = np.arange(len(established))
    for turn in range(_TRIES):
        drawn = below(city.draw(f"company.representative.{turn}", rank), household_count(city))
        people = People(city, heads(city, drawn))
        of_age = people.birthday + _EIGHTEEN_YEARS
        leader[rank] = people.index
        fits = (of_age <= established[rank]) & (people.age <= _OLDEST_LEADER)
        begun[rank] = np.minimum(np.maximum(established[rank], of_age), LAST_DAY)
        rank = rank[~fits]
    return leader, begun


def codes(city: City, rank: Whole) -> pl.Series:
    """Return the companies' unified social credit codes."""
    return texts(register(city).code[rank])


def day_of_life(city: City, rank: Whole, bits: Raw, *, years: int) -> Whole:
    """Return days on which the companies were in the register, at most `years` before its end."""
    last = register(city).last_day[rank]
    first = np.maximum(register(city).established[rank], last - 365 * years)
    return first + below(bits, last - first + 1)


def capital_of(city: City, rank: Whole) -> Whole:
    """Return the companies' registered capital in 10,000 yuan."""
    bits = city.draw("company.capital", rank)
    capital: Whole = np.choose(register(city).size[rank], [quantile(bits, points=points) for points in _CAPITAL])
    return capital


def companies_table(city: City, index: Whole) -> pl.DataFrame:
    """Return the company register."""
    rank = shuffle(index, count=city.companies, key=city.key("company.order"))
    firms = register(city)
    size, industry, last = firms.size[rank], firms.industry[rank], firms.last_day[rank]
    is_active = rank - firms.starts[size] < firms.active[size]
    is_revoked = ~is_active & happens(city.draw("company.revoked", rank), per_mille=160)
    name = below(city.draw("company.name", rank), len(_FIRMS[0]))
    return pl.DataFrame(
        {
            "credit_code": texts(firms.code[rank]),
            "name": "例城市" + words(_FIRMS[0], name) + words([f"{zh}有限公司" for _, zh, *_ in INDUSTRIES], industry),
            "name_pinyin": "Licheng "
            + words(_FIRMS[1], name)
            + words([f" {en} Co., Ltd." for _, _, en, *_ in INDUSTRIES], industry),
            "industry": words(INDUSTRY_CODES, industry),
            "size": words(SIZES, size),
            "district": words(DISTRICT_WORDS, firms.district[rank]),
            "address": _addresses(city, rank, district=firms.district[rank]),
            "capital": capital_of(city, rank),
            "representative": texts(People(city, firms.leader[rank]).numbers),
            "established": dates(firms.established[rank]),
            "status": words(("active", "deregistered", "revoked"), np.where(is_active, 0, 1 + is_revoked)),
            "left_on": dates(last).zip_with(pl.Series(~is_active), pl.Series([None], dtype=pl.Date)),
        }
    )


def _addresses(city: City, rank: Whole, *, district: Whole) -> pl.Series:
    """Return where companies are registered: a house of their district, and a room of it for every other one."""
    room = below(city.draw("company.room", rank), 2 * ROOMS)
    return (
        words([f"例城市{name}" for name, _, _ in DISTRICTS], district)
        + words([name for name, _ in STREETS], below(city.draw("company.street", rank), len(STREETS)))
        + words([f"{number}号" for number in range(1, HOUSES + 1)], below(city.draw("company.house", rank), HOUSES))
        + words([*(f"{floor}0{door}室" for floor in range(1, 10) for door in range(1, 5)), *[""] * ROOMS], room)
    )


@dataclass(frozen=True)
class Jobs:
    """The jobs of some employed people: one each."""

    people: People
    row: Whole  # which of those asked for they are
    employer: Whole
    started: Whole
    wage: Whole


def jobs_of(city: City, index: Whole, *, of: Whole | None = None) -> Jobs:
    """Return the jobs of those people who have one: of these, or `of` others that stand for them.

    Who represents a company works there from its beginning, and nowhere else.
    """
    people = People(city, index if of is None else of)
    row = index[people.is_employed]
    people = people.where(people.is_employed)
    firms = register(city)
    own = np.minimum(np.searchsorted(firms.leaders, people.index), len(firms.leaders) - 1)
    leads = firms.leaders[own] == people.index
    rank = np.where(leads, firms.led[own], _draw_employers(people, firms=firms))
    first = np.minimum(np.maximum(firms.established[rank], people.birthday + _EIGHTEEN_YEARS), LAST_DAY)
    span = LAST_DAY - first + 1
    later = np.maximum(below(people.draw("job.started"), span), below(people.draw("job.changed"), span))
    later[leads] = 0
    factor = quantile(people.draw("job.wage"), points=_WAGE_FACTOR) * _WAGE_OF_SCHOOLING[people.schooling]
    wage = np.maximum(MINIMUM_WAGE, _WAGES[firms.industry[rank]] * factor // 10_000)
    return Jobs(people, row, rank, first + later, wage)


def _draw_employers(people: People, *, firms: Register) -> Whole:
    """Return an active company for each: first of which size, then which one, the larger ones more often."""
    size = _WORKERS.pick(people.draw("job.employer"))
    rank: Whole = firms.starts[size] + _draw_places(people.draw("job.firm"), size=size, of=firms.active[size])
    return rank


def draw_workplaces(city: City, stream: str, index: Whole) -> Whole:
    """Return a company for each index, those that employ more more often, whether or not it has left since.

    A company has the size of the register all its life; those that left are spread over staff as the others are.
    """
    firms = register(city)
    size = _WORKERS.pick(city.draw(f"{stream}.employer", index))
    active = firms.active[size]
    left = np.diff(firms.starts, append=firms.count)[size] - active
    is_left = below(city.draw(f"{stream}.left", index), active + left) >= active
    place = _draw_places(city.draw(f"{stream}.firm", index), size=size, of=np.where(is_left, left, active))
    rank: Whole = firms.starts[size] + np.where(is_left, active, 0) + place
    return rank


def _draw_places(bits: Raw, *, size: Whole, of: Whole) -> Whole:
    """Return a place for each among so many companies of a size, the larger ones more often."""
    drawn = below(bits, _STEPS << 16)
    step, rest = drawn >> 16, drawn & 0xFFFF
    low = _PLACES[size, step]
    place: Whole = (low + ((_PLACES[size, step + 1] - low) * rest >> 16)) * of >> 30
    return place


MINIMUM_WAGE = 2_100  # yuan a month
AVERAGE_WAGE = 8_000  # on which contributions are limited: to 60 % below and 300 % above
_KINDS_OF_JOB = ("open-ended", "fixed-term", "dispatched")
_KIND_OF_JOB = Shares([380, 570, 50])


def jobs_table(city: City, index: Whole) -> pl.DataFrame:
    """Return who works where since when, for what wage."""
    jobs = jobs_of(city, index)
    return pl.DataFrame(
        {
            "citizen_number": texts(jobs.people.numbers),
            "credit_code": codes(city, jobs.employer),
            "started": dates(jobs.started),
            "contract": words(_KINDS_OF_JOB, _KIND_OF_JOB.pick(jobs.people.draw("job.kind"))),
            "wage": jobs.wage,
        }
    )


def insured_table(city: City, index: Whole) -> pl.DataFrame:
    """Return the insured employees with what they and their employers pay each month."""
    jobs = jobs_of(city, index)
    base = np.clip(jobs.wage, AVERAGE_WAGE * 60 // 100, AVERAGE_WAGE * 3)
    return pl.DataFrame(
        {
            "citizen_number": texts(jobs.people.numbers),
            "credit_code": codes(city, jobs.employer),
            "insured_since": dates(jobs.started),
            "base": base,
            "pension_employer": decimals(base * 16, scale=100),
            "pension_employee": decimals(base * 8, scale=100),
            "medical_employer": decimals(base * 8, scale=100),
            "medical_employee": decimals(base * 2, scale=100),
            "unemployment_employer": decimals(base * 5, scale=1000),
            "unemployment_employee": decimals(base * 5, scale=1000),
        }
    )


TABLES = {
    "companies": Rows(lambda city: city.companies, companies_table),
    "jobs": Rows(lambda city: city.population, jobs_table),
    "insured": Rows(lambda city: city.population, insured_table),
}
