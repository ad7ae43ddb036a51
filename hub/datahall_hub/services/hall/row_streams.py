"""The rows of Parquet files as CSV or JSON, piece by piece, so that a large dataset needs little memory.

Dates and durations are written as ISO 8601 has them, lists inside CSV as JSON.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

CHUNK_ROWS = 20_000


def stream_csv(paths: Sequence[Path], *, with_mark: bool = False) -> Iterator[bytes]:
    """Yield the rows of `paths` as CSV: UTF-8, comma, one header line; on request with a byte order mark."""
    if with_mark:
        yield codecs.BOM_UTF8
    for number, frame in enumerate(_frames(paths)):
        yield _with_lists_as_json(frame).write_csv(include_header=number == 0).encode()


def stream_json(paths: Sequence[Path]) -> Iterator[bytes]:
    """Yield the rows of `paths` as one JSON list."""
    yield b"["
    is_first = True
    for frame in _frames(paths):
        rows = frame.write_json()[1:-1]
        if rows:
            yield ("" if is_first else ",\n").encode() + rows.encode()
            is_first = False
    yield b"]\n"


def csv_of(frame: pl.DataFrame, *, with_mark: bool = False) -> bytes:
    """Return a frame that fits into memory as CSV, as `stream_csv` has it."""
    mark = codecs.BOM_UTF8 if with_mark else b""
    return mark + _with_lists_as_json(_with_iso_times(frame)).write_csv().encode()


def json_of(frame: pl.DataFrame) -> bytes:
    """Return a frame that fits into memory as a JSON list of rows."""
    return _with_iso_times(frame).write_json().encode() + b"\n"


def _frames(paths: Sequence[Path]) -> Iterator[pl.DataFrame]:
    """Yield the rows in frames of bounded size, at least one for each file."""
    import polars as pl  # 0.4 s, which the hall's start need not wait
    import pyarrow.parquet as pq

    for path in paths:
        with pq.ParquetFile(path) as file:
            if file.metadata.num_rows == 0:
                yield pl.DataFrame(schema=file.schema_arrow.names)
            for batch in file.iter_batches(batch_size=CHUNK_ROWS):
                yield _with_iso_times(pl.DataFrame(batch))


def _with_iso_times(frame: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    return frame.with_columns(
        pl.col(name).dt.to_string("iso:strict" if isinstance(kind, pl.Datetime) else "iso")
        for name, kind in frame.schema.items()
        if isinstance(kind, pl.Datetime | pl.Duration)
    )


def _with_lists_as_json(frame: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    return frame.with_columns(
        pl.Series(name, [None if value is None else _as_json(value) for value in frame[name]], dtype=pl.String)
        for name, kind in frame.schema.items()
        if isinstance(kind, pl.List)
    )


def _as_json(value: pl.Series) -> str:
    return json.dumps(value.to_list(), ensure_ascii=False)
