"""How a list of joins shows itself: as a table in a notebook, in both languages, and as lines elsewhere."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from ._cards import load_shelf
from ._markup import frame, languages, table
from ._messages import N_, chosen_language, translate

if TYPE_CHECKING:
    from ._joins import Join, Joins

SHOWN = 50
NO_JOINS = N_("No other dataset is known to fit. More may once they are fetched, since values are compared, too.")
_BASIS = {"meaning": N_("meaning"), "values": N_("values"), "both": N_("meaning and values"), "places": N_("places")}
_NOT_COMPARED = N_("not compared yet")
_ONE, _SEVERAL = N_("one row at most"), N_("several rows")
_RATE = N_("{rate} (between {low} and {high})")
_MORE = N_("and {count} more")


def join_rows(joins: Joins, *, language: str) -> list[tuple[str, ...]]:
    """Return what people are told of each join: dataset, fields, rate of matches, rows found, reason."""
    return [
        (
            join.other,
            describe_fields(join),
            describe_rate(join, language=language),
            translate(_ONE if join.is_key else _SEVERAL, language=language),
            translate(_BASIS[join.basis], language=language),
        )
        for join in joins
    ]


def describe_fields(join: Join) -> str:
    """Return the fields of a join: ``state = state, year = year``."""
    return ", ".join(f"{left} = {right}" for left, right in ((join.field, join.other_field), *join.also))


def describe_rate(join: Join, *, language: str) -> str:
    """Return the share of rows that find a partner, with its bounds where it is not known for certain."""
    from ._quality.measure import percent

    if join.match_rate is None or join.match_low is None or join.match_high is None:
        return translate(_NOT_COMPARED, language=language)
    rate, low, high = (percent(value) for value in (join.match_rate, join.match_low, join.match_high))
    return rate if low == high else translate(_RATE, language=language, rate=rate, low=low, high=high)


def join_lines(joins: Joins) -> list[str]:
    """Return a line for each join in the reader's language."""
    language = chosen_language()
    if not joins:
        return [translate(NO_JOINS, language=language)]
    return ["  ".join(row) for row in join_rows(joins, language=language)]


def joins_html(joins: Joins) -> str:
    """Return a table of joins as HTML, each with the line that does it."""
    first, second = languages()
    if not joins:
        return "".join(f"<p>{escape(translate(NO_JOINS, language=each))}</p>" for each in (first, second))
    cards = load_shelf().cards
    rows = []
    for join, (other, fields, rate, found, basis) in zip(
        joins[:SHOWN], join_rows(joins[:SHOWN], language=first), strict=True
    ):
        title = f"{escape(cards[other].card.title[first])}<br>" if other in cards else ""
        code = f"<details><summary><code>{escape(fields)}</code></summary><pre>{escape(join.code)}</pre></details>"
        rows.append((f"{title}<code>{escape(other)}</code>", code, escape(rate), escape(found), escape(basis)))
    header = (N_("dataset"), N_("joined on"), N_("rows that find a partner"), N_("each finds"), N_("known by"))
    more = len(joins) - SHOWN
    rest = f'<p class="muted">{escape(translate(_MORE, language=first, count=f"{more:,}"))}</p>' if more > 0 else ""
    return frame(table(header, rows), rest)
