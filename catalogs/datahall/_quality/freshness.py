"""How late the data is against the frequency that its card states: judged when shown, since every day changes it."""

from __future__ import annotations

from datetime import date, timedelta

from pydantic import TypeAdapter, ValidationError

from .._messages import N_
from ..card import Card
from .measure import Measure, ratio, say_in_both

PERIODS_ALLOWED = 2  # a period must end, and its numbers be made and published, before they can be here


def measure_freshness(card: Card, *, today: date, version: str | None = None) -> Measure:
    """Judge the date of the content: 1 within two periods, then less in proportion (four periods late: a half).

    The card says it, or where data arrives, the `version`, of which there is one a day.
    """
    written = (version or "0000")[:10] if card.stream is not None else card.version_date()
    if written.startswith("0000"):
        return _unjudged(
            reason=N_("Neither a date of change nor an end of the time covered is stated."),
            advice=N_("State modified, or the end of temporal."),
        )
    if card.synthetic and card.stream is None:
        return _unjudged(reason=N_("The data is made up, so that nothing in it can be late."), advice=None)
    if card.frequency == "never":
        return _unjudged(reason=N_("The data is complete and is not renewed."), advice=None)
    period = _length(card.frequency)
    if period is None:
        return _unjudged(
            reason=N_("The data is renewed irregularly, so that nothing says when it is late."),
            advice=N_("State a frequency, if the publisher keeps one."),
        )
    age = max(0, (today - date.fromisoformat(written)).days)
    allowed = max(1 if card.stream is None else 2, (PERIODS_ALLOWED * period).days)
    values = {"date": written, "age": age, "allowed": allowed}
    if age <= allowed:
        reason = say_in_both(
            N_("The data ends, or was changed, on {date}: {age} days ago; up to {allowed} fit its frequency."), **values
        )
        return Measure(id="freshness", score=1.0, count=age, of=allowed, reason=reason)
    return Measure(
        id="freshness",
        score=ratio(allowed, age),
        count=age,
        of=allowed,
        reason=say_in_both(
            N_("The data ends, or was changed, on {date}: {age} days ago; its frequency allows {allowed}."), **values
        ),
        advice=say_in_both(N_("Fetch the newest edition. If none will follow, the card's frequency is: never.")),
    )


def _unjudged(*, reason: str, advice: str | None) -> Measure:
    told = say_in_both(advice) if advice else None
    return Measure(id="freshness", score=None, count=0, of=0, reason=say_in_both(reason), advice=told)


def _length(frequency: str) -> timedelta | None:
    """Return the length of an ISO 8601 duration (a month counts 30 days, a year 365); None for a word."""
    try:
        return TypeAdapter(timedelta).validate_python(frequency)
    except ValidationError:
        return None
