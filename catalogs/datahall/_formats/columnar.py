"""Read Parquet files, some thousand rows at a time. Nested values become JSON text, bytes become base64."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .._adding.raw_tables import RawRow, RawTable
from ..errors import N_
from .cells import plain_cell
from .source_file import MAX_CELLS, MAX_COLUMNS, SourceFile

_BATCH = 4_096  # rows; few, since one value may be large
_MAX_UNPACKED = 64 << 30  # bytes that the file's own footer may announce


def read_columns(file: SourceFile) -> RawTable:
    """Return the table of a Parquet file; its columns have names."""
    with _open(file) as parquet:
        header = tuple(parquet.schema_arrow.names)
    return RawTable(name="", read_rows=lambda: _rows(file), header=header, source={"format": "parquet"})


def _rows(file: SourceFile) -> Iterator[RawRow]:
    number = 0
    with _open(file) as parquet:
        batches = parquet.iter_batches(batch_size=_BATCH, use_threads=False)
        while batch := _next_batch(batches, file=file, row=number + 1):
            for cells in zip(*(_cells(column) for column in batch.columns), strict=True):
                number += 1
                yield RawRow(number, cells)


def _next_batch(batches: Iterator[Any], *, file: SourceFile, row: int) -> Any:
    try:
        return next(batches, None)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise file.refuse_record(row, reason=error) from error


def _cells(column: Any) -> list[Any]:
    """Return a column's values as raw rows hold them; nanoseconds, which Python has not, as text."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        try:
            column = column.cast(pa.timestamp("us", tz=column.type.tz))
        except pa.ArrowInvalid:
            column = pc.strftime(column, format="%Y-%m-%dT%H:%M:%S")
    elif pa.types.is_temporal(column.type) and not pa.types.is_timestamp(column.type):
        column = column if pa.types.is_date(column.type) else column.cast(pa.string())
    return [plain_cell(value) for value in column.to_pylist()]


@contextmanager
def _open(file: SourceFile) -> Iterator[Any]:
    try:
        parquet = pq.ParquetFile(file.path, memory_map=False, arrow_extensions_enabled=False)
        metadata = parquet.metadata
        announced = sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise file.refuse(form="parquet", reason=error) from error
    with parquet:
        is_huge = announced > _MAX_UNPACKED or metadata.num_rows * metadata.num_columns > MAX_CELLS * 10
        if is_huge or metadata.num_columns > MAX_COLUMNS:
            raise file.refuse(form="parquet", reason=N_("it has more cells than a table may have"))
        yield parquet


def describe_columns(file: SourceFile) -> list[tuple[str, str]]:
    """Return the columns whose values are written otherwise than they are: ``bytes`` and ``nested`` ones."""
    with _open(file) as parquet:
        found = [(column.name, _kind(column.type)) for column in parquet.schema_arrow]
    return [(name, kind) for name, kind in found if kind]


def _kind(kind: Any) -> str:
    if pa.types.is_nested(kind):
        return "nested"
    is_bytes = pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
    return "bytes" if is_bytes else ""
