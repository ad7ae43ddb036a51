"""Batches: a text table's rows as frames of text, some megabytes at a time, each row with its line.

Rows that are longer or shorter than the table come in batches of their own, filled up, and are told apart.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.csv

from .._formats.source_file import SourceFile
from .._reader_words import explain_reader
from .._repeated_header import repeats_names
from .._text_files import Utf8Stream
from ..errors import N_, UnreadableSource
from .delimiters import LONGEST_ROW, Dialect
from .effort import Effort
from .ragged_rows import RaggedRows

_PATIENCE = 0.02  # seconds that the parser may say nothing before the rows that it passes over are looked at


@dataclass(frozen=True)
class TextTable:
    """Where a table stands in a text file, and how it is written."""

    file: SourceFile
    encoding: str
    errors: str
    dialect: Dialect
    skip_rows: int  # lines before the first data row
    skip_footer: int
    width: int
    repeated: tuple[str, ...] = ()  # the header's names, where rows that hold them again are no rows


@dataclass(frozen=True)
class Batch:
    """Some rows: columns "0", "1", … of text, null where nothing stands; the line on which each row begins."""

    frame: pl.DataFrame
    lines: pl.Series
    lengths: tuple[int, ...] = ()  # of rows that have not the table's width; they are filled up, or wider
    blank: int = 0  # rows in which nothing stands, left out
    is_ragged: bool = False
    repeated: tuple[int, ...] = ()  # lines of rows that held the header again, left out
    has_zeros: bool = True  # whether zero bytes may be in it


def read_batches(table: TextTable, *, effort: Effort) -> Iterator[Batch]:
    """Yield the table's rows without blank ones; a thread reads ahead while the caller works."""
    ragged = RaggedRows(next_row=table.skip_rows + 1)
    stream = _Counted(table, effort=effort)
    names = [str(column) for column in range(table.width)]
    with stream, ThreadPoolExecutor(1) as reader, ragged, _told(table):
        try:
            parts = pyarrow.csv.open_csv(
                stream,
                read_options=pyarrow.csv.ReadOptions(
                    column_names=names,
                    skip_rows=table.skip_rows,
                    block_size=LONGEST_ROW,
                    use_threads=False,  # else rows have no numbers
                ),
                parse_options=_parse_options(table.dialect, ragged=ragged),
                convert_options=pyarrow.csv.ConvertOptions(
                    check_utf8=False,  # the stream has seen to it
                    column_types=dict.fromkeys(names, pa.string()),
                    null_values=[""],
                    strings_can_be_null=True,
                ),
            )
        except pa.ArrowInvalid as error:
            if "Empty CSV" in str(error):
                return
            raise
        for batch in _number(lambda: reader.submit(next, iter(parts), None), ragged=ragged, table=table):
            yield replace(batch, has_zeros=stream.has_zeros)


@contextmanager
def _told(table: TextTable) -> Iterator[None]:
    """Turn what the parser refuses into a sentence."""
    try:
        yield
    except pa.ArrowInvalid as error:
        if "straddling" not in str(error):
            raise UnreadableSource(
                N_("{file} does not read as text: {reason}."),
                file=table.file.name,
                reason=explain_reader(error, form="csv"),
            ) from error
        raise UnreadableSource(
            N_("{file} has a row longer than {limit} bytes."),
            code="too-long-row",
            file=table.file.name,
            limit=LONGEST_ROW,
            hint=N_("Look for a quote that is never closed, or for another delimiter than {delimiter}."),
            delimiter=repr(table.dialect.delimiter),
        ) from error


class _Counted(Utf8Stream):
    """A stream that tells how much was read, and whether zero bytes were in it."""

    def __init__(self, table: TextTable, *, effort: Effort) -> None:
        super().__init__(table.file.path, encoding=table.encoding, errors=table.errors, skip_footer=table.skip_footer)
        self._effort = effort
        self.has_zeros = False  # in what was read so far

    def _read_file(self) -> bytes:
        part = super()._read_file()
        self.has_zeros = self.has_zeros or b"\0" in part
        self._effort.advance(len(part))
        return part


def _parse_options(dialect: Dialect, *, ragged: RaggedRows) -> pyarrow.csv.ParseOptions:
    return pyarrow.csv.ParseOptions(
        delimiter=dialect.delimiter,
        quote_char=dialect.quote or False,
        double_quote=dialect.escape is None,
        escape_char=dialect.escape or False,
        newlines_in_values=True,
        ignore_empty_lines=False,  # they count as lines
        invalid_row_handler=ragged.keep,
    )


def _number(read: Callable[[], Future[Any]], *, ragged: RaggedRows, table: TextTable) -> Iterator[Batch]:
    """Yield batches with the line of each row: its number, and the line ends within the rows before it."""
    within = 0  # line ends within values so far
    coming = read()
    while True:
        wait([coming], timeout=_PATIENCE)
        if not coming.done():  # the parser passes over blocks in which every row is ragged
            if odd := ragged.take_run():
                odd_lines, within = _lines_of(odd, within=within)
                yield _fill(odd, odd_lines, table=table)
            continue
        if (part := coming.result()) is None:
            break
        coming = read()
        frame = pl.from_arrow(part)
        assert isinstance(frame, pl.DataFrame)
        numbers, odd = ragged.interleave(frame.height)
        ends = _count_ends(part, frame)
        extra = [text.count("\n") for _, text in odd]
        lines = numbers + within
        odd_lines = [number + within for number, _ in odd]
        if ends is not None or any(extra):
            lines, odd_lines = _shift(lines, odd_lines, ends=ends, extra=extra)
            within += (int(ends.sum()) if ends is not None else 0) + sum(extra)
        yield drop_repeated(drop_blank(frame, lines), names=table.repeated)
        if odd:
            yield _fill(odd, odd_lines, table=table)
    while odd := ragged.take_run():  # all that is left
        odd_lines, within = _lines_of(odd, within=within)
        yield _fill(odd, odd_lines, table=table)


def _lines_of(rows: list[tuple[int, str]], *, within: int) -> tuple[list[int], int]:
    """Return the line of each of some rows that follow each other, and the line ends within all rows so far."""
    lines = []
    for number, text in rows:
        lines.append(number + within)
        within += text.count("\n")
    return lines, within


def _count_ends(part: pa.RecordBatch, frame: pl.DataFrame) -> pl.Series | None:
    """Return the line ends within each row's values, or None where there is none at all."""
    with_ends = [
        name
        for name, column in zip(frame.columns, part.columns, strict=True)
        if (data := column.buffers()[2]) is not None and re.search(b"\n", data)
    ]
    if not with_ends:
        return None
    counts = [pl.col(name).str.count_matches("\n", literal=True).fill_null(0) for name in with_ends]
    return frame.select(pl.sum_horizontal(counts).cast(pl.Int64)).to_series()


def _shift(
    lines: pl.Series, odd_lines: list[int], *, ends: pl.Series | None, extra: list[int]
) -> tuple[pl.Series, list[int]]:
    """Return the lines moved down by the line ends within the rows above them."""
    regular = pl.DataFrame({"line": lines, "ends": ends if ends is not None else pl.Series([0] * len(lines))})
    odd = pl.DataFrame({"line": odd_lines, "ends": extra}, schema={"line": pl.Int64, "ends": pl.Int64})
    both = pl.concat([regular.cast(pl.Int64).with_columns(odd=False), odd.with_columns(odd=True)]).sort("line")
    both = both.with_columns(pl.col("line") + pl.col("ends").cum_sum().shift(1, fill_value=0))
    return both.filter(~pl.col("odd"))["line"], both.filter(pl.col("odd"))["line"].to_list()


def drop_blank(frame: pl.DataFrame, lines: pl.Series) -> Batch:
    """Return the rows in which something stands, and how many others there were."""
    blank = 0
    if frame[:, 0].null_count():
        is_present = frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
        blank = frame.height - int(is_present.sum())
        frame, lines = (frame.filter(is_present), lines.filter(is_present)) if blank else (frame, lines)
    return Batch(frame, lines, blank=blank)


def drop_repeated(batch: Batch, *, names: Sequence[str]) -> Batch:
    """Return the rows that do not hold the header's `names` again."""
    if not names:
        return batch
    labels = batch.frame.columns
    is_header = batch.frame.select(repeats_names(dict(zip_longest(labels, names, fillvalue="")))).to_series()
    if not is_header.any():
        return batch
    kept = ~is_header
    return replace(
        batch,
        frame=batch.frame.filter(kept),
        lines=batch.lines.filter(kept),
        lengths=tuple(length for length, is_kept in zip(batch.lengths, kept, strict=False) if is_kept),
        repeated=tuple(batch.lines.filter(is_header).to_list()),
    )


def _fill(odd: list[tuple[int, str]], lines: list[int], *, table: TextTable) -> Batch:
    """Return rows of other lengths as a batch, filled up to the longest of them."""
    rows = _split([text for _, text in odd], table=table)
    kept = [(cells, line) for cells, line in zip(rows, lines, strict=True) if any(cells)]
    width = max([table.width, *(len(cells) for cells, _ in kept)])
    columns = zip_longest(*(cells for cells, _ in kept), [None] * width)
    texts = [pl.Series(str(number), column[:-1], dtype=pl.String) for number, column in enumerate(columns)]
    batch = Batch(
        pl.DataFrame(texts).select(pl.when(pl.all() != "").then(pl.all())),
        pl.Series([line for _, line in kept], dtype=pl.Int64),
        lengths=tuple(len(cells) for cells, _ in kept),
        blank=len(rows) - len(kept),
        is_ragged=True,
    )
    return drop_repeated(batch, names=table.repeated)


def _split(texts: list[str], *, table: TextTable) -> list[list[str]]:
    """Return the cells of each row; one by one where a quote or an escape might swallow the rows behind it."""
    marks = [mark for mark in (table.dialect.quote, table.dialect.escape) if mark]
    if any(mark in text or "\n" in text for text in texts for mark in marks or ["\n"]):
        return [_parse(text, table) for text in texts]
    return list(table.dialect.read(texts))


def _parse(text: str, table: TextTable) -> list[str]:
    try:
        return next(table.dialect.read(io.StringIO(text, newline="")), [""])
    except csv.Error:
        return [text]
