"""Cells of formats with types, as the text that a CSV file would hold, and back from odd types to plain ones."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any


def trim_row(cells: Sequence[Any]) -> tuple[Any, ...]:
    """Return `cells` without the empty ones behind the last that holds something."""
    end = len(cells)
    while end and (cells[end - 1] is None or cells[end - 1] == ""):
        end -= 1
    return tuple(cells[:end])


def plain_cell(value: Any) -> Any:
    """Return a value of a format's own types as a raw row may hold it; nested values become JSON text."""
    if value is None or isinstance(value, (str, bool, int, date)):  # a datetime is a date
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        return _plain_decimal(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return written_duration(value)
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value, ensure_ascii=False, default=_nested)
    return str(value)


def written_duration(span: timedelta) -> str:
    """Return `span` in ISO 8601, in days and less."""
    sign, span = ("-", -span) if span < timedelta() else ("", span)
    seconds = f"{span.seconds}.{span.microseconds:06}" if span.microseconds else f"{span.seconds}"
    return f"{sign}P{span.days}DT{seconds}S"


def _plain_decimal(value: Decimal) -> int | float | str:
    """Return an exact number as float where that is the same number, else as its digits."""
    if value.is_finite() and Decimal(repr(float(value))) == value:
        return float(value)
    return format(value, "f") if value.is_finite() and abs(value.adjusted()) < 100 else str(value)


def _nested(value: Any) -> Any:
    plain = plain_cell(value)
    return plain.isoformat() if isinstance(plain, date) else plain
