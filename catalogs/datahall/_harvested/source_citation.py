"""How to cite a harvested dataset, for people and for reference managers: by what its source says. Pure."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from .._citation import Citation, escape_tex
from .._entries.entry import Entry, choose_text
from .._vocabulary import licenses


def cite_entry(entry: Entry, *, homepage: str) -> Citation:
    """Return the citation of `entry` in the version that is here; `homepage` is where its source presents it."""
    day = entry.modified or entry.issued
    names = {tongue: _publisher_in(entry, tongue) for tongue in ("en", "zh")}
    rights = {tongue: _license_in(entry, tongue) for tongue in ("en", "zh")}
    mark = f"Datahall {entry.id}" + (f", version {entry.version}" if entry.version else "")
    english = f"{names['en']} ({day.year if day else 'n.d.'}). {entry.title_in('en')} [Dataset]. {mark}. {rights['en']}"
    chinese = (
        f"{names['zh']}. {entry.title_in('zh')}[DB/OL]. {f'({day.year}). ' if day else ''}"
        f"{mark.replace(', version ', '，版本 ')}. {rights['zh']}"
    )
    return Citation(
        texts={"en": f"{english} {homepage}".strip(), "zh": f"{chinese} {homepage}".strip()},
        bibtex=_bibtex(entry, publisher=names["en"], rights=rights["en"], day=day, homepage=homepage),
        csl=_csl(entry, publisher=names["en"], day=day, homepage=homepage),
    )


def _publisher_in(entry: Entry, language: str) -> str:
    named = choose_text(entry.publisher.title, language=language) if entry.publisher is not None else ""
    return named or entry.source or ""


def _license_in(entry: Entry, language: str) -> str:
    known = licenses().get(entry.license or "")
    if known is not None:
        return f"{known.title[language]}."
    said = " ".join(entry.license_texts[:1])
    return f"{said}." if said else ""


def _bibtex(entry: Entry, *, publisher: str, rights: str, day: date | None, homepage: str) -> str:
    entries = {
        "title": "{" + escape_tex(entry.title_in("en")) + "}",
        "author": "{" + escape_tex(publisher) + "}",
        "publisher": escape_tex(publisher),
        "year": str(day.year) if day else None,
        "version": entry.version,
        "url": homepage,
        "note": escape_tex(f"Datahall dataset {entry.id}. {rights}".strip()),
    }
    lines = [f"  {key} = {{{value}}}" for key, value in entries.items() if value]
    return f"@misc{{{re.sub(r'[^a-z0-9]+', '-', entry.id)},\n" + ",\n".join(lines) + "\n}"


def _csl(entry: Entry, *, publisher: str, day: date | None, homepage: str) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": entry.id,
        "type": "dataset",
        "title": entry.title_in("en"),
        "author": [{"literal": publisher}],
        "publisher": publisher,
    }
    if entry.license is not None:
        item["license"] = entry.license
    if homepage:
        item["URL"] = homepage
    if day is not None:
        item["issued"] = {"date-parts": [[day.year]]}
    if entry.version is not None:
        item["version"] = entry.version
    return item
