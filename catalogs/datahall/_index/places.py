"""What places are called whose ISO 3166 codes datasets name, and the other way: ``CN-31`` is Shanghai and 上海."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from .analysis import fold

# The provinces of China by the digits of GB/T 2260, which our cards use, and by the letters of ISO 3166-2.
_PROVINCE_TABLE = (
    "11BJ北京 12TJ天津 13HE河北 14SX山西 15NM内蒙古 21LN辽宁 22JL吉林 23HL黑龙江 31SH上海 32JS江苏 33ZJ浙江 34AH安徽 "
    "35FJ福建 36JX江西 37SD山东 41HA河南 42HB湖北 43HN湖南 44GD广东 45GX广西 46HI海南 50CQ重庆 51SC四川 52GZ贵州 "
    "53YN云南 54XZ西藏 61SN陕西 62GS甘肃 63QH青海 64NX宁夏 65XJ新疆 71TW台湾 81HK香港 82MO澳门"
)
_PROVINCES = {
    f"CN-{key}": (f"CN-{each[2:4]}", each[4:]) for each in _PROVINCE_TABLE.split() for key in (each[:2], each[2:4])
}

_DIGITS = {f"CN-{each[2:4]}": f"CN-{each[:2]}" for each in _PROVINCE_TABLE.split()}

# A country and a state of another are called so, and neither is the likelier one.
_UNCLEAR = {"georgia", "格鲁吉亚"}

_CHINESE_KINDS = (" Shi", " Sheng", " Zizhiqu")  # Shanghai is listed as Shanghai Shi

_CODE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")


@lru_cache(maxsize=10_000)
def name_place(code: str) -> tuple[str, ...]:
    """Return the names of a country or a part of it, and of the country around; none where `code` is no such code."""
    if not _CODE.fullmatch(code):
        return ()
    country, _, part = code.partition("-")
    names = [str(_territories(language)[country]) for language in ("en", "zh") if country in _territories(language)]
    if part:
        names = [*_name_part(code), *names]
    return tuple(names)


def find_places(name: str) -> tuple[str, ...]:
    """Return the codes of the countries and parts that are called `name` in either language, or have it as code."""
    return _codes_by_name().get(fold(name.strip()), ())


@lru_cache(maxsize=50_000)
def place_value(text: str) -> str:
    """Return by what a place is counted and filtered: one code for a country or a province of China.

    Other names stay as they stand: a part of a country is seldom the only place that is called so.
    """
    codes = find_places(text)
    if text.strip().upper() in codes and "-" in text:
        return _same_code(text.strip().upper())
    large = {_same_code(code) for code in codes if "-" not in code or code in _PROVINCES}
    is_clear = len(large) == 1 and fold(text.strip()) not in _UNCLEAR
    return large.pop() if is_clear else text


def _same_code(code: str) -> str:
    """Return the code that stands for all of a place's: of China's provinces the one by digits."""
    return _DIGITS.get(code, code)


@cache
def _codes_by_name() -> dict[str, tuple[str, ...]]:
    import pycountry

    codes = [code for code in _territories("en") if _CODE.fullmatch(code)]
    codes += [part.code for part in pycountry.subdivisions]
    found: dict[str, dict[str, None]] = {}
    for code in (*codes, *_PROVINCES):
        country, _, part = code.partition("-")
        own = _name_part(code) if part else [_territories(language).get(country, "") for language in ("en", "zh")]
        own += [each.removesuffix(kind) for each in own for kind in _CHINESE_KINDS if each.endswith(kind)]
        for name in (code, *own):
            found.setdefault(fold(str(name)), {})[code] = None
    found.pop("", None)
    return {name: tuple(codes) for name, codes in found.items()}


@cache
def _territories(language: str) -> Any:
    from babel import Locale

    return Locale(language).territories


def _name_part(code: str) -> list[str]:
    import pycountry

    letters, name = _PROVINCES.get(code, (code, ""))
    part: Any = pycountry.subdivisions.get(code=letters)  # type: ignore[no-untyped-call]
    return [*([part.name] if part is not None else []), *([name] if name else [])]
