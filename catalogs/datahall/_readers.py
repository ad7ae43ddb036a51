"""Read source files into typed frames, as the card says; nothing is guessed and nothing is dropped.

A row with too many or too few values, a byte that is not in the encoding, a value that does not fit its
field, a column that the card does not know: each raises UnreadableSource naming file, field, line, value.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.csv

from ._casting import Misfit, cast_fields, check_primary_key
from ._formats.frames import build_frame
from ._formats.headers import distinct_names
from ._formats.packed import unpacked
from ._formats.records import JSON_FORMATS, read_records
from ._formats.source_file import SourceFile
from ._formats.tables import open_raw_table
from ._messages import Phrase
from ._repeated_header import is_repeated, repeats_names
from ._text_files import Utf8Stream
from .card import Card, CardField, Source, Unpivot
from .errors import N_, DatahallError, UnreadableSource

_ROW = "\0row"  # which row of the source a value comes from; no column of a text file has this name
_TEXT = ("csv", "tsv")  # what pyarrow's parser reads
_RECORDS = ("json", "geojson", "xml", "kml", "shapefile", "parquet", "sqlite")  # these have no lines, but numbers
_BLOCK = 1 << 24  # the longest row that is read; pyarrow's default of 1 MiB is less than some GeoJSON cells


def read_sources(files: Sequence[Path], *, card: Card) -> pl.DataFrame:
    """Return the rows of all `files`, one for each of the card's sources, in order."""
    frames = [
        _read_source(file, source=source, fields=card.fields) for file, source in zip(files, card.sources, strict=True)
    ]
    frame = pl.concat(frames)
    try:
        check_primary_key(frame, key=card.primary_key)
    except Misfit as misfit:
        raise UnreadableSource(
            N_("Row {row}: {field} = {value}: {reason}."),
            row=misfit.row + 1,
            field=misfit.field,
            value=repr(misfit.value),
            reason=Phrase(misfit.reason),
        ) from misfit
    return frame


def _read_source(file: Path, *, source: Source, fields: Sequence[CardField]) -> pl.DataFrame:
    with unpacked(SourceFile(file, source.name), compression=source.compression, member=source.member) as plain:
        return _read_plain(plain, source=source, fields=fields)


def _read_plain(plain: SourceFile, *, source: Source, fields: Sequence[CardField]) -> pl.DataFrame:
    file = plain.path
    if source.format in _TEXT:
        frame = _read_text(file, source=source).with_row_index(_ROW)
    elif source.format in JSON_FORMATS:
        frame = read_records(plain, source=source, fields=fields, place=_ROW)
    else:
        frame = build_frame(open_raw_table(plain, source=source), file=plain, source=source, fields=fields, place=_ROW)
    _check_constants(frame, source=source)
    if source.unpivot is not None:
        frame = _unpivot(frame, how=source.unpivot, ignored=source.ignore)
    for name, value in source.constants.items():
        frame = frame.with_columns(pl.lit(value).alias(name))
    for old, new in source.replace.items():
        frame = frame.with_columns(pl.col(pl.String).str.replace_all(old, new, literal=True))
    _check_columns(frame, source=source, fields=fields)
    try:
        return cast_fields(frame, fields=fields)
    except Misfit as misfit:
        raise _placed(misfit, file=plain, source=source, row=frame[_ROW][misfit.row]) from misfit


def _placed(misfit: Misfit, *, file: SourceFile, source: Source, row: int) -> DatahallError:
    if source.format in _TEXT:
        row = _line_of(file.path, source=source, row=row)
    return UnreadableSource(
        N_("{source}, record {place}, field {field}: {value}: {reason}.")
        if source.format in _RECORDS
        else N_("{source}, line {place}, field {field}: {value}: {reason}."),
        source=file.name,
        place=row,
        field=misfit.field,
        value=repr(misfit.value),
        reason=Phrase(misfit.reason),
        hint=N_("Correct the card's field, or the source."),
    )


def _check_constants(frame: pl.DataFrame, *, source: Source) -> None:
    """Refuse names made by the card that the file has too: one of the two would vanish."""
    made = [*source.constants, *((source.unpivot.name, source.unpivot.value) if source.unpivot else ())]
    both = [name for name in made if name in frame.columns]
    if both:
        raise UnreadableSource(
            N_("{source} has columns of its own called {names}."),
            source=source.name,
            names=", ".join(both),
            hint=N_("Choose other names in the card."),
        )


def _check_columns(frame: pl.DataFrame, *, source: Source, fields: Sequence[CardField]) -> None:
    wanted = [field.source_column for field in fields]
    missing = [name for name in wanted if name not in frame.columns]
    unknown = [name for name in frame.columns if name not in (*wanted, *source.ignore, _ROW)]
    if missing:
        raise UnreadableSource(
            N_("{source} has no column {missing}; it has: {present}."),
            source=source.name,
            missing=", ".join(missing),
            present=", ".join(name for name in frame.columns if name != _ROW),
        )
    if unknown:
        raise UnreadableSource(
            N_("{source} has columns that the card does not name: {unknown}."),
            source=source.name,
            unknown=", ".join(map(repr, unknown)),
            hint=N_("Add them to the card's fields, or to the source's `ignore`."),
        )


def _unpivot(frame: pl.DataFrame, *, how: Unpivot, ignored: Sequence[str]) -> pl.DataFrame:
    kept = [name for name in (*how.keep, *ignored) if name in frame.columns]
    tall = frame.unpivot(index=[_ROW, *kept], variable_name=how.name, value_name=how.value)
    tall = tall.sort(_ROW, maintain_order=True)
    return tall.filter(pl.col(how.value).is_not_null()) if how.drop_empty else tall


def _read_text(file: Path, *, source: Source) -> pl.DataFrame:
    try:
        names, header_lines = _read_header(file, source=source)
        if source.ragged:
            return _without_names(_read_ragged(file, source=source, names=names), source=source)
        with _open_bytes(file, source=source) as stream:
            table = pyarrow.csv.read_csv(
                stream,
                read_options=pyarrow.csv.ReadOptions(
                    use_threads=False,  # row numbers in errors need order
                    skip_rows=source.skip_rows + header_lines,
                    column_names=names,
                    block_size=_BLOCK,
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
    except (pa.ArrowInvalid, UnicodeError, LookupError, csv.Error) as error:
        if str(error).startswith(("Empty CSV file", "Could not skip initial")):  # there is a header, and no more
            return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
        raise UnreadableSource(
            N_("{source} does not read as {format} in {encoding}: {reason}."),
            source=source.name,
            format=source.format,
            encoding=source.encoding,
            reason=str(error).rstrip("."),
        ) from error
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    frame = frame.filter(~pl.all_horizontal(pl.all().is_null())) if source.skip_empty else frame
    return _without_names(frame, source=source)


def _without_names(frame: pl.DataFrame, *, source: Source) -> pl.DataFrame:
    """Return the rows that do not hold the columns' names again, where the card says that those are none."""
    if not source.skip_repeated_header or not frame.width:
        return frame
    return frame.filter(~repeats_names({name: name for name in frame.columns}))


def _open_bytes(file: Path, *, source: Source) -> Utf8Stream:
    errors = "backslashreplace" if source.broken_bytes == "escape" else "strict"
    return Utf8Stream(file, encoding=source.encoding, errors=errors, skip_footer=source.skip_footer)


def _open_text(file: Path, *, source: Source) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BufferedReader(_open_bytes(file, source=source)), encoding="utf-8", newline="")


def _read_ragged(file: Path, *, source: Source, names: Sequence[str]) -> pl.DataFrame:
    """Return the rows of a table whose rows may be shorter than its header; a longer one is an error."""
    nulls = frozenset(source.null_values)
    rows: list[list[str | None]] = []
    with _open_text(file, source=source) as text:
        reader = _rows(text, source=source)
        if source.header:
            next(reader, None)
        for cells in reader:
            if not cells or (source.skip_empty and not any(cells)):
                continue
            if len(cells) > len(names):
                line = source.skip_rows + reader.line_num
                raise csv.Error(f"line {line} has {len(cells)} values, more than the {len(names)} columns")
            padding = [None] * (len(names) - len(cells))
            rows.append([None if cell in nulls else cell for cell in cells] + padding)
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def _delimiter(source: Source) -> str:
    return source.delimiter or ("\t" if source.format == "tsv" else ",")


def _rows(file: Any, *, source: Source) -> Any:
    """Return a csv.reader at the first line after the skipped ones."""
    for _ in islice(file, source.skip_rows):
        pass
    return csv.reader(
        file,
        delimiter=_delimiter(source),
        quotechar=source.quote,
        quoting=csv.QUOTE_MINIMAL if source.quote else csv.QUOTE_NONE,
        escapechar=source.escape,
        doublequote=source.escape is None,
    )


def _codec(source: Source) -> str:
    return "utf-8-sig" if source.encoding.lower().replace("_", "-") in ("utf-8", "utf8") else source.encoding


def _read_header(file: Path, *, source: Source) -> tuple[list[str], int]:
    """Return the columns' names, and how many lines the header takes."""
    with _open_text(file, source=source) as text:
        reader = _rows(text, source=source)
        first = next(reader, None)
        lines = reader.line_num
    if first is None:
        raise csv.Error("the file is empty")
    if source.columns is not None:
        return list(source.columns), lines if source.header else 0
    if not source.header:
        return [f"column_{number}" for number in range(1, len(first) + 1)], 0
    return distinct_names(first), lines


def _line_of(file: Path, *, source: Source, row: int) -> int:
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
