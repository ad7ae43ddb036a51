"""The values of charts as tables. Pure: what comes in is escaped."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

_ROW = Markup('<tr><th scope="row">{}</th>{}</tr>')
_VALUE = Markup('<td class="number">{}</td>')
_TABLE = Markup('<table class="{}"><thead{}><tr>{}</tr></thead><tbody>{}</tbody></table>')


def draw_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    """Return a table of numbers; each row begins with where they stand."""
    first, *others = head
    columns = Markup('<th scope="col">{}</th>').format(first)
    columns += Markup().join(Markup('<th scope="col" class="number">{}</th>').format(name) for name in others)
    lines = (_ROW.format(where, Markup().join(_VALUE.format(value) for value in values)) for where, *values in rows)
    return _TABLE.format("values", "", columns, Markup().join(lines))


def draw_bar_table(head: Sequence[str], rows: Sequence[tuple[str, str]], bars: Sequence[Markup]) -> Markup:
    """Return a table with a bar before each number; its head is for those who do not see it."""
    columns = Markup().join(Markup('<th scope="col">{}</th>').format(name) for name in head)
    cell = Markup('<td><div><span>{}</span><span class="number">{}</span></div></td>')
    lines = (_ROW.format(where, cell.format(bar, value)) for (where, value), bar in zip(rows, bars, strict=True))
    return _TABLE.format("bars", Markup(' class="visually-hidden"'), columns, Markup().join(lines))
