"""What the places of datasets are called: countries and their parts by ISO 3166 codes, others as they stand."""

from __future__ import annotations

from functools import lru_cache

from . import places

_PARTS = {"en": "{part}, {country}", "zh": "{country}{part}"}


@lru_cache(maxsize=20_000)
def title_place(code: str, *, language: str) -> str:
    """Return what a place is called in `language`; the code itself where nothing is known of it."""
    names = places.name_place(code)
    country = _choose(places.name_place(code[:2]), language=language)
    if not names or not country:
        return code
    if len(code) == 2:
        return country
    part = _choose(tuple(each for each in names if each not in places.name_place(code[:2])), language=language)
    return _PARTS[language].format(part=part or code, country=country)


def is_place(code: str) -> bool:
    """Tell whether a source's word for a place is the code of a country or of a part of one."""
    return bool(places.name_place(code))


def _choose(names: tuple[str, ...], *, language: str) -> str:
    """Return the name in `language`, else any; names in Chinese are told by their letters."""
    chinese = [name for name in names if "\u4e00" <= name[:1] <= "\u9fff"]
    other = [name for name in names if name not in chinese]
    return next(iter([*chinese, *other] if language == "zh" else [*other, *chinese]), "")
