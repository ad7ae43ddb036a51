"""Named columns: how a card finds the columns of a table again, by their names wherever that can be said.

By position a later edition with its columns in another order would be mislabelled; where nothing else is possible the
card holds the header's cells, and its reader compares them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from .._formats.headers import distinct_names, join_header_rows, last_lines, tidy_cells
from .drafts import ColumnNames
from .raw_batches import RawParts
from .raw_tables import RawRow, RawTable

_MOST_ROWS = 10  # of a header, as a card may say


def describe_columns(
    table: RawTable, *, parts: RawParts, names: ColumnNames, has_rows: bool
) -> tuple[dict[str, Any], ColumnNames]:
    """Return what a card's source must say about a sheet's columns, and their names as its reader will have them."""
    found = _find_by_name(table, parts=parts, names=names) if has_rows else None
    if found is not None:
        options, names = found
    else:
        options = {"header": False, "columns": list(names.source), "skip_rows": parts.skip_rows}
        above = (row.cells for row in islice(table.read_rows(), parts.skip_rows))
        options |= find_header_cells(above, header=parts.edges.header)
    return options | ({"skip_footer": parts.skip_footer} if parts.skip_footer else {}), names


def _find_by_name(table: RawTable, *, parts: RawParts, names: ColumnNames) -> tuple[dict[str, Any], ColumnNames] | None:
    """Return the same by the header's names; None where the reader would not find the columns by them."""
    header = parts.edges.header
    if not header or len(header) > _MOST_ROWS:
        return None
    rows = list(islice(table.read_rows(), parts.skip_rows))
    begin = next((number for number, row in enumerate(rows) if row.line == header[0].line), None)
    if begin is None:
        return None
    taken, between = rows[begin : begin + len(header)], rows[begin + len(header) :]
    if [row.line for row in taken] != [row.line for row in header] or any(tidy_cells(row.cells) for row in between):
        return None
    read = distinct_names(join_header_rows([row.cells for row in taken]))
    width = len(names.source)
    if len(read) < width:
        return None
    options: dict[str, Any] = {"skip_rows": begin} if begin else {}
    if len(header) > 1:
        options["header_rows"] = len(header)
    if read[width:]:
        options["ignore"] = read[width:]
    return options, replace(names, source=tuple(read[:width]))


def find_header_cells(above: Iterable[Sequence[object]], *, header: Sequence[RawRow]) -> dict[str, Any]:
    """Return the header's cells for a card that knows columns by position, where they stand right above the rows."""
    cells = tuple(tidy_cells(row.cells) for row in header)
    if not cells or last_lines(above, count=len(cells)) != cells:
        return {}
    return {"header_cells": [list(row) for row in cells]}
