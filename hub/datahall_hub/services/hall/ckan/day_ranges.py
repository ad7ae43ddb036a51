"""Solr's ranges of dates as spans of days, which is how exactly datasets say when they changed.

A time of day counts as its whole day, at either end: who asks for what changed since noon gets the day's changes again,
and misses none. ``NOW``, ``NOW-7DAYS``, ``NOW/DAY`` and ``*`` are understood.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from datahall_hub.services.hall.ckan.faults import Invalid
from datahall_hub.services.hall.wording import N_

_SPAN = re.compile(r"[\[{]\s*(\S+)\s+TO\s+(\S+?)\s*[\]}]")
_NOW = re.compile(r"NOW(?:/DAY)?(?:([+-])(\d{1,6})(DAY|MONTH|YEAR)S?)?(?:/DAY)?")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?")
_DAYS = {"DAY": 1.0, "MONTH": 30.4375, "YEAR": 365.25}


def read_days(text: str, *, parameter: str, today: date | None = None) -> str:
    """Return the span of days that ``[from TO to]`` means, as our search reads it: ``2024-01-01..2024-12-31``."""
    found = _SPAN.fullmatch(text)
    try:
        if found is None:
            raise ValueError(text)
        return "..".join(_read_day(end, today=today or datetime.now(UTC).date()) for end in found.groups())
    except (ValueError, OverflowError) as error:
        raise Invalid(
            parameter,
            N_("{name}: “{span}” is no range of dates; one is {example}."),
            name=parameter,
            span=text[:60],
            example="[2024-01-01T00:00:00Z TO NOW]",
        ) from error


def _read_day(text: str, *, today: date) -> str:
    """Return a day, or nothing for an open end."""
    if text == "*":
        return ""
    if moment := _MOMENT.fullmatch(text.strip('"')):
        return date.fromisoformat(moment[1]).isoformat()
    now = _NOW.fullmatch(text)
    if now is None:
        raise ValueError(text)
    sign, number, unit = now.groups()
    days = round(int(number or 0) * _DAYS.get(unit, 0.0))
    return (today - timedelta(days) if sign == "-" else today + timedelta(days)).isoformat()
