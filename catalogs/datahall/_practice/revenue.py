"""What the city takes in: taxes, fees, transfers and loans by year, as much as the budget says that it spends."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import polars as pl

from .city import City
from .columns import words
from .draws import Whole, below
from .government import TABLES as KEPT
from .tables import Rows

_FIRST_YEAR, _YEARS = 2019, 6
_PER_HEAD = 19_500  # yuan in 2023: what the budget spends

# Kind of revenue, its origin, its size in per mille of the expenditure of 2023, and its years in per cent of 2023.
# Taxes: the country's collections of those years (Ministry of Finance), of which a city has half the value-added tax
# and two fifths of the income taxes; so the refunds of 2022 and the years of few land and house sales are in them.
_KINDS = (
    ("value-added", "tax", 147, (90, 82, 92, 70, 100, 96)),
    ("corporate-income", "tax", 70, (91, 89, 102, 106, 100, 99)),
    ("personal-income", "tax", 25, (70, 78, 95, 101, 100, 98)),
    ("city-maintenance", "tax", 22, (92, 88, 100, 97, 100, 96)),
    ("property", "tax", 17, (75, 71, 82, 90, 100, 118)),
    ("land-use", "tax", 9, (99, 93, 96, 101, 100, 110)),
    ("land-value", "tax", 22, (122, 122, 130, 120, 100, 92)),
    ("deed", "tax", 25, (105, 119, 126, 98, 100, 87)),
    ("stamp", "tax", 8, (62, 66, 81, 82, 100, 108)),
    ("vehicle", "tax", 5, (80, 87, 93, 97, 100, 103)),
    ("other-taxes", "tax", 19, (78, 79, 88, 108, 100, 101)),
    ("special-levies", "non-tax", 34, (90, 88, 96, 104, 100, 97)),
    ("fees", "non-tax", 15, (104, 100, 106, 110, 100, 104)),
    ("fines", "non-tax", 16, (78, 82, 92, 108, 100, 112)),
    ("state-assets", "non-tax", 56, (74, 76, 82, 102, 100, 118)),
    ("other-non-tax", "non-tax", 12, (92, 90, 96, 100, 100, 104)),
    ("transfers", "transfers", 435, (72, 81, 80, 94, 100, 98)),
    ("bonds", "borrowing", 30, (129, 136, 114, 100, 100, 100)),
    ("other-funds", "other-funds", 0, (0, 0, 0, 0, 0, 0)),  # what is left to the expenditure: a budget balances
)
_SHARES = np.asarray([share for _, _, share, _ in _KINDS])
_COURSES = np.asarray([course for *_, course in _KINDS])
_FIXED = np.asarray([group in ("transfers", "borrowing") for _, group, *_ in _KINDS])  # told to the city beforehand


@lru_cache(maxsize=8)
def _amounts(city: City) -> tuple[Whole, Whole]:
    """Return what was budgeted and collected by year and kind, in 10,000 yuan."""
    index = np.arange(_YEARS * len(_KINDS), dtype=np.int64)
    year, kind = index // len(_KINDS), index % len(_KINDS)
    whole = city.population * _PER_HEAD * _SHARES[kind]
    chance = np.where(_FIXED[kind], 100, 98 + below(city.draw("revenue.collected", index), 5))
    collected = whole * _COURSES[kind, year] * chance // 10_000 // 1000 // 10_000
    # A budget is made before the year: half of it expects what the year before brought, half what is to come.
    expected = _COURSES[kind, year] + _COURSES[kind, np.maximum(year - 1, 0)]
    chance = np.where(_FIXED[kind], 100, 98 + below(city.draw("revenue.budgeted", index), 7))
    budgeted = np.where(_FIXED[kind], collected, whole * expected * chance // 20_000 // 1000 // 10_000)
    planned, spent = _expenditure(city)
    last = kind == len(_KINDS) - 1
    budgeted[last] = planned - np.bincount(year, budgeted).astype(np.int64)
    collected[last] = spent - np.bincount(year, collected).astype(np.int64)
    return budgeted, collected


def _expenditure(city: City) -> tuple[Whole, Whole]:
    """Return what all functions of the budget were planned to take and took, by year."""
    rows = KEPT["budgets"]
    budgets = rows.make(city, np.arange(rows.count(city), dtype=np.int64))
    years = budgets.group_by("year").agg(pl.col("planned", "spent").sum()).sort("year")
    return years["planned"].to_numpy(), years["spent"].to_numpy()


def revenue_table(city: City, index: Whole) -> pl.DataFrame:
    """Return what was budgeted and collected by kind of revenue and year, in 10,000 yuan."""
    budgeted, collected = _amounts(city)
    year, kind = index // len(_KINDS), index % len(_KINDS)
    return pl.DataFrame(
        {
            "year": _FIRST_YEAR + year,
            "kind": words([name for name, *_ in _KINDS], kind),
            "origin": words([group for _, group, *_ in _KINDS], kind),
            "budgeted": budgeted[index],
            "collected": collected[index],
        }
    )


TABLES = {"revenue": Rows(lambda _: len(_KINDS) * _YEARS, revenue_table)}
