"""Read delimited text, some megabytes at a time, into frames of text with the names that its header states."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.csv

from .._reader_words import explain_reader
from .._repeated_header import is_repeated, repeats_names
from .._text_files import Utf8Stream
from ..card import Source
from ..errors import N_, UnreadableSource
from .frames import count_characters, cut_batches
from .headers import check_header_cells, distinct_names

TEXT_FORMATS = ("csv", "tsv")  # what pyarrow's parser reads
BLOCK_BYTES = 1 << 24  # of text at a time, and the longest row that is read: some GeoJSON cells take megabytes
CELLS = 1 << 20  # that are looked at together: of empty ones a block holds millions


def read_delimited(file: Path, *, source: Source, place: str) -> Iterator[pl.DataFrame]:
    """Yield the rows of `file`, at least one frame, and in the column `place` the number of each row, from 0."""
    seen = 0
    for frame in _read_text(file, source=source):
        numbers = pl.int_range(seen, seen + frame.height, dtype=pl.Int64, eager=True).alias(place)
        yield frame.with_columns(numbers)
        seen += frame.height


def _read_text(file: Path, *, source: Source) -> Iterator[pl.DataFrame]:
    names: list[str] = []
    is_empty = True
    try:
        names, header_lines = _read_header(file, source=source)
        read = _read_ragged if source.ragged else _read_even
        for frame in read(file, source=source, names=names, header_lines=header_lines):
            frame = _drop_empty(frame) if source.skip_empty else frame
            yield _drop_names(frame) if source.skip_repeated_header else frame
            is_empty = False
    except (pa.ArrowInvalid, UnicodeError, LookupError, csv.Error) as error:
        if not str(error).startswith(("Empty CSV file", "Could not skip initial")):  # there is a header, and no more
            raise UnreadableSource(
                N_("{source} does not read as {format} in {encoding}: {reason}."),
                source=source.name,
                format=source.format,
                encoding=source.encoding,
                reason=explain_reader(error, form=source.format),
            ) from error
    if is_empty:
        yield pl.DataFrame(schema=dict.fromkeys(names, pl.String))


def _read_even(file: Path, *, source: Source, names: Sequence[str], header_lines: int) -> Iterator[pl.DataFrame]:
    """Yield the rows of a table whose rows are all as long as its header."""
    with _open_bytes(file, source=source) as stream:
        reader = pyarrow.csv.open_csv(
            stream,
            read_options=pyarrow.csv.ReadOptions(
                use_threads=False,  # row numbers in errors need order
                skip_rows=source.skip_rows + header_lines,
                column_names=names,
                block_size=BLOCK_BYTES,
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=_delimiter(source),
                quote_char=source.quote or False,
                double_quote=source.escape is None,
                escape_char=source.escape or False,
                newlines_in_values=True,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={name: pa.string() for name in names},
                null_values=list(source.null_values),
                strings_can_be_null=True,
            ),
        )
        for batch in reader:
            if batch.num_rows:  # a block of blank lines has none
                frame = pl.from_arrow(batch)
                assert isinstance(frame, pl.DataFrame)
                yield frame


def _drop_empty(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(~pl.all_horizontal(pl.all().is_null()))


def _drop_names(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that do not hold the columns' names again."""
    return frame.filter(~repeats_names({name: name for name in frame.columns}))


def _open_bytes(file: Path, *, source: Source) -> Utf8Stream:
    errors = "backslashreplace" if source.broken_bytes == "escape" else "strict"
    return Utf8Stream(file, encoding=source.encoding, errors=errors, skip_footer=source.skip_footer)


def _open_text(file: Path, *, source: Source) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BufferedReader(_open_bytes(file, source=source)), encoding="utf-8", newline="")


def _read_ragged(file: Path, *, source: Source, names: Sequence[str], header_lines: int) -> Iterator[pl.DataFrame]:
    """Yield the rows of a table whose rows may be shorter than its header; a longer one is an error."""
    with _open_text(file, source=source) as text:
        reader = _rows(text, source=source)
        if header_lines:
            next(reader, None)
        rows = _fill_rows(reader, source=source, width=len(names))
        for batch in cut_batches(rows, size=count_characters):
            yield pl.DataFrame(batch, schema=dict.fromkeys(names, pl.String), orient="row")


def _fill_rows(reader: Any, *, source: Source, width: int) -> Iterator[list[str | None]]:
    nulls = frozenset(source.null_values)
    for cells in reader:
        if not cells or (source.skip_empty and not any(cells)):
            continue
        if len(cells) > width:
            line = source.skip_rows + reader.line_num
            raise csv.Error(f"line {line} has {len(cells)} values, more than the {width} columns")
        yield [None if cell in nulls else cell for cell in cells] + [None] * (width - len(cells))


def _delimiter(source: Source) -> str:
    return source.delimiter or ("\t" if source.format == "tsv" else ",")


def _rows(file: Any, *, source: Source) -> Any:
    """Return a csv.reader at the first line after the skipped ones."""
    for _ in islice(file, source.skip_rows):
        pass
    return _parse(file, source=source)


def read_above(file: Path, *, source: Source) -> Iterator[list[str]]:
    """Yield the cells of the lines that the source's reader passes over before the header or the rows."""
    with _open_text(file, source=source) as text:
        yield from _parse(islice(text, source.skip_rows), source=source)


def _parse(lines: Iterable[str], *, source: Source) -> Any:
    return csv.reader(
        lines,
        delimiter=_delimiter(source),
        quotechar=source.quote,
        quoting=csv.QUOTE_MINIMAL if source.quote else csv.QUOTE_NONE,
        escapechar=source.escape,
        doublequote=source.escape is None,
    )


def _read_header(file: Path, *, source: Source) -> tuple[list[str], int]:
    """Return the columns' names, and how many lines the header takes."""
    with _open_text(file, source=source) as text:
        reader = _rows(text, source=source)
        first = next(reader, None)
        lines = reader.line_num
    if first is None:
        raise csv.Error("the file is empty")
    check_header_cells(read_above(file, source=source), source=source)
    if source.columns is not None:
        return list(source.columns), lines if source.header else 0
    if not source.header:
        return [f"column_{number}" for number in range(1, len(first) + 1)], 0
    return distinct_names(first), lines


def find_line(file: Path, *, source: Source, row: int) -> int:
    """Return the line on which data row `row` (from 0) begins."""
    with _open_text(file, source=source) as text:
        reader = _rows(text, source=source)
        if source.header:
            next(reader, None)
        seen = -1
        names, _ = _read_header(file, source=source) if source.skip_repeated_header else ([], 0)
        while seen < row:
            start = reader.line_num + 1
            values = next(reader, None)
            if values is None:
                break
            is_row = any(values) if source.skip_empty else bool(values)  # empty lines are no rows
            seen += is_row and not is_repeated(values, names=names)
    return int(source.skip_rows + start)
