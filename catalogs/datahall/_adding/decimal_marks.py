"""Decimal marks: one column of a file says what a point or a comma means in another.

``95.418`` beside ``1.750,33`` is a whole number, ``1,250`` beside ``41.5`` is one too, and ``1,250`` beside ``0,5``
is not. A column that can only be read one way is evidence; columns that can be read both ways follow it. Where the
evidence of two columns disagrees, nothing is changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..card import CardField
from .fitting import is_fitting, make_reading

_THREE_BEHIND = re.compile(r"[+-]?\d{1,3}([.,])\d{3}")
_ZERO_BEFORE = re.compile(r"[+-]?0([.,])\d")
_PLACE_NAME = re.compile(r"lat|lon|lng|[xy]\b|coord|纬度|经度|緯度|經度|坐标|座標", re.IGNORECASE)
_SELDOM = 0.2  # of the values
_DECIMALS = re.compile(r"\d([.,])(\d+)\D*$")


def find_decimal_mark(readings: Sequence[CardField | None], samples: Sequence[Sequence[str]]) -> str | None:
    """Return the mark that a file's numbers certainly have before their decimals, or None."""
    marks = {
        mark
        for reading, values in zip(readings, samples, strict=True)
        if reading is not None and (mark := _certain_mark(reading, values)) is not None
    }
    return marks.pop() if len(marks) == 1 else None


def _certain_mark(reading: CardField, values: Sequence[str]) -> str | None:
    """Return the mark before decimals in a column that shows it beyond doubt.

    Other than three digits stand behind it, or a lone zero before it: no thousands begin with one.
    """
    zeros = {match[1] for value in values if (match := _ZERO_BEFORE.match(value.strip()))}
    if reading.type in ("integer", "number") and len(zeros) == 1:
        return zeros.pop()
    if reading.type == "integer" and reading.group in (",", "."):
        is_sure = any(len(re.findall(r"[.,]\d{3}", value)) > 1 for value in values)
        return {",": ".", ".": ","}[reading.group] if is_sure else None
    if reading.type != "number":
        return None
    ends = [match for value in values if (match := _DECIMALS.search(value)) and match[1] == reading.decimal]
    return reading.decimal if reading.group in (",", ".") or any(len(match[2]) != 3 for match in ends) else None


def is_doubtful(reading: CardField, values: Sequence[str], *, header: str) -> bool:
    """Say whether points in all of `values` may stand between thousands as well as before decimals."""
    is_plain = reading.type == "number" and reading.decimal == "." and reading.group is None
    if not is_plain or _PLACE_NAME.match(header.strip()) or not values:
        return False
    return all(_THREE_BEHIND.fullmatch(value.strip()) and not value.strip().startswith("0") for value in values)


def are_lists(reading: CardField, values: Sequence[str]) -> bool:
    """Say whether commas may part several numbers: on both sides of each stands what is a value by itself elsewhere.

    Or there are single digits only, as decimals hardly are, and seldom two of them.
    """
    is_plain = reading.group is None and not reading.suffix
    if not is_plain or reading.type not in ("integer", "number") or (reading.type, reading.decimal) == ("number", "."):
        return False
    alone = {value.strip() for value in values if "," not in value}
    parts = {part.strip() for value in values if "," in value for part in value.split(",")}
    if not parts or not all(map(str.isdecimal, parts)):
        return False
    is_seldom = sum("," in value for value in values) <= _SELDOM * len(values)
    return parts <= alone or (is_seldom and all(len(part) == 1 for part in parts | alone))


def settle_reading(
    reading: CardField | None, values: Sequence[str], *, header: str, mark: str | None
) -> CardField | None:
    """Return the reading that a column has in a file whose numbers have `mark` before their decimals.

    Latitudes and longitudes are left alone: programs write them with points into files that people write with commas.
    """
    is_certain = reading is not None and reading.type == "number" and reading.group is not None
    if is_certain or _PLACE_NAME.match(header.strip()):
        return reading
    found = {match[1] for value in values if (match := _THREE_BEHIND.fullmatch(value.strip()))}
    if reading is None or mark is None or reading.type not in ("integer", "number") or len(found) != 1:
        return reading
    (written,) = found
    how = {"type": "number", "decimal": mark} if written == mark else {"type": "integer", "group": written}
    other = make_reading(**how)
    is_other = (reading.type, reading.decimal, reading.group) != (other.type, other.decimal, other.group)
    return other if is_other and is_fitting(values, reading=other) else reading
