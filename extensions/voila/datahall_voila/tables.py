"""Tables that can be read: named columns, numbers below each other, a caption, and a way to what is off screen.

What is wider than the page scrolls, with a shadow where it is cut; of many rows a phone shows the first ones, until
somebody asks for the others. Both are done by the page's style sheet, so that they work in stills, too.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .words import count_letters, say

MOST_ROWS = 50  # what somebody reads; more make the page heavy for phones
FEW_ROWS = 5  # what a phone shows first; static/app.css counts to it, too
MOST_DECIMALS = 2
SHORT = 16  # letters: a column whose values are no longer keeps each of them on one line
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
    cells = [_format_column(shown[name]) for name in shown.columns]
    classes = [_class(is_number=shown[name].dtype.is_numeric(), texts=texts)
               for name, texts in zip(shown.columns, cells, strict=True)]  # fmt: skip
    if frame.height > most:
        caption = say(
            en=f"{caption} The first {most} of {frame.height:,} rows.",
            zh=f"{caption}（共 {frame.height:,} 行，此处为前 {most} 行。）",
        )
    head = "".join(
        f'<th scope="col"{kind}>{html.escape(title)}</th>'
        for title, kind in zip(columns.values(), classes, strict=True)
    )
    rows = "".join(f"<tr>{_row(texts, classes=classes)}</tr>" for texts in zip(*cells, strict=True))
    label = html.escape(caption, quote=True)
    return Table(
        f'<div class="app-rows"><div class="app-table" role="region" tabindex="0" aria-label="{label}"><table>'
        f"<caption><span>{html.escape(caption)}</span></caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
        f"</table></div>{_more(shown.height)}</div>"
    )


def format_cell(value: Any, *, decimals: int | None = None) -> str:
    """Return a value as people read it: thousands apart, at most two decimals, a dash for what is missing.

    With `decimals` a number has just so many, as the others of its column.
    """
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return NOTHING
    if isinstance(value, bool):
        return say(en="yes", zh="是") if value else say(en="no", zh="否")
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:z,.{find_decimals([value]) if decimals is None else decimals}f}"
    return str(value)


def find_decimals(values: Iterable[float | None]) -> int:
    """Return how many decimals show all of some numbers alike: as many as one needs, at most two; of thousands none."""
    known = [abs(value) for value in values if value is not None and math.isfinite(value)]
    if not known or (max(known) >= 1000 and min(value for value in known if value) >= 1):
        return 0
    written = [f"{value:.{MOST_DECIMALS}f}".rstrip("0").partition(".")[2] for value in known]
    return max(len(decimals) for decimals in written)


def _format_column(column: Any) -> list[str]:
    decimals = find_decimals(column) if column.dtype.is_float() else None
    return [format_cell(value, decimals=decimals) for value in column]


def _row(texts: tuple[str, ...], *, classes: list[str]) -> str:
    first, *others = (html.escape(text) for text in texts)
    cells = [f'<th scope="row"{classes[0]}>{first}</th>']
    cells += [f"<td{kind}>{text}</td>" for text, kind in zip(others, classes[1:], strict=True)]
    return "".join(cells)


def _class(*, is_number: bool, texts: list[str]) -> str:
    if is_number:
        return ' class="number"'
    return ' class="short"' if all(count_letters(text) <= SHORT for text in texts) else ""


def _more(count: int) -> str:
    """Return what a phone shows below the first rows; wide screens have all of them and do not show it."""
    if count <= FEW_ROWS + 1:  # one row more takes no more room than this
        return ""
    more, less = say(en=f"Show all {count} rows", zh=f"显示全部 {count} 行"), say(en="Show fewer", zh="收起")
    return f'<details class="app-more"><summary><span>{more}</span><span>{less}</span></summary></details>'
