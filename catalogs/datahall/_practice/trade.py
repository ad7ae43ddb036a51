"""What the city trades with other countries: imports and exports by section of goods and month."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import polars as pl

from .city import City
from .columns import dates, decimals, words
from .draws import Whole, below
from .tables import Rows

_MONTHS = 72  # 2019 to 2024
_FLOWS = ("import", "export")
# Sections of the Harmonized System; what of imports and of exports they are, in per mille of their value; and what a
# kilogram costs, in 0.01 yuan, imported and exported. Shares as in China's trade of 2023, rounded; prices ours.
_SECTIONS = (
    ("I", 17, 5, 2_600, 3_900), ("II", 40, 9, 420, 1_150), ("IV", 17, 13, 1_300, 1_500), ("V", 275, 22, 330, 480),
    ("VI", 78, 66, 1_900, 1_250), ("VII", 38, 52, 1_500, 1_700), ("X", 14, 11, 520, 1_600),
    ("XI", 13, 97, 3_200, 5_300), ("XIII", 6, 22, 2_100, 520), ("XV", 60, 78, 2_300, 1_350),
    ("XVI", 330, 428, 21_000, 9_600),
    ("XVII", 42, 88, 11_000, 5_400), ("XVIII", 55, 28, 46_000, 14_500), ("XX", 15, 81, 3_900, 2_700),
)  # fmt: skip
_PRICES = np.asarray([each[3:] for each in _SECTIONS]).T  # by flow and section
_VALUES = np.asarray([each[1:3] for each in _SECTIONS]).T
_PER_HEAD = (12_700, 16_900)  # yuan a year: China's imports and exports of goods in 2023 by head
_SEASON = np.asarray([104, 74, 98, 99, 101, 102, 104, 104, 104, 98, 105, 107])  # per cent; the Spring Festival
_YEARS = np.asarray([86, 88, 96, 98, 100, 104])  # per cent of the quantities of 2023
_STOPPED = {13: 70, 14: 88, 39: 90, 40: 88}  # months in which little could be shipped (early 2020, spring 2022)
# Dear raw materials: section, from which month on, months that prices rise, per cent in all; then they fall as long.
_DEAR = (("V", 22, 20, 75), ("XV", 21, 14, 32), ("II", 24, 16, 28), ("VI", 24, 12, 18), ("VII", 23, 12, 16))
_YIELDING = 45  # per cent less of a section for each per cent that it is dearer, in hundredths


@lru_cache(maxsize=8)
def _prices(city: City) -> Whole:
    """Return what a kilogram costs by flow, section and month, in 0.01 yuan: last month's price and a little chance."""
    key = np.arange(len(_FLOWS) * len(_SECTIONS), dtype=np.int64)
    prices = np.zeros((_MONTHS, len(key)), dtype=np.int64)
    level = _PRICES.reshape(-1) * 1000
    for month in range(_MONTHS):
        level = level * (1000 + below(city.draw("trade.price", key * _MONTHS + month), 31) - 14) // 1000
        dear = np.asarray([_dearth(section, month) for section, *_ in _SECTIONS] * len(_FLOWS))
        prices[month] = level * dear // 100_000
    return prices.T


def _dearth(section: str, month: int) -> int:
    """Return by how much a section is dearer than it would be, in per cent, 100 for nothing."""
    more = 0
    for name, start, months, size in _DEAR:
        if name == section:
            more += size * max(0, months - abs(month - start - months)) // months
    return 100 + more


def trade_table(city: City, index: Whole) -> pl.DataFrame:
    """Return value, quantity and unit value by month, flow and section."""
    month, rest = index // (len(_FLOWS) * len(_SECTIONS)), index % (len(_FLOWS) * len(_SECTIONS))
    flow, section = rest // len(_SECTIONS), rest % len(_SECTIONS)
    usual = city.population * np.asarray(_PER_HEAD)[flow] * _VALUES[flow, section] // 12 * 100 // 1000  # 0.01 yuan
    stopped = np.asarray([_STOPPED.get(each, 100) for each in range(_MONTHS)])[month]
    part = _SEASON[month % 12] * _YEARS[month // 12] * stopped // 100
    chance = 92 + below(city.draw("trade.quantity", index), 17)
    price, usual_price = _prices(city)[rest, month], _PRICES[flow, section]
    # What is dear is bought less of; and every section grows or shrinks a little from year to year.
    dear = np.maximum(40, 100 - (price * 100 // usual_price - 100) * _YIELDING // 100)
    trend = 100 + (below(city.draw("trade.trend", rest), 13) - 6) * (month // 12 - 2)
    quantity = usual * part // 10_000 * chance // 100 * dear // 100 * trend // 100 // usual_price
    quantity = np.maximum(1, quantity)
    value = quantity * price // 100
    return pl.DataFrame(
        {
            "month": dates((np.datetime64("2019-01") + month).astype("datetime64[D]").astype(np.int64)),
            "flow": words(_FLOWS, flow),
            "section": words([name for name, *_ in _SECTIONS], section),
            "value": value,
            "quantity": quantity,
            "unit_value": decimals(value * 100 // quantity, scale=100),
        }
    )


TABLES = {"trade": Rows(lambda _: _MONTHS * len(_FLOWS) * len(_SECTIONS), trade_table)}
