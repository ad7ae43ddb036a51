"""Two registers of invented companies that share no key: one clean, one as clerks type it, and which rows are one.

Every kind of noise is drawn for itself, from a seed: typing errors, abbreviations, traditional characters, districts
left out, parts that change places; and a part of each register has no partner in the other.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import opencc
import polars as pl

CITY = "澜州市"
DISTRICTS = ("东湖区", "西山区", "南桥区", "北港区", "高新区", "滨江区", "青阳县", "临川县")
BRANDS = "鼎信恒泰宏远华盛金瑞东方明德锦程博雅天成万和嘉禾同创永兴中正安达伟业祥云瑞丰凯旋星辰卓越海纳百川新科"
TRADES = (
    "科技", "贸易", "建筑工程", "餐饮管理", "物流", "电子商务", "生物医药", "机械制造", "文化传媒", "环保工程", "食品",
    "纺织", "房地产开发", "信息技术", "教育咨询", "汽车销售", "农业开发", "新能源", "装饰工程", "人力资源服务",
)  # fmt: skip
FORMS = ("有限公司", "有限责任公司", "股份有限公司")
ROADS = (
    "和平", "人民", "解放", "建设", "中山", "文化", "长江", "黄河", "学府", "工业", "朝阳", "光明", "新华", "友谊",
    "迎宾", "湖滨", "青年", "胜利", "兴业", "科苑",
)  # fmt: skip
ROAD_KINDS = ("路", "街", "大道", "巷")
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
    form: str
    road: str
    number: int
    room: int | None

    def name(self) -> str:
        return f"{CITY[:-1]}{self.brand}{self.trade}{self.form}"

    def address(self, *, district: bool = True) -> str:
        room = f"{self.room}室" if self.room else ""
        return f"{CITY}{self.district if district else ''}{self.road}{self.number}号{room}"


def draw_registers(seed: int, *, companies: int = 4000, without_partner: float = 0.3) -> Registers:
    """Return two noisy registers of about `companies` rows each."""
    chance = random.Random(seed)
    alone = round(companies * without_partner)
    drawn = [_draw_company(chance) for _ in range(companies + alone)]
    clean = [(f"a{n}", c.name(), c.address()) for n, c in enumerate(drawn[:companies])]
    typed = [(f"b{n}", *_type(c, chance)) for n, c in enumerate(drawn) if n >= alone]
    same = frozenset((f"a{n}", f"b{n}") for n in range(alone, companies))
    chance.shuffle(typed)
    columns = ["id", "name", "address"]
    return Registers(
        pl.DataFrame(clean, schema=columns, orient="row"), pl.DataFrame(typed, schema=columns, orient="row"), same
    )


def _draw_company(chance: random.Random) -> Company:
    return Company(
        district=chance.choice(DISTRICTS),
        brand="".join(chance.sample(BRANDS, chance.choice((2, 2, 3)))),
        trade=chance.choice(TRADES),
        form=chance.choice(FORMS),
        road=chance.choice(ROADS) + chance.choice(ROAD_KINDS),
        number=chance.randint(1, 400),
        room=chance.choice((None, chance.randint(101, 2812))),
    )


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
    return name.replace(f"{CITY[:-1]}{company.brand}", f"{company.brand}（{CITY[:-1]}）")


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
