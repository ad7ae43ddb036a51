"""Raw batches: the rows of a raw table as frames of text, some thousand at a time, for the same checks as text files.

Cells of formats with types are written as the card's reader writes them: whole numbers without ``.0``, days and
moments in ISO 8601, truth as ``true`` and ``false``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice

import polars as pl

from .batches import Batch, drop_blank
from .raw_tables import RawRow, RawTable
from .stacked_tables import split_tables
from .table_edges import Edges, find_edges
from .text_tables import HEAD_ROWS

_ROWS = 20_000  # that are Python objects at one time
_TAIL_ROWS = 200


@dataclass(frozen=True)
class RawParts:
    """Where a raw table's parts lie; rows are counted as the reader gives them, blank ones included."""

    edges: Edges
    sample: tuple[RawRow, ...]
    skip_rows: int
    skip_footer: int
    rows: int | None  # of all kinds; None where every row is data, however many there are


def write_cell(cell: object) -> str | None:
    """Return a cell as the text that a CSV file would hold; None where nothing stands."""
    if type(cell) is str:  # most of them are
        return cell or None
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1 << 53 else repr(cell)
    return cell.isoformat() if isinstance(cell, date) else str(cell)  # a datetime is a date


def find_raw_parts(table: RawTable) -> list[RawParts]:
    """Return the parts of a raw table, of several where they stand one below the other.

    Edges are looked for only where the format states no header.
    """
    if table.header is not None:
        head = list(islice(_written(table.read_rows()), HEAD_ROWS))
        return [RawParts(_stated_edges(table.header, head=head), tuple(head), 0, 0, None)]
    head = []
    tail: deque[RawRow] = deque(maxlen=_TAIL_ROWS)
    rows = 0
    for row in _written(table.read_rows()):
        rows += 1
        head += [row] if len(head) < HEAD_ROWS else []
        tail.append(row)
    if rows <= len(head):
        return list(_describe_whole(split_tables(head) or [[]], rows=rows))
    edges = find_edges(head, list(tail), next_line=rows + 1, has_trimmed_rows=True)
    sample = head[edges.first_data :]
    return [RawParts(edges, tuple(sample), edges.first_data if sample else rows, len(edges.footnotes), rows)]


def _describe_whole(tables: list[list[RawRow]], *, rows: int) -> Iterator[RawParts]:
    """Yield the parts of tables of which all rows are at hand."""
    begin = 0
    for table in tables:
        end = begin + len(table)
        edges = find_edges(table, table, next_line=end + 1, has_trimmed_rows=True)
        last = len(table) - len(edges.footnotes)
        sample = tuple(table[edges.first_data : last])
        yield RawParts(edges, sample, begin + edges.first_data if sample else end, rows - begin - last, rows)
        begin = end


def _written(rows: Iterator[RawRow]) -> Iterator[RawRow]:
    return (RawRow(row.line, tuple(write_cell(cell) for cell in row.cells)) for row in rows)


def _stated_edges(header: tuple[str, ...], *, head: list[RawRow]) -> Edges:
    return Edges(
        names=header,
        has_header=True,
        titles=(),
        header=(),
        begin=head[0].line if head else 1,
        first_data=0,
        first_line=head[0].line if head else 1,
        footnotes=(),
        width=len(header),
    )


def read_raw_batches(table: RawTable, *, parts: RawParts) -> Iterator[Batch]:
    """Yield the data rows; short ones are filled up without a word, since sheets end a row at its last cell."""
    end = parts.rows - parts.skip_footer if parts.rows is not None else None
    rows = islice(_written(table.read_rows()), parts.skip_rows, end)
    width = max(1, parts.edges.width)
    while batch := list(islice(rows, _ROWS)):
        regular = [row for row in batch if len(row.cells) <= width]
        long = [row for row in batch if len(row.cells) > width]
        if regular:
            yield drop_blank(*_frame(regular, width=width))
        if long:
            widest = max(len(row.cells) for row in long)
            yield Batch(*_frame(long, width=widest), lengths=tuple(len(row.cells) for row in long))


def _frame(rows: list[RawRow], *, width: int) -> tuple[pl.DataFrame, pl.Series]:
    filled = [(*row.cells, *[None] * (width - len(row.cells))) for row in rows]
    schema = {str(column): pl.String for column in range(width)}
    frame = pl.DataFrame(filled, schema=schema, orient="row")
    return frame, pl.Series([row.line for row in rows], dtype=pl.Int64)
