"""Date forms: how people write days and moments, and which of the forms a column mixes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from .._casting import has_offset
from .._dates import EXCEL
from ..card import CardField
from .fitting import ENOUGH, make_reading, read_values

_DATES = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y-%m", "%Y/%m", "%Y.%m", "%Y年%m月", "%Y%m%d"),
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
_MOST_FORMS = 6  # of one column, besides Excel's serials
_FAR = 30  # years before the first or after the last written date in which a serial number is none any more


def date_readings(values: Sequence[str], *, share: float = ENOUGH) -> Iterator[CardField]:
    """Yield the reading of dates or times that mixes as few forms as fit a `share` of `values`.

    Figures are Excel's serials only beside dates that are written out.
    """
    text = pl.Series(list(values), dtype=pl.String)
    for kind, forms in (("date", _DATES), ("datetime", _TIMES)):
        fits = {form: read_values(text, reading=make_reading(type=kind, format=form)).is_not_null() for form in forms}
        chosen: list[str] = []
        covered = pl.Series([False] * len(text))
        while len(chosen) < _MOST_FORMS:
            best = max(fits, key=lambda form: (fits[form] & ~covered).sum())
            if not (fits[best] & ~covered).any():
                break
            if not any(are_rivals(best, form) or has_offset(best) != has_offset(form) for form in chosen):
                chosen.append(best)
                covered = covered | fits[best]
            del fits[best]
        if chosen and kind == "date" and not covered.all():
            serials = _find_serials(text, covered=covered, forms=chosen)
            chosen += [EXCEL] if serials.any() else []
            covered = covered | serials
        if chosen and (covered.sum() or 0) >= share * len(text):
            yield make_reading(type=kind, format=chosen[0], other_formats=tuple(chosen[1:]))


def _find_serials(text: pl.Series, *, covered: pl.Series, forms: Sequence[str]) -> pl.Series:
    """Say which of the values that are not `covered` are serials of days near the written dates."""
    first, *others = forms
    written = read_values(
        text.filter(covered), reading=make_reading(type="date", format=first, other_formats=tuple(others))
    )
    years = written.dt.year()
    found = read_values(text, reading=make_reading(type="date", format=EXCEL)).dt.year()
    near = found.is_between(years.min() - _FAR, years.max() + _FAR)  # type: ignore[operator]
    return near.fill_null(False) & ~covered


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
