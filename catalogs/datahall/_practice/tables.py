"""Which tables the practice city has: each one's theme and the module that makes it.

Light on purpose: cards are checked against it, and nothing heavy is loaded before a table is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import polars as pl

    from .city import City
    from .draws import Whole

EDITION = 3  # another one for every change of any value: versions in the store are made anew then

POPULATION_LIMIT = 18_000_000  # as many citizen numbers as 99 codes, 365 birthdays and 500 numbers a day allow
SEED_LIMIT = (1 << 63) - 1

# table: (theme, module)
PLACES: Mapping[str, tuple[str, str]] = {
    "people": ("statistics", "people"),
    "households": ("statistics", "people"),
    "population": ("statistics", "government"),
    "districts": ("geography", "government"),
    "dwellings": ("geography", "dwellings"),
    "schools": ("education", "services"),
    "pupils": ("education", "services"),
    "clinics": ("medical", "services"),
    "visits": ("medical", "services"),
    "vaccinations": ("health", "services"),
    "companies": ("enterprise", "companies"),
    "permits": ("enterprise", "supervision"),
    "jobs": ("employment", "companies"),
    "insured": ("social-security", "companies"),
    "inspections": ("safety", "supervision"),
    "incidents": ("safety", "supervision"),
    "product-checks": ("quality", "supervision"),
    "penalties": ("credit", "supervision"),
    "company-loans": ("finance", "supervision"),
    "budgets": ("finance", "government"),
    "revenue": ("finance", "revenue"),
    "trade": ("finance", "trade"),
    "trips": ("transport", "government"),
    "stops": ("transport", "stops"),
    "elder-care": ("social-security", "care"),
    "weather": ("weather", "nature"),
    "sea-levels": ("ocean", "nature"),
    "crops": ("agriculture", "nature"),
    "air": ("environment", "nature"),
    "electricity": ("resources", "nature"),
    "museums": ("culture", "services"),
    "museum-visits": ("culture", "services"),
    "patents": ("science", "supervision"),
}


# What arrives without an end; cards name it as a stream.
FEEDS: Mapping[str, tuple[str, str]] = {"air-sensors": ("environment", "sensors")}


@dataclass(frozen=True)
class Rows:
    """How a table is made: over how many units (for a plain table its rows), and the rows of some of them."""

    count: Callable[[City], int]
    make: Callable[[City, Whole], pl.DataFrame]
    block: int = 1 << 16  # units at once: arrays of half a megabyte, which stay in a processor's cache


def load_rows(table: str) -> Rows:
    """Return how a table is made; its module is loaded now."""
    module = import_module(f".{PLACES[table][1]}", __package__)
    return cast("Mapping[str, Rows]", module.TABLES)[table]
