"""Draft cards: what was found about a table, as a card that `datahall fetch` reads and a person completes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._messages import translate
from .._placeholders import DESCRIPTION, HOMEPAGE, LICENSE, PUBLISHER
from .columns import Column
from .units import find_unit
from .value_marks import STRONG

TO_COMPLETE = ("title", "description", "publisher", "license", "goals", "frequency", "keywords", "homepage")
_FIGURES = ("latitude", "longitude")  # meanings that are numbers; of others the figures are a code
_NUMERIC = ("integer", "number")


@dataclass(frozen=True)
class ColumnNames:
    """What the columns are called: in the file, as the card's reader will see it, and in the card."""

    written: tuple[str, ...]  # as the header says; "" where it does not
    source: tuple[str, ...]
    field: tuple[str, ...]


def name_columns(written: Sequence[str]) -> ColumnNames:
    """Return the names of columns, each of them once."""
    source = _distinct([name or f"column_{number}" for number, name in enumerate(written, start=1)])
    fields = _distinct([_identifier(name, number=number) for number, name in enumerate(written, start=1)])
    return ColumnNames(tuple(written), tuple(source), tuple(fields))


def _identifier(written: str, *, number: int) -> str:
    """Return a name that a card's field may have: letters of any script, digits and underlines."""
    name = find_unit(written)[0]
    plain = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", name).lower()).strip("_")[:90]
    if not plain:
        return f"column_{number}"
    return plain if not plain[0].isdecimal() else f"n_{plain}"


def _distinct(names: Sequence[str]) -> list[str]:
    """Return `names` with a number behind those that occur again."""
    taken: set[str] = set()
    last: dict[str, int] = {}
    result = []
    for name in names:
        candidate, number = name, last.get(name, 1)
        while candidate in taken:
            number += 1
            candidate = f"{name}_{number}"
        last[name] = number
        taken.add(candidate)
        result.append(candidate)
    return result


def draft_card(
    *,
    title: Mapping[str, str],
    theme: str,
    source: Mapping[str, Any],
    names: ColumnNames,
    columns: Sequence[Column],
    unit: str | None,
) -> dict[str, Any]:
    """Return the whole draft; what only a person can know is filled with words that say so."""
    fields = [
        _draft_field(column, name=name, source=origin, written=written, unit=unit)
        for column, name, origin, written in zip(columns, names.field, names.source, names.written, strict=True)
    ]
    card = {
        "draft": True,
        "title": dict(title),
        "description": {
            language: translate(DESCRIPTION, language=language, title=title[language]) for language in ("en", "zh")
        },
        "theme": theme,
        "publisher": PUBLISHER,
        "license": LICENSE,
        "goals": ["governance"],
        "access": "open",
        "frequency": "irregular",
        "keywords": {language: [title[language]] for language in ("en", "zh")},
        "homepage": str(source.get("url") or HOMEPAGE),
        "sources": [dict(source)],
        "fields": fields,
    }
    key = next((name for column, name in zip(columns, names.field, strict=True) if column.is_key), None)
    return card if key is None else {**card, "primary_key": [key]}


def _is_code(column: Column) -> bool:
    return column.meaning is not None and column.meaning not in _FIGURES


def _draft_field(column: Column, *, name: str, source: str, written: str, unit: str | None) -> dict[str, Any]:
    title, own_unit = find_unit(written) if written else (name, None)
    title = title.strip() or name
    field: dict[str, Any] = {"name": name, "type": "string", "title": {"en": title[:500], "zh": title[:500]}}
    if source != name:
        field["source_name"] = source
    marks = [mark for mark in column.marks if mark in STRONG or not column.is_text]
    if marks:
        field["missing"] = marks
    if column.meaning is not None:
        field["semantic"] = column.meaning
    if column.is_text or column.reading is None or _is_code(column):
        return field  # codes are text, though all of them be figures
    reading = column.reading
    defaults = type(reading).model_fields
    for key in ("type", "format", "other_formats", "decimal", "group", "prefix", "suffix"):
        value = getattr(reading, key)
        if value != defaults[key].default:
            field[key] = list(value) if isinstance(value, tuple) else value
    if reading.replace:
        field["replace"] = dict(reading.replace)
    if reading.type == "boolean":
        field |= {"true_values": list(reading.true_values), "false_values": list(reading.false_values)}
    known = own_unit or reading.suffix or reading.prefix or unit
    if known and reading.type in _NUMERIC:
        field["unit"] = known
    return field
