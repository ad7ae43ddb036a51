"""Dates and periods as portals write them; None where they are none, or could be two different ones."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

_ISO = re.compile(r"([+-]?\d{4})(?:-?(\d\d)(?:-?(\d\d)(?:[T ].*)?)?)?Z?$", re.DOTALL)
_NUMBERS = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?:[T ,].*)?$", re.DOTALL)
_YEAR_FIRST = re.compile(r"(\d{4})[./年](\d{1,2})(?:[./月](\d{1,2})日?)?月?(?:[T ].*)?$", re.DOTALL)
_WORDED = ("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%B %d %Y", "%b %d %Y", "%B %Y", "%b %Y",
           "%a, %d %b %Y", "%d-%b-%Y", "%d-%b-%y")  # fmt: skip
_ERA = re.compile(r"(?:民國|民国)\s*(\d{1,3})年(\d{1,2})月(\d{1,2})日")  # years of the Republic of China
_ERA_BEGINS = 1911
_FIRST, _LAST = 1000, 2999  # outside lie years that stand for none: 0000, 0001, 9999
_MAX_LENGTH = 100


def read_date(text: str) -> date | None:
    """Return the date in `text`; without a day the first of the month, without a month of January."""
    text = text.strip()
    if not text or len(text) > _MAX_LENGTH:
        return None
    if found := _ISO.match(text):
        return _date(found[1], found[2] or 1, found[3] or 1)
    if found := _YEAR_FIRST.match(text):
        return _date(found[1], found[2], found[3] or 1)
    if found := _ERA.match(text):
        return _date(int(found[1]) + _ERA_BEGINS, found[2], found[3])
    if found := _NUMBERS.match(text):
        return _day_and_month(found)
    if re.fullmatch(r"\d{9,10}|\d{12,13}", text):  # seconds or milliseconds since 1970
        return datetime.fromtimestamp(int(text) / (1 if len(text) < 11 else 1000), UTC).date()
    return _worded(text)


def read_period(text: str) -> tuple[date | None, date | None]:
    """Return both ends of a period such as ``2013-01-01/2013-12-31`` or ``1980/2013``; None where it is open."""
    begin, slash, end = text.strip().partition("/")
    if not slash:
        begin, _, end = text.strip().partition(" to ")
    return read_date(begin), last_date(end)


def last_date(text: str) -> date | None:
    """Return the last day of a date, month or year."""
    text = text.strip()
    found = read_date(text)
    if found is None:
        return None
    if re.fullmatch(r"\d{4}", text):
        return found.replace(month=12, day=31)
    if re.fullmatch(r"\d{4}-\d\d", text):
        following = found.replace(year=found.year + found.month // 12, month=found.month % 12 + 1)
        return date.fromordinal(following.toordinal() - 1)
    return found


def _date(year: str | int, month: str | int, day: str | int) -> date | None:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return found if _FIRST <= found.year <= _LAST else None


def _day_and_month(found: re.Match[str]) -> date | None:
    """Return the date of ``13/04/2018``; with points the day comes first, else what could be either is none."""
    first, second = int(found[1]), int(found[3])
    if found[2] == "." or first > 12 or first == second:
        return _date(found[4], second, first)
    return _date(found[4], first, second) if second > 12 else None


def _worded(text: str) -> date | None:
    for form in _WORDED:
        try:
            found = datetime.strptime(text, form)
        except ValueError:
            continue
        return _date(found.year, found.month, found.day)
    return None
