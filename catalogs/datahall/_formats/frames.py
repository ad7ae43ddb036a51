"""Put a raw table, as a card's source describes it, into frames of text, some thousand rows at a time.

What the header is follows the source (`skip_rows`, `header_rows`, `columns`) where the format states none.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from itertools import islice
from typing import Any, TypeVar

import polars as pl

from .._adding.raw_tables import RawRow, RawTable
from ..card import CardField, Source
from ..errors import N_
from .headers import check_header_cells, distinct_names, join_header_rows
from .source_file import MAX_COLUMNS, SourceFile

_Row = TypeVar("_Row")

BATCH_ROWS = 50_000  # that are Python objects at one time …
BATCH_CHARACTERS = 1 << 25  # … unless their cells are many or long: shapes on a map take megabytes each
_CELL = 8  # characters that every cell counts for, since an empty one takes room, too


def build_frames(
    table: RawTable, *, file: SourceFile, source: Source, fields: Sequence[CardField], place: str
) -> Iterator[pl.DataFrame]:
    """Yield the rows of `table` as text, at least one frame, and in the column `place` where in the file each is."""
    rows: Iterator[RawRow] = _without_last(table.read_rows(), count=source.skip_footer)
    above = islice(rows, source.skip_rows)
    check_header_cells((row.cells for row in above), source=source)
    deque(above, maxlen=0)  # passes over those that nobody had to look at
    names = _find_names(table, rows=rows, source=source)
    if len(names) > MAX_COLUMNS:
        raise file.refuse(form=source.format, reason=N_("it has more columns than a table may have"))
    writers = _Writers(fields, nulls=source.null_values)
    if table.header is not None:
        rows = _check_widths(rows, width=len(names), file=file)
    lines = (_write_row(row, names=names, writers=writers, file=file) for row in rows if _has_cells(row))
    schema = {place: pl.Int64, **dict.fromkeys(names, pl.String)}
    for batch in cut_batches(lines, size=count_characters):
        yield pl.DataFrame(batch, schema=schema, orient="row")


def cut_batches(rows: Iterable[_Row], *, size: Callable[[_Row], int]) -> Iterator[list[_Row]]:
    """Yield `rows` in lists that are bounded in number and in the sum of their sizes; one empty list where none are."""
    batch: list[_Row] = []
    is_first, free = True, BATCH_CHARACTERS
    for row in rows:
        batch.append(row)
        free -= size(row)
        if len(batch) >= BATCH_ROWS or free <= 0:
            yield batch
            batch, is_first, free = [], False, BATCH_CHARACTERS
    if batch or is_first:
        yield batch


def count_characters(cells: Sequence[Any]) -> int:
    """Return the size of a row of texts, which numbers of rows hardly add to."""
    return _CELL * len(cells) + sum(len(cell) for cell in cells if isinstance(cell, str))


def _without_last(rows: Iterator[RawRow], *, count: int) -> Iterator[RawRow]:
    held: deque[RawRow] = deque()
    for row in rows:
        held.append(row)
        if len(held) > count:
            yield held.popleft()


def _find_names(table: RawTable, *, rows: Iterator[RawRow], source: Source) -> list[str]:
    if table.header is not None:
        return distinct_names(source.columns or table.header)
    header = [row.cells for row in islice(rows, source.header_rows if source.header else 0)]
    if source.columns is not None:
        return distinct_names(source.columns)
    if source.header:
        return distinct_names(join_header_rows(header))
    return distinct_names([""] * max((len(row.cells) for row in table.read_rows()), default=0))


def _check_widths(rows: Iterator[RawRow], *, width: int, file: SourceFile) -> Iterator[RawRow]:
    """Refuse rows that are shorter than a header which the format itself states; a sheet's may end early."""
    for row in rows:
        if len(row.cells) < width:
            raise file.refuse_line(row.line, reason=N_("it has fewer cells than the header has names"))
        yield row


def _has_cells(row: RawRow) -> bool:
    return any(cell is not None and cell != "" for cell in row.cells)


def _write_row(row: RawRow, *, names: Sequence[str], writers: _Writers, file: SourceFile) -> list[Any]:
    surplus = [cell for cell in row.cells[len(names) :] if cell is not None and cell != ""]
    if surplus:
        raise file.refuse_line(row.line, reason=N_("it has more cells than the header has names"))
    cells = [writers.write(cell, name=name) for cell, name in zip(row.cells, names, strict=False)]
    return [row.line, *cells, *[None] * (len(names) - len(cells))]


class _Writers:
    """How cells are written, so that casting to a card's fields reads them again."""

    def __init__(self, fields: Sequence[CardField], *, nulls: Sequence[str]) -> None:
        self._fields: Mapping[str, CardField] = {field.source_column: field for field in fields}
        self._nulls = frozenset(nulls)

    def write(self, cell: Any, *, name: str) -> str | None:
        """Return `cell` as the text that a CSV file would hold."""
        text: str | None
        if isinstance(cell, bool):
            text = "true" if cell else "false"
        elif isinstance(cell, float):
            text = _write_number(cell, field=self._fields.get(name))
        elif isinstance(cell, date):
            text = _write_moment(cell, field=self._fields.get(name))
        else:
            text = None if cell is None else str(cell)
        return None if text in self._nulls else text


def _write_number(number: float, *, field: CardField | None) -> str:
    """Return a number with the field's decimal mark; a point would else be taken for a mark between thousands."""
    if number.is_integer() and abs(number) < 1 << 53:
        return str(int(number))
    mark = field.decimal if field and field.type == "number" else "."
    return repr(number).replace(".", mark)


def _write_moment(moment: date, *, field: CardField | None) -> str:
    """Return a day or a moment as the field's own form says, so long as nothing of it is lost."""
    kind = field.type if field else "string"
    form = field.format if field else None
    if isinstance(moment, datetime):
        if kind == "date" and moment.time() == time():
            return moment.strftime(form or "%Y-%m-%d")
        return _format_instant(moment, form=form) if kind == "datetime" and form else moment.isoformat()
    if kind == "datetime":
        return datetime(moment.year, moment.month, moment.day).strftime(form or "%Y-%m-%dT%H:%M:%S")
    return moment.strftime(form) if kind == "date" and form else moment.isoformat()


def _format_instant(moment: datetime, *, form: str) -> str:
    """Return `moment` in the form that polars reads; it knows directives of its own for fractions and offsets."""
    if not re.search(r"%[.:#\d]|%f", form):
        return moment.strftime(form)
    return str(pl.Series([moment]).dt.to_string(form)[0])
