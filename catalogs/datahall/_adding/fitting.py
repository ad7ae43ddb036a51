"""Fitting: what a reading makes of texts, by the very code that `datahall fetch` casts with, and whether all fit.

A reading is a card's field without a name.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from decimal import Decimal
from functools import cache

import polars as pl

from .._casting import convert_text, put_right
from .._dates import EXCEL
from ..card import CardField, Text
from .value_marks import is_missing

ENOUGH = 0.9  # of the values that are no marks; below it a column is text
_EXACT = 1 << 53  # beyond it a number of 8 bytes, as a browser or a spreadsheet has it, skips whole numbers
_SHORT_FIGURES = r"^\s*\d{1,7}\s*$"  # among dates they may be serials of Excel, or the year 2024
_SERIAL = r"^\s*[2-7]\d{4}\s*$"  # the days from 1954 to 2118
MOST_FIGURES = 17  # that a number of 8 bytes may need to be told from all others
_COARSE = float(1 << 32)  # beyond it such a number skips millionths
_SAFE_FIGURES = 15  # every number of so many figures is the same once it is written again
_DECIMAL = re.compile(r"[+-]?\d{1,40}\.\d{1,60}")
_TITLE = Text(en="x", zh="x")


@cache
def make_reading(**how: Hashable) -> CardField:
    """Return the reading of a field's type and its forms."""
    return CardField.model_validate({"name": "value", "title": _TITLE, **how})


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
        if EXCEL in (reading.format, *reading.other_formats):
            typed = _without(typed, text.str.contains(_SHORT_FIGURES) & ~text.str.contains(_SERIAL))
        return _without_early(typed)
    if reading.type in ("integer", "number"):
        return _without_lossy(_without_codes(typed, text), text, reading=reading)
    return typed


def fits_all(text: pl.Series, *, reading: CardField) -> bool:
    """Say whether every value fits, the cheap way: most columns are what their first rows are."""
    if reading.type in ("date", "datetime", "boolean"):
        text = text.unique()  # few days make many rows
    elif reading.group is None and reading.decimal == "." and not _is_respelled(reading):
        plain = text.cast(pl.Int64 if reading.type == "integer" else pl.Float64, strict=False)
        if plain.null_count() == text.null_count() and (plain.dtype == pl.Int64 or plain.is_finite().all()):
            kept = _without_lossy(_without_codes(plain, text), text, reading=reading)
            return kept.null_count() == text.null_count()
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


def _without_lossy(typed: pl.Series, text: pl.Series, *, reading: CardField) -> pl.Series:
    """Take out numbers with decimals of which the type would lose figures that somebody may count: cents of billions.

    What is lost of smaller ones, a millionth at most, is told as rounding.
    """
    longest = text.str.len_bytes().max() if typed.dtype == pl.Float64 else None
    if longest is None or longest <= _SAFE_FIGURES:  # type: ignore[operator]
        return typed
    is_large = ((typed.abs() > _COARSE) & (text.str.len_bytes() > _SAFE_FIGURES)).fill_null(False)
    if not is_large.any():
        return typed
    places = is_large.arg_true()
    written = text.gather(places).to_list()
    lost = [
        place
        for place, value, number in zip(places, written, typed.gather(places), strict=True)
        if _is_altered(value, number, reading=reading)
    ]
    return typed.scatter(lost, None) if lost else typed


def have_more_figures(text: pl.Series) -> pl.Series:
    """Say which values are numbers with decimals of which a number of 8 bytes keeps the first figures only."""
    bare = text.str.strip_chars()
    figures = bare.str.replace(r"^[+-]?0*\.?0*", "").str.replace(".", "", literal=True).str.strip_chars_end("0")
    return (bare.str.contains(r"^[+-]?\d+\.\d+$") & (figures.str.len_bytes() > MOST_FIGURES)).fill_null(False)


def _is_altered(value: str, number: float, *, reading: CardField) -> bool:
    """Say whether a decimal number is another one once it is a number of 8 bytes and written again."""
    bare = value.strip().removeprefix(reading.prefix or "").removesuffix(reading.suffix or "").strip()
    plain = bare.replace(reading.group or " ", "").replace(reading.decimal, ".")
    match = _DECIMAL.fullmatch(plain)
    return match is not None and Decimal(match[0]) != Decimal(repr(number))


def _without(typed: pl.Series, bad: pl.Series) -> pl.Series:
    bad = bad.fill_null(False)
    return typed.zip_with(~bad, pl.Series([None], dtype=typed.dtype))
