"""The names of columns: one from several header rows, and no two alike."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from ..card import Source
from ..errors import N_, UnreadableSource

JOINER = " / "  # between the parts of a name that stand in rows above each other


def join_header_rows(rows: Sequence[Sequence[object]]) -> list[str]:
    """Return one name for each column: its parts from top to bottom, each once; "" where there are none.

    A part that reaches over several columns is written in the first of them only, unless it is filled
    already: it counts for the empty ones behind it that have a part below.
    """
    filled = [_fill_right(row, below=rows[number + 1 :]) for number, row in enumerate(rows)]
    columns = zip_longest(*filled, fillvalue="")
    return [JOINER.join(part for part in dict.fromkeys(parts) if part) for parts in columns]


def distinct_names(names: Sequence[str]) -> list[str]:
    """Return `names`, with a number behind those that occur again; empty ones are called ``column_<n>``."""
    result: dict[str, None] = {}
    counts: dict[str, int] = {}
    for position, written in enumerate(names, start=1):
        name = written or f"column_{position}"
        candidate = name
        while candidate in result:
            counts[name] = counts.get(name, 1) + 1
            candidate = f"{name}_{counts[name]}"
        result[candidate] = None
    return list(result)


def tidy_cells(cells: Sequence[object]) -> tuple[str, ...]:
    """Return a row as texts on one line each, without the empty ones at its end."""
    texts = ["" if cell is None else " ".join(str(cell).split()) for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    return tuple(texts)


def last_lines(rows: Iterable[Sequence[object]], *, count: int) -> tuple[tuple[str, ...], ...]:
    """Return the last `count` of `rows` in which anything stands."""
    filled: deque[tuple[str, ...]] = deque(maxlen=count)
    filled.extend(row for row in map(tidy_cells, rows) if row)
    return tuple(filled)


def check_header_cells(above: Iterable[Sequence[object]], *, source: Source) -> None:
    """Refuse a file, whose columns are known by their position, where other names stand above them."""
    if not source.header_cells:
        return
    found = last_lines(above, count=len(source.header_cells))
    expected = tuple(map(tidy_cells, source.header_cells))
    for one, other in zip_longest(expected, found, fillvalue=()):
        if one == other:
            continue
        position, (wanted, present) = next(
            (n, pair) for n, pair in enumerate(zip_longest(one, other, fillvalue=""), 1) if pair[0] != pair[1]
        )
        raise UnreadableSource(
            N_("{source}: the header of column {position} is {present}, where the card expects {wanted}."),
            code="other-header",
            source=source.name,
            position=position,
            present=repr(present[:80]),
            wanted=repr(wanted[:80]),
            hint=N_("Put the columns in the card's order, or change `columns` and `header_cells` in the card."),
        )


def _fill_right(row: Sequence[object], *, below: Sequence[Sequence[object]]) -> list[str]:
    """Return `row` as text, with empty cells as their left neighbour where a lower row has a part."""
    texts = ["" if cell is None else " ".join(str(cell).split()) for cell in row]
    width = max(map(len, [texts, *below]), default=0) if below else len(texts)
    texts += [""] * (width - len(texts))
    for column in range(1, width):
        has_part = any(column < len(lower) and lower[column] not in (None, "") for lower in below)
        if not texts[column] and has_part:
            texts[column] = texts[column - 1]
    return texts
