"""Readings: what type a column's texts have, and how they are written.

A reading is a card's field without a name, so that what is found here is exactly what `datahall fetch` will do.
Readings widen: whatever fits a whole number fits a number, and so on; a column begins with the narrowest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import polars as pl

from .._casting import has_offset
from .._dates import EXCEL
from ..card import CardField
from .date_forms import are_rivals, date_readings
from .fitting import ENOUGH, is_fitting, make_reading, read_values
from .spellings import are_items, find_respelling, respell
from .value_marks import LONGEST, is_missing

_LIKELY = 0.7  # of at least as many values as below; a person should know which ones make such a column text
_LEAST = 4

_NUMBERS: tuple[dict[str, Any], ...] = (
    {"type": "integer"},
    {"type": "number"},
    {"type": "integer", "group": ","},
    {"type": "number", "group": ","},
    {"type": "number", "decimal": ","},
    {"type": "integer", "group": "."},
    {"type": "number", "decimal": ",", "group": "."},
    {"type": "integer", "group": " "},
    {"type": "number", "group": " "},
    {"type": "number", "decimal": ",", "group": " "},
    {"type": "integer", "group": "'"},
    {"type": "number", "group": "'"},
)
_BOOLEANS = (("true", "false"), ("True", "False"), ("TRUE", "FALSE"), ("yes", "no"), ("Yes", "No"), ("是", "否"))
_DATE_NAME = re.compile(r"date|datum|time\b|日期|时间|時間|\w日$|年月日|kuupäev|fecha|data\b|day$", re.IGNORECASE)
_AFFIX = re.compile(r"^(?P<prefix>[$€£¥￥]\s?)?[+-]?[\d.,' ]*\d(?P<suffix>\s?[^\W\d_]{1,6}|\s?[%‰°]\w?|\s?[$€£¥￥])?$")


def find_reading(values: Sequence[str], *, header: str) -> CardField | None:
    """Return the narrowest reading that fits nearly all of `values`, or None for text."""
    present = [value for value in values if not is_missing(value.strip())]
    if present and all(value.startswith("{") and '"coordinates"' in value for value in present):
        places = make_reading(type="geojson")  # they may be longer than any number
        return places if is_fitting(present, reading=places) else None
    if not present or max(map(len, present)) > LONGEST or sum(map(_has_leading_zero, present)) * 2 > len(present):
        return None
    fitting = (reading for reading in _candidates(present, header=header) if is_fitting(present, reading=reading))
    return next(fitting, None) or _find_respelled(present)


def guess_reading(values: Sequence[str]) -> CardField | None:
    """Return the numbers or dates that most of `values` are, though too many are none; None where most are words."""
    present = [value for value in values if not is_missing(value.strip())]
    if len(present) < _LEAST or max(map(len, present)) > LONGEST or any(map(_has_leading_zero, present)):
        return None
    if not any(character.isdigit() for value in present[:50] for character in value):
        return None
    readings = chain((make_reading(**how) for how in _NUMBERS), date_readings(present, share=_LIKELY))
    return next((reading for reading in readings if is_fitting(present, reading=reading, share=_LIKELY)), None)


def _find_respelled(values: Sequence[str]) -> CardField | None:
    """Return the reading of numbers that are written with other signs than plain ones."""
    replacements = find_respelling(values)
    if not replacements or are_items(values):
        return None
    plain = [respell(value, replacements=replacements).strip() for value in values]
    hows = [make_reading(**how) for how in _NUMBERS if how.get("group") or not _are_grouped(plain)]
    candidates = (reading.model_copy(update={"replace": replacements}) for reading in (*hows, *_with_affixes(plain)))
    return next((reading for reading in candidates if is_fitting(values, reading=reading)), None)


def _has_leading_zero(value: str) -> bool:
    text = value.strip()
    return len(text) > 1 and text[0] == "0" and text[1].isdigit() and text.isdigit()


def _candidates(values: Sequence[str], *, header: str) -> Iterator[CardField]:
    """Yield readings from the narrowest on."""
    some = [value.strip() for value in values[:50]]
    for yes, no in _BOOLEANS:
        if set(some) <= {yes, no}:
            yield make_reading(type="boolean", true_values=(yes,), false_values=(no,))
    if not any(character.isdigit() for value in some for character in value):
        return
    if _DATE_NAME.search(header):
        yield from _figures_as_dates(some)
    if _are_grouped(some):
        yield from (make_reading(**how) for how in _NUMBERS if how.get("group"))
    yield from (make_reading(**how) for how in _NUMBERS)
    yield from _with_affixes(some)
    yield from date_readings(some)


def _are_grouped(values: Sequence[str]) -> bool:
    """Say whether points or commas can only stand between thousands: some number has two of them."""
    return any(re.fullmatch(r"[+-]?\d{1,3}(?:(?:\.\d{3}){2,}|(?:,\d{3}){2,})", value) for value in values)


def _figures_as_dates(values: Sequence[str]) -> Iterator[CardField]:
    """Yield readings of figures that are dates only because their column says so."""
    if all(re.fullmatch(r"(19|20)\d{6}", value) for value in values):
        yield make_reading(type="date", format="%Y%m%d")
    elif all(re.fullmatch(r"[2-6]\d{4}", value) for value in values):
        yield make_reading(type="date", format=EXCEL)
    elif any(re.fullmatch(r"[2-6]\d{4}", value) for value in values):
        yield from (reading for reading in date_readings(values) if EXCEL in reading.other_formats)


def _with_affixes(values: Sequence[str]) -> Iterator[CardField]:
    """Yield readings of numbers with a currency before, or a unit behind each of them."""
    found = [match for value in values if (match := _AFFIX.match(value))]
    affixes = {((match["prefix"] or "").strip(), (match["suffix"] or "").strip()) for match in found}
    if len(found) < ENOUGH * len(values) or len(affixes) != 1 or affixes == {("", "")}:
        return
    prefix, suffix = affixes.pop()
    for how in _NUMBERS:
        yield make_reading(**how, prefix=prefix or None, suffix=suffix or None)


def widen_reading(reading: CardField, *, values: pl.Series) -> CardField | None:
    """Return a reading that fits all that `reading` fits and `values` too, or None."""
    return next(
        (wider for wider in _wider(reading, values) if not read_values(values, reading=wider).null_count()), None
    )


def _wider(reading: CardField, values: pl.Series) -> Iterator[CardField]:
    if reading.type in ("integer", "number"):
        yield from _wider_numbers(reading)
        replacements = {**reading.replace, **find_respelling(values.to_list())}
        if replacements != reading.replace:
            respelled = reading.model_copy(update={"replace": replacements})
            yield from (respelled, *_wider_numbers(respelled))
    elif reading.type in ("date", "datetime") and len(reading.other_formats) < 5:
        known = (reading.format or "", *reading.other_formats)
        if reading.type == "date" and EXCEL not in known:
            yield reading.model_copy(update={"other_formats": (*reading.other_formats, EXCEL)})
        for found in date_readings(values.str.strip_chars().to_list()):
            new = tuple(form for form in (found.format or "", *found.other_formats) if form not in known)
            has_rivals = any(
                are_rivals(form, other) or has_offset(form) != has_offset(other) for form in new for other in known
            )
            if found.type == reading.type and not has_rivals:
                yield reading.model_copy(update={"other_formats": (*reading.other_formats, *new)})


def _wider_numbers(reading: CardField) -> Iterator[CardField]:
    return (reading.model_copy(update=how) for how in _NUMBERS if _includes(how, reading))


def _includes(how: dict[str, Any], reading: CardField) -> bool:
    """Say whether all that `reading` fits, fits a number written as `how` says, and means the same."""
    is_same = how.get("group") in (reading.group, None) and how.get("type") == reading.type
    if is_same or (reading.type == "number" and how["type"] == "integer"):
        return False
    if reading.type == "number" and how.get("decimal", ".") != reading.decimal:
        return False
    return reading.group in (None, how.get("group"))
