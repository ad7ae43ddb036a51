"""Our words as concepts of the EU's authority tables, in which DCAT-AP says them.

Each is looked up once: whether a vocabulary's file has changed is otherwise asked for every file of every dataset.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from .._documents import load_document
from .._locations import shipped_folder
from .._vocabulary import formats, frequencies

AUTHORITY = "http://publications.europa.eu/resource/authority/"


@dataclass(frozen=True)
class Concept:
    """A word of an authority table, with the names by which a page explains it."""

    table: str
    code: str
    title: Mapping[str, str]

    @property
    def address(self) -> str:
        """What names it."""
        return f"{AUTHORITY}{self.table}/{self.code}"

    @property
    def scheme(self) -> str:
        """The table that it belongs to."""
        return AUTHORITY + self.table


@lru_cache(1_000)
def find_themes(theme: str | None) -> tuple[Concept, ...]:
    """Return the EU's data themes for one of our 20."""
    words = _load()
    return tuple(Concept("data-theme", code, words["data-themes"][code]) for code in words["themes"].get(theme, ()))


@lru_cache(1_000)
def find_access_right(access: str) -> Concept | None:
    """Return who may read; None where nobody knows."""
    word = _load()["access-rights"].get(access)
    return Concept("access-right", word["code"], {"en": word["en"], "zh": word["zh"]}) if word else None


@lru_cache(1_000)
def find_status(table: str, retired: str | None) -> Concept | None:
    """Return that a ``dataset`` or ``distribution`` is deprecated or withdrawn; None where nobody says so."""
    word = _load()["statuses"].get(retired)
    return Concept(f"{table}-status", word["code"], {"en": word["en"], "zh": word["zh"]}) if word else None


@lru_cache(1_000)
def find_frequency(frequency: str | None) -> Concept | None:
    """Return how often data is renewed, by the first address that is read as the word."""
    code, term = _codes("frequency", "frequencies").get(frequency or ""), frequencies().get(frequency or "")
    return Concept("frequency", code, {"en": term.title.en, "zh": term.title.zh}) if code and term else None


@lru_cache(1_000)
def find_licence(license: str | None) -> str | None:
    """Return the address of a licence in the EU's table, where it has it."""
    code = _codes("licence", "licenses").get(license or "")
    return f"{AUTHORITY}licence/{code}" if code else None


@lru_cache(1_000)
def find_file_type(format: str | None) -> Concept | None:
    """Return the file type of one of our formats, where the table has it."""
    code, term = _load()["file-types"].get(format), formats().get(format or "")
    return Concept("file-type", code, {"en": term.title.en, "zh": term.title.zh}) if code and term else None


@lru_cache(1_000)
def find_language(tag: str) -> Concept | None:
    """Return a language by the first part of its tag: ``zh`` is ZHO."""
    import pycountry

    main = tag.partition("-")[0].lower()
    found = pycountry.languages.get(alpha_2=main) if len(main) == 2 else pycountry.languages.get(alpha_3=main)
    return Concept("language", found.alpha_3.upper(), {"en": found.name}) if found else None


@lru_cache(1_000)
def find_country(code: str) -> Concept | None:
    """Return a country by its two or three capital letters."""
    import pycountry

    if not (code.isascii() and code.isupper() and len(code) in {2, 3}):
        return None
    countries = pycountry.countries
    found = countries.get(alpha_2=code) if len(code) == 2 else countries.get(alpha_3=code)
    return Concept("country", found.alpha_3, {"en": found.name}) if found else None


@cache
def _load() -> dict[str, Any]:
    return dict(load_document(shipped_folder("vocabulary") / "standards" / "eu.yaml").values)


@cache
def _codes(table: str, spellings: str) -> dict[str, str]:
    """Return the first code of an authority table that is read as each of our words."""
    document = load_document(shipped_folder("vocabulary") / "spellings" / f"{spellings}.yaml")
    beginning = f"publications.europa.eu/resource/authority/{table}/"
    found: dict[str, str] = {}
    for word, listed in document.values.items():
        codes = [str(text).removeprefix(beginning) for text in listed if str(text).startswith(beginning)]
        if codes:
            found[word] = codes[0]
    return found
