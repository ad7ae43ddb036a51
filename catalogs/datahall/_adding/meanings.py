"""Meanings: what the values of a column identify, told by check digits, lists and names; a proposal, no certainty.

Pure: some of a column's texts and its name in, a word of ``vocabulary/semantics.yaml`` out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_ENOUGH = 0.95  # of the values; the others may be slips
_FEWEST = 2  # different values; one alone proves nothing
_TELLING = 8  # different country codes that are no chance, whatever the column is called
_CREDIT_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")
_COUNTRY_NAME = re.compile(r"country|nation|\biso|国家|國家|国别|地区代码", re.IGNORECASE)
_LATITUDE = re.compile(r"^(lat|latitude|纬度|緯度|y_lat)$|_lat$|_latitude$|^lat_", re.IGNORECASE)
_LONGITUDE = re.compile(r"^(lon|lng|long|longitude|经度|經度)$|_(lon|lng|longitude)$|^(lon|lng)_", re.IGNORECASE)


def find_meaning(values: Sequence[str], *, name: str) -> str | None:
    """Return what `values` identify, in the form that joining needs; None where nothing tells."""
    present = [value.strip() for value in values if value.strip()]
    different = set(present)
    if len(different) < _FEWEST:
        return None
    if _share(present, _CREDIT_CODE.fullmatch) >= _ENOUGH:
        return _find_checked(present)
    if _share(present, re.compile(r"[1-8]\d{5}").fullmatch) >= _ENOUGH:
        return _find_division(present)
    if all(re.fullmatch(r"[A-Z]{2,3}", value) for value in different):
        return _find_country(different, name=name)
    return _find_coordinate(present, name=name)


def _share(values: Sequence[str], test: object) -> float:
    assert callable(test)
    return sum(bool(test(value)) for value in values) / len(values)


def _find_checked(values: Sequence[str]) -> str | None:
    from stdnum.cn import ric, uscc

    if _share(values, ric.is_valid) >= _ENOUGH:
        return "citizen-number"
    return "unified-social-credit-code" if _share(values, uscc.is_valid) >= _ENOUGH else None


def _find_division(values: Sequence[str]) -> str | None:
    from .._places.china import list_division_codes

    known = list_division_codes()
    return "gb-t-2260" if _share(values, known.__contains__) >= _ENOUGH else None


def _find_country(values: set[str], *, name: str) -> str | None:
    import pycountry

    if len(values) < _TELLING and not _COUNTRY_NAME.search(name):
        return None
    for length, form in ((2, "alpha_2"), (3, "alpha_3")):
        known = {getattr(country, form) for country in pycountry.countries}
        if all(len(value) == length for value in values) and values <= known:
            return f"iso-3166-1-{form.replace('_', '-')}"
    return None


def _find_coordinate(values: Sequence[str], *, name: str) -> str | None:
    for pattern, limit, meaning in ((_LATITUDE, 90, "latitude"), (_LONGITUDE, 180, "longitude")):
        if pattern.search(name):
            numbers = [float(value) for value in values if re.fullmatch(r"[+-]?\d{1,3}(\.\d{1,20})?", value)]
            fitting = [number for number in numbers if abs(number) <= limit]
            return meaning if len(fitting) >= _ENOUGH * len(values) else None
    return None
