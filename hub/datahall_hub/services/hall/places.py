"""What the places of datasets are called: countries by their ISO 3166 codes, others as they stand."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from babel import Locale

_CODE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_PARTS = {"en": "{country} ({code})", "zh": "{country}（{code}）"}


@lru_cache(maxsize=20_000)
def name_place(code: str, *, language: str) -> str:
    """Return what a place is called in `language`; the code itself where nothing is known of it."""
    country = _countries(language).get(code[:2]) if _CODE.fullmatch(code) else None
    if country is None:
        return code
    return country if len(code) == 2 else _PARTS[language].format(country=country, code=code)


@cache
def _countries(language: str) -> dict[str, str]:
    return dict(Locale(language).territories)
