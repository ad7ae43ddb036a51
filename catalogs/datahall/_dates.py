"""Dates as people and offices write them: strptime's forms, months, Excel's serials, years of the Republic of China.

A form is what Python's ``strptime`` takes, with two additions: ``%EY`` is a year of the Republic of China calendar
(民國, the year 1 is 1912; POSIX writes the locale's era so), and ``excel-serial`` counts days since 1899-12-30.
A form without a day means the first of the month.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

EXCEL = "excel-serial"
ERA = "%EY"
_UNIX_EPOCH = 25_569  # 1970-01-01 in Excel's calendar; before March 1900 (day 61) that counts a day too many
_LAST_SERIAL = 2_958_465  # 9999-12-31
_ERA_BEGINS = 1911  # the year before the first


def read_dates(text: pl.Series, *, forms: Sequence[str]) -> pl.Series:
    """Return the dates in `text`, null where none of `forms` fits; of two that fit the first counts."""
    return first_present([_read(text, form=form) for form in forms])


def is_month(form: str) -> bool:
    """Say whether a form names no day."""
    return form != EXCEL and not any(mark in form for mark in ("%d", "%e", "%j", "%F"))


def first_present(columns: Sequence[pl.Series]) -> pl.Series:
    """Return, row by row, the first value that is there."""
    result = columns[0]
    for column in columns[1:]:
        result = result.zip_with(result.is_not_null(), column)
    return result


def _read(text: pl.Series, *, form: str) -> pl.Series:
    if form == EXCEL:
        return _from_serials(text)
    if ERA in form:
        text, form = _to_common_years(text, form=form), form.replace(ERA, "%Y")
    if is_month(form):
        text, form = text + " 01", form + " %d"
    return text.str.to_date(form, strict=False)


def _from_serials(text: pl.Series) -> pl.Series:
    days = text.cast(pl.Int64, strict=False)
    is_date = days.is_between(61, _LAST_SERIAL).fill_null(False)
    return (days - _UNIX_EPOCH).zip_with(is_date, pl.Series([None], dtype=pl.Int64)).cast(pl.Int32).cast(pl.Date)


def _to_common_years(text: pl.Series, *, form: str) -> pl.Series:
    """Return `text` with its year of the Republic replaced by the one of the common era."""
    before = form.partition(ERA)[0]
    parts = text.str.extract_groups(rf"^({re.escape(before)})([0-9]{{1,3}})([^0-9].*|)$").struct.unnest()
    head, year, rest = (parts[name] for name in parts.columns)
    return head + (year.cast(pl.Int32) + _ERA_BEGINS).cast(pl.String) + rest
