"""The tables of a practice city, each made once for all tests that look at it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import polars as pl
from datahall._practice.city import City
from datahall._practice.writing import make_table

CITY = City(50_000, 7)

Table = Callable[[str], pl.DataFrame]


@cache
def get_table(name: str) -> pl.DataFrame:
    """Return a table of the city."""
    return make_table(CITY, name)
