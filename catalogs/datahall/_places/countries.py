"""Countries by all their codes and names, and states of the US: from ISO 3166 (pycountry) and CLDR (babel)."""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from .gazetteer import Gazetteer, Place

# Names in wide use that neither ISO nor CLDR has.
_OTHER_NAMES = {
    "US": ("USA", "U.S.", "United States of America"), "GB": ("UK", "Great Britain", "Britain"),
    # Korea and Congo are two countries each: listed under both, they are told as ambiguous and not guessed.
    "KR": ("Korea", "Republic of Korea", "Korea (Rep.)", "Korea South", "South Korea", "韩国", "大韩民国"),
    "KP": ("Korea", "DPR Korea", "Korea North", "North Korea", "Democratic People's Republic of Korea", "朝鲜"),
    "CN": ("China (mainland)", "Mainland China", "PR China", "People's Republic of China"),
    "RU": ("Russia", "俄国"), "CZ": ("Czech Republic",), "TR": ("Turkey",), "MK": ("Macedonia", "FYR Macedonia"),
    "CI": ("Ivory Coast",), "CV": ("Cape Verde",), "SZ": ("Swaziland",), "MM": ("Burma", "Myanmar (Burma)"),
    "CD": ("Democratic Republic of the Congo", "DR Congo", "Congo (Kinshasa)", "Zaire", "Congo", "刚果"),
    "CG": ("Republic of the Congo", "Congo (Brazzaville)", "Congo", "刚果"), "VA": ("Vatican", "Vatican City"),
    "IR": ("Iran",), "SY": ("Syria",), "LA": ("Laos",), "VN": ("Vietnam",), "MD": ("Moldova",), "TZ": ("Tanzania",),
    "BO": ("Bolivia",), "VE": ("Venezuela",), "FM": ("Micronesia",), "PS": ("Palestine", "West Bank and Gaza"),
    "TW": ("Taiwan", "Chinese Taipei"), "HK": ("Hong Kong", "Hong Kong SAR"), "MO": ("Macao", "Macau"),
    "NL": ("Holland",), "TL": ("East Timor",), "BN": ("Brunei",), "AE": ("UAE",),
}  # fmt: skip
# CLDR knows successors by codes of two letters, of which some were given to two countries in turn.
_HEIRS = {"CSHH": ("CZ", "SK"), "BYAA": ("BY",), "AIDJ": ("DJ",)}
# pycountry has the codes of letters only; these are of FIPS 5-2 (US Census Bureau, ANSI codes for states).
_STATE_NUMBERS = (
    "AL01 AK02 AZ04 AR05 CA06 CO08 CT09 DE10 DC11 FL12 GA13 HI15 ID16 IL17 IN18 IA19 KS20 KY21 LA22 ME23 MD24 MA25 "
    "MI26 MN27 MS28 MO29 MT30 NE31 NV32 NH33 NJ34 NM35 NY36 NC37 ND38 OH39 OK40 OR41 PA42 RI44 SC45 SD46 TN47 TX48 "
    "UT49 VT50 VA51 WA53 WV54 WI55 WY56 AS60 GU66 MP69 PR72 VI78"
)


@lru_cache(maxsize=1)
def load_countries() -> Gazetteer:
    """Return the countries of ISO 3166-1, with those that were withdrawn and what took their place."""
    import pycountry
    from babel import Locale
    from babel.core import get_global

    gazetteer = Gazetteer("country", _fold_country_code)
    languages = [Locale.parse(each).territories for each in ("en", "zh", "zh_Hant", "fr", "es")]
    words = [_translations(each) for each in ("zh_CN", "zh_TW")]
    for country in pycountry.countries:
        code = country.alpha_2
        kinds = ("name", "common_name", "official_name")
        names = [str(getattr(country, kind)) for kind in kinds if hasattr(country, kind)]
        names += [word.gettext(name) for word in words for name in names]
        names += [territories[code] for territories in languages if code in territories]
        names += [*_OTHER_NAMES.get(code, ()), *(_turn(name) for name in names if ", " in name)]
        gazetteer.add(Place(code, code, country.name, 1), codes=(country.alpha_3, country.numeric), names=names)
    aliases = get_global("territory_aliases")
    for country in pycountry.historic_countries:
        _add_withdrawn(gazetteer, country, heirs=_HEIRS.get(country.alpha_4) or aliases.get(country.alpha_2, []))
    return gazetteer


def _add_withdrawn(gazetteer: Gazetteer, country: Any, *, heirs: Iterable[str]) -> None:
    year = int(country.withdrawal_date[:4])
    id = f"{country.alpha_2}@{year}"
    own = [code for code in (country.alpha_3, getattr(country, "numeric", None)) if code]
    # A code that another country has today is that country's.
    taken = {code for place in gazetteer.places.values() for code in (place.code,)}
    names = [country.name, *country.name.split(", ")[:1]]
    place = Place(id, country.alpha_4, country.name, 1, 0, year)
    gazetteer.add(place, codes=[*own, *([country.alpha_2] if country.alpha_2 not in taken else [])], names=names)
    followers = [each for each in heirs if each in gazetteer.places]
    if followers:
        gazetteer.successors[id] = (year, tuple(followers))


def _fold_country_code(text: str) -> str | None:
    text = text.strip().upper().removesuffix(".0")
    if re.fullmatch(r"\d{1,3}", text):
        return text.zfill(3)
    return text if re.fullmatch(r"[A-Z]{2,4}", text) else None


def _turn(name: str) -> str:
    """Return a name in the order of speech: Korea, Republic of."""
    last, first = name.split(", ", 1)
    return f"{first} {last}"


def _translations(language: str) -> gettext.NullTranslations:
    import pycountry

    return gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[language], fallback=True)


@lru_cache(maxsize=1)
def load_us_states() -> Gazetteer:
    """Return the states and territories of the US by name, postal code, FIPS code and ISO 3166-2."""
    import pycountry

    numbers = {each[:2]: each[2:] for each in _STATE_NUMBERS.split()}
    gazetteer = Gazetteer("us-state", _fold_state_code)
    for state in pycountry.subdivisions:
        country, _, code = state.code.partition("-")
        if country == "US" and code in numbers:
            names = ("Virgin Islands", "US Virgin Islands") if code == "VI" else ()
            gazetteer.add(Place(code, code, state.name, 1), codes=(numbers[code],), names=names)
    gazetteer.add_name("DC", "Washington, D.C.")
    return gazetteer


def _fold_state_code(text: str) -> str | None:
    text = text.strip().upper().removesuffix(".0").removeprefix("US-").replace(".", "")
    if re.fullmatch(r"\d{1,2}", text):
        return text.zfill(2)
    return text if re.fullmatch(r"[A-Z]{2}", text) else None
