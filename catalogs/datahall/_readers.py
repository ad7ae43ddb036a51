"""Read source files into typed frames, as the card says; nothing is guessed and nothing is dropped.

Some thousand rows at a time, so that a file may be larger than memory; small ones take the same way.

A row with too many or too few values, a byte that is not in the encoding, a value that does not fit its
field, a column that the card does not know: each raises UnreadableSource naming file, field, line, value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl

from ._casting import Misfit, cast_fields, part_misfits
from ._formats.delimited import TEXT_FORMATS, find_line, read_delimited
from ._formats.frames import build_frames
from ._formats.packed import unpacked
from ._formats.realtime import FORMAT as REALTIME
from ._formats.realtime import read_entities
from ._formats.records import JSON_FORMATS, read_records
from ._formats.source_file import SourceFile
from ._formats.tables import open_raw_table
from ._messages import Phrase
from .card import Card, CardField, Source, Unpivot
from .errors import N_, DatahallError, UnreadableSource

_ROW = "\0row"  # which row of the source a value comes from; no column of a text file has this name
_RECORDS = ("json", "geojson", "xml", "kml", "shapefile", "parquet", "sqlite", REALTIME)  # no lines, but numbers


SetApart = Callable[[Mapping[str, str | None], Misfit], None]


def read_sources(
    files: Sequence[Path], *, card: Card, scratch: Path, set_apart: SetApart | None = None
) -> Iterator[pl.DataFrame]:
    """Yield the rows of all `files`, one for each of the card's sources, in order: at least one frame for each.

    What is packed is unpacked into the folder `scratch`, one after the other. A row with a value that does not fit is
    an error, unless `set_apart` takes it, with what is wrong, in place of the typed row.
    """
    for file, source in zip(files, card.sources, strict=True):
        packed = SourceFile(file, source.name)
        with unpacked(packed, compression=source.compression, member=source.member, within=scratch) as plain:
            for frame in _read_plain(plain, source=source, fields=card.fields):
                yield _type_rows(frame, file=plain, source=source, fields=card.fields, set_apart=set_apart)


def _read_plain(plain: SourceFile, *, source: Source, fields: Sequence[CardField]) -> Iterator[pl.DataFrame]:
    """Yield the rows as text, and in the column `_ROW` where in the file each of them is."""
    if source.format in TEXT_FORMATS:
        return read_delimited(plain.path, source=source, place=_ROW)
    if source.format in JSON_FORMATS:
        return read_records(plain, source=source, fields=fields, place=_ROW)
    if source.format == REALTIME:
        return iter([read_entities(plain, source=source, fields=fields, place=_ROW)])
    return build_frames(open_raw_table(plain, source=source), file=plain, source=source, fields=fields, place=_ROW)


def list_columns(file: Path, *, source: Source, fields: Sequence[CardField]) -> list[str]:
    """Return the columns of an unpacked file by the names that its reader gives them."""
    frame = next(_read_plain(SourceFile(file, source.name), source=source, fields=fields))
    return [name for name in frame.columns if name != _ROW]


def _type_rows(
    frame: pl.DataFrame,
    *,
    file: SourceFile,
    source: Source,
    fields: Sequence[CardField],
    set_apart: SetApart | None,
) -> pl.DataFrame:
    fields = _fields_as_written(fields, source=source)
    _check_constants(frame, source=source)
    if source.unpivot is not None:
        frame = _unpivot(frame, how=source.unpivot, ignored=source.ignore)
    for name, value in source.constants.items():
        frame = frame.with_columns(pl.lit(value).alias(name))
    for old, new in source.replace.items():
        frame = frame.with_columns(pl.col(pl.String).str.replace_all(old, new, literal=True))
    _check_columns(frame, source=source, fields=fields)
    if set_apart is not None:
        typed, misfits = part_misfits(frame, fields=fields)
        for row, misfit in misfits:
            set_apart(frame.drop(_ROW).row(row, named=True), misfit)
        return typed
    try:
        return cast_fields(frame, fields=fields)
    except Misfit as misfit:
        raise _placed(misfit, file=file, source=source, row=frame[_ROW][misfit.row]) from misfit


def _fields_as_written(fields: Sequence[CardField], *, source: Source) -> Sequence[CardField]:
    """Return the fields with the source's own decimal mark; thousands that had this mark have the other one."""
    mark = source.decimal
    if mark is None:
        return fields
    other = "," if mark == "." else "."
    return [
        field.model_copy(update={"decimal": mark, "group": other if field.group == mark else field.group})
        for field in fields
    ]


def _placed(misfit: Misfit, *, file: SourceFile, source: Source, row: int) -> DatahallError:
    if source.format in TEXT_FORMATS:
        row = find_line(file.path, source=source, row=row)
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
