"""Two registers of the practice city's companies that share no key: one clean, one as clerks type it.

Every kind of noise is drawn for itself, from a seed: typing errors, abbreviations, traditional characters, districts
left out, parts that change places; and a part of each register has no partner in the other.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

import numpy as np
import opencc
import polars as pl
from datahall._practice.city import City
from datahall._practice.tables import SEED_LIMIT, load_rows

CITY = "例城市"
FORM = "有限公司"
ADDRESS = re.compile(rf"{CITY}(?P<district>.{{2}}区)(?P<road>[^\d]+)(?P<number>\d+)号(?:(?P<room>\d+)室)?")
TRADITIONAL = opencc.OpenCC("s2t")
TYPED_FOR = "信新星兴鑫欣馨心盛胜圣升晟生声成城诚程承泰太台态华花化画话达大打瑞锐睿蕊远元圆园源缘"


@dataclass(frozen=True)
class Registers:
    """Two tables with `id`, `name`, `address`, and the pairs of ids that are the same company."""

    clean: pl.DataFrame
    typed: pl.DataFrame
    same: frozenset[tuple[str, str]]


@dataclass
class Company:
    district: str
    brand: str
    trade: str
    road: str
    number: str
    room: str | None

    def name(self) -> str:
        return f"{CITY}{self.brand}{self.trade}{FORM}"

    def address(self, *, district: bool = True) -> str:
        room = f"{self.room}室" if self.room else ""
        return f"{CITY}{self.district if district else ''}{self.road}{self.number}号{room}"


def draw_registers(seed: int, *, companies: int = 4000, without_partner: float = 0.3) -> Registers:
    """Return two noisy registers of about `companies` rows each."""
    chance = random.Random(seed)
    alone = round(companies * without_partner)
    drawn = _draw_companies(companies + alone, chance=chance, seed=seed)
    clean = [(f"a{n}", c.name(), c.address()) for n, c in enumerate(drawn[:companies])]
    typed = [(f"b{n}", *_type(c, chance)) for n, c in enumerate(drawn) if n >= alone]
    same = frozenset((f"a{n}", f"b{n}") for n in range(alone, companies))
    chance.shuffle(typed)
    columns = ["id", "name", "address"]
    return Registers(
        pl.DataFrame(clean, schema=columns, orient="row"), pl.DataFrame(typed, schema=columns, orient="row"), same
    )


def _draw_companies(count: int, *, chance: random.Random, seed: int) -> list[Company]:
    """Return companies of the practice city with this seed, in any order."""
    city = City(population=count * 25, seed=seed % SEED_LIMIT)
    companies = load_rows("companies")
    table = companies.make(city, np.arange(companies.count(city))).select("name", "address")
    rows = chance.sample(table.rows(), count)
    return [_take_apart(name, address) for name, address in rows]


def _take_apart(name: str, address: str) -> Company:
    core = name.removeprefix(CITY).removesuffix(FORM)
    found = ADDRESS.fullmatch(address)
    assert found, address
    return Company(found["district"], core[:2], core[2:], found["road"], found["number"], found["room"])


def _type(company: Company, chance: random.Random) -> tuple[str, str]:
    name, address = company.name(), company.address(district=chance.random() >= 0.25)
    if chance.random() < 0.2:
        name = _abbreviate(company, chance)
    if chance.random() < 0.15:
        name = _swap_parts(company, name)
    if chance.random() < 0.15:
        address = address.replace(CITY, "") if chance.random() < 0.5 else _turn_around(company)
    if chance.random() < 0.15:
        name = _mistype(name, chance)
    if chance.random() < 0.15:
        address = _mistype(address, chance)
    if chance.random() < 0.4:
        name, address = TRADITIONAL.convert(name), TRADITIONAL.convert(address)
    return name, address


def _abbreviate(company: Company, chance: random.Random) -> str:
    return chance.choice(
        [
            f"{company.brand}{company.trade}",
            f"{company.brand}{company.trade}公司",
            f"{CITY[:-1]}{company.brand}公司",
            f"{CITY[:-1]}{company.brand}{company.trade[:2]}",
        ]
    )


def _swap_parts(company: Company, name: str) -> str:
    return name.replace(f"{CITY}{company.brand}", f"{company.brand}（{CITY[:-1]}）")


def _turn_around(company: Company) -> str:
    room = f"{company.room}室" if company.room else ""
    return f"{company.road}{company.number}号{room}，{CITY}{company.district}"


def _mistype(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text))
    return chance.choice(
        [
            text[:place] + text[place + 1 :],
            text[:place] + chance.choice(TYPED_FOR) + text[place + 1 :],
            text[:place] + text[place : place + 2][::-1] + text[place + 2 :],
            text[:place] + text[place] + text[place:],
        ]
    )
