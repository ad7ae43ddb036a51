"""The lists of places that there are, and which of them the meanings of fields are about."""

from __future__ import annotations

from collections.abc import Callable

from .china import load_china
from .countries import load_countries, load_us_states
from .gazetteer import Gazetteer

LISTS: dict[str, Callable[[], Gazetteer]] = {
    "china": load_china, "country": load_countries, "us-state": load_us_states
}  # fmt: skip
NAMES = "names"  # by spelling alone: there is no list of US counties, for one
MEANINGS = {
    "gb-t-2260": "china", "gb-t-10114": "china", "iso-3166-1-alpha-2": "country", "iso-3166-1-alpha-3": "country",
    "iso-3166-1-numeric": "country", "un-m49": "country", "country-name-en": "country", "us-state-name": "us-state",
    "us-state-code": "us-state", "fips-state": "us-state", "fips-county": NAMES,
}  # fmt: skip
