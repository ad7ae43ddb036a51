"""Readings: what type a column's texts have, and how they are written.

A reading is a card's field without a name, so that what is found here is exactly what `datahall fetch` will do.
Readings widen: whatever fits a whole number fits a number, and so on; a column begins with the narrowest.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from functools import cache
from typing import Any

import polars as pl

from .._casting import convert_text, has_offset, put_right
from ..card import CardField, Text
from .spellings import find_respelling, is_bracketed, respell
from .value_marks import LONGEST, is_missing

ENOUGH = 0.9  # of the values that are no marks; below it a column is text
_LIKELY = 0.7  # of at least as many values as below; a person should know which ones make such a column text
_LEAST = 4

_DATES = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y-%m", "%Y/%m", "%Y年%m月", "%Y%m%d"),
    *("%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%d.%m.%y"),
    *(
        "%EY年%m月%d日",
        "民國%EY年%m月%d日",
        "中華民國%EY年%m月%d日",
        "%EY/%m/%d",
        "%EY.%m.%d",
        "%EY-%m-%d",
        "%EY年%m月",
    ),
    *("民國%EY年%m月", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %Y", "%B %Y"),
)
_TIMES = (
    *("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.fZ"),
    *("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S%z"),
    *("%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%d %H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%SZ"),
    *("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日 %H:%M", "%d.%m.%Y %H:%M"),
    *("%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%m/%d/%Y %I:%M:%S %p"),
    *("%d/%m/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%d/%m/%Y %I:%M %p"),
)
# Two orders of day and month that no single value may tell apart.
RIVALS = {"%d/%m": "%m/%d", "%m/%d": "%d/%m", "%d-%m": "%m-%d", "%m-%d": "%d-%m"}
_GROUPS = (",", ".", " ", "'")
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
_EXACT = 1 << 53  # beyond it a number of 8 bytes, as a browser or a spreadsheet has it, skips whole numbers
_TITLE = Text(en="x", zh="x")


@cache
def make_reading(**how: Hashable) -> CardField:
    """Return the reading of a field's type and its forms."""
    return CardField.model_validate({"name": "value", "title": _TITLE, **how})


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
    """Return the numbers that most of `values` are, though too many are none; None where most are words."""
    present = [value for value in values if not is_missing(value.strip())]
    if len(present) < _LEAST or max(map(len, present)) > LONGEST or any(map(_has_leading_zero, present)):
        return None
    readings = (make_reading(**how) for how in _NUMBERS)
    return next((reading for reading in readings if is_fitting(present, reading=reading, share=_LIKELY)), None)


def _find_respelled(values: Sequence[str]) -> CardField | None:
    """Return the reading of numbers that are written with other signs than plain ones."""
    replacements = find_respelling(values)
    if not replacements or all(map(is_bracketed, values)):  # (1), (2), (3) are numbers of items
        return None
    plain = [respell(value, replacements=replacements).strip() for value in values]
    hows = [make_reading(**how) for how in _NUMBERS if how.get("group") or not _are_grouped(plain)]
    candidates = (reading.model_copy(update={"replace": replacements}) for reading in (*hows, *_with_affixes(plain)))
    return next((reading for reading in candidates if is_fitting(values, reading=reading)), None)


def _has_leading_zero(value: str) -> bool:
    text = value.strip()
    return len(text) > 1 and text[0] == "0" and text[1].isdigit() and text.isdigit()


def is_fitting(values: Sequence[str], *, reading: CardField, share: float = ENOUGH) -> bool:
    """Say whether `reading` fits nearly all of `values` that are no marks for no value."""
    text = pl.Series([value for value in values if not is_missing(value.strip())], dtype=pl.String)
    return len(text) > 0 and 1 - read_values(text, reading=reading).null_count() / len(text) >= share


def read_values(text: pl.Series, *, reading: CardField) -> pl.Series:
    """Return `text` as `reading` has it; null also where the type would lose something: codes, years before 1000."""
    if "(" in reading.replace:
        text = _without(text, text.str.contains(r"[()]") & ~text.str.contains(r"^\s*\([^()]*\)\s*$"))  # 5) is no 5
    text = put_right(text, field=reading)
    typed = convert_text(text, field=reading)
    if reading.type in ("date", "datetime"):
        return _without_early(typed)
    if reading.type in ("integer", "number"):
        return _without_codes(typed, text)
    return typed


def fits_all(text: pl.Series, *, reading: CardField) -> bool:
    """Say whether every value fits, the cheap way: most columns are what their first rows are."""
    if reading.type in ("date", "datetime", "boolean"):
        text = text.unique()  # few days make many rows
    elif reading.group is None and reading.decimal == "." and not _is_respelled(reading):
        plain = text.cast(pl.Int64 if reading.type == "integer" else pl.Float64, strict=False)
        if plain.null_count() == text.null_count() and (plain.dtype == pl.Int64 or plain.is_finite().all()):
            return _without_codes(plain, text).null_count() == text.null_count()
    return read_values(text, reading=reading).null_count() == text.null_count()


def _is_respelled(reading: CardField) -> bool:
    return bool(reading.prefix or reading.suffix or reading.replace)


def _without_early(typed: pl.Series) -> pl.Series:
    """Take out years before 1000: strptime reads the year 24 in 24-03-01."""
    is_early = typed.dt.year() < 1000
    return _without(typed, is_early.fill_null(False)) if is_early.any() else typed


def _without_codes(typed: pl.Series, text: pl.Series) -> pl.Series:
    """Take out what is no quantity: figures with a leading zero, and more of them than a number can hold."""
    begins = text.str.starts_with("0")
    if begins.any() and text.filter(begins.fill_null(False)).str.contains(r"^0\d").any():
        typed = _without(typed, text.str.contains(r"^0\d").fill_null(False))
    if ((longest := text.str.len_bytes().max()) is not None) and longest > 15:  # type: ignore[operator]
        codes = text.str.contains(r"^\s*[+-]?\d{16,}\s*$").fill_null(False)
        if typed.dtype == pl.Int64:
            codes &= (typed > _EXACT) | (typed < -_EXACT)
        typed = _without(typed, codes) if codes.any() else typed
    return typed


def _without(typed: pl.Series, bad: pl.Series) -> pl.Series:
    bad = bad.fill_null(False)
    return typed.zip_with(~bad, pl.Series([None], dtype=typed.dtype))


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
        yield make_reading(type="date", format="excel-serial")


def _with_affixes(values: Sequence[str]) -> Iterator[CardField]:
    """Yield readings of numbers with a currency before, or a unit behind each of them."""
    found = [match for value in values if (match := _AFFIX.match(value))]
    affixes = {((match["prefix"] or "").strip(), (match["suffix"] or "").strip()) for match in found}
    if len(found) < ENOUGH * len(values) or len(affixes) != 1 or affixes == {("", "")}:
        return
    prefix, suffix = affixes.pop()
    for how in _NUMBERS:
        yield make_reading(**how, prefix=prefix or None, suffix=suffix or None)


def date_readings(values: Sequence[str]) -> Iterator[CardField]:
    """Yield the reading of dates or times that mixes as few forms as fit all of `values`."""
    text = pl.Series(list(values), dtype=pl.String)
    for kind, forms in (("date", _DATES), ("datetime", _TIMES)):
        fits = {form: read_values(text, reading=make_reading(type=kind, format=form)).is_not_null() for form in forms}
        chosen: list[str] = []
        covered = pl.Series([False] * len(text))
        while len(chosen) < 6:
            best = max(fits, key=lambda form: (fits[form] & ~covered).sum())
            if not (fits[best] & ~covered).any():
                break
            if not any(are_rivals(best, form) or has_offset(best) != has_offset(form) for form in chosen):
                chosen.append(best)
                covered = covered | fits[best]
            del fits[best]
        if chosen and (covered.sum() or 0) >= ENOUGH * len(text):
            yield make_reading(type=kind, format=chosen[0], other_formats=tuple(chosen[1:]))


def are_rivals(one: str, other: str) -> bool:
    """Say whether two forms differ in the order of day and month, so that they read one value as two dates."""
    return other in {one.replace(order, rival) for order, rival in RIVALS.items() if order in one} - {one}


def find_rival(reading: CardField) -> CardField | None:
    """Return the reading with day and month the other way about, if the forms allow it."""
    if reading.format is None or reading.type not in ("date", "datetime"):
        return None
    for order, rival in RIVALS.items():
        if reading.format.startswith(order):
            return reading.model_copy(update={"format": reading.format.replace(order, rival)})
    return None


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
