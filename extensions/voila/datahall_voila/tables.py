"""Tables that can be read: named columns, numbers below each other, a caption, and a way to the columns off screen."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .words import say

MOST_ROWS = 50  # what somebody reads; more make the page heavy for phones
NOTHING = "–"


@dataclass(frozen=True)
class Table:
    """A drawn table: HTML whose cells are escaped."""

    html: str


def draw_table(frame: Any, *, caption: str, columns: Mapping[str, str], most: int = MOST_ROWS) -> Table:
    """Draw the first rows of a frame.

    Parameters
    ----------
    frame
        A polars frame.
    caption
        What the table shows, with its units, for everybody and for screen readers.
    columns
        The columns drawn and their titles; the first one names its row.
    most
        More rows than these are not drawn, and the caption says so.

    Raises
    ------
    KeyError
        If the frame has no such column.
    """
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise KeyError(f"The frame has no column {missing[0]!r}; it has {', '.join(frame.columns)}.")
    shown = frame.select(list(columns)).head(most)
    is_number = [dtype.is_numeric() for dtype in shown.dtypes]
    if frame.height > most:
        caption = say(
            en=f"{caption} The first {most} of {frame.height:,} rows.",
            zh=f"{caption}（共 {frame.height:,} 行，此处为前 {most} 行。）",
        )
    head = "".join(
        f'<th scope="col"{_class(number)}>{html.escape(title)}</th>'
        for title, number in zip(columns.values(), is_number, strict=True)
    )
    rows = "".join(f"<tr>{_row(values, is_number=is_number)}</tr>" for values in shown.iter_rows())
    label = html.escape(caption, quote=True)
    return Table(
        f'<div class="app-table" role="region" tabindex="0" aria-label="{label}"><table>'
        f"<caption>{html.escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def format_cell(value: Any) -> str:
    """Return a value as people read it: thousands apart, at most two decimals, a dash for what is missing."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return NOTHING
    if isinstance(value, bool):
        return say(en="yes", zh="是") if value else say(en="no", zh="否")
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.2f}".rstrip("0").rstrip(".")
    return str(value)


def _row(values: tuple[Any, ...], *, is_number: list[bool]) -> str:
    first, *others = (html.escape(format_cell(value)) for value in values)
    cells = [f'<th scope="row"{_class(is_number[0])}>{first}</th>']
    cells += [f"<td{_class(number)}>{text}</td>" for text, number in zip(others, is_number[1:], strict=True)]
    return "".join(cells)


def _class(is_number: bool) -> str:
    return ' class="number"' if is_number else ""
