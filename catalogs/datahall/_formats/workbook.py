"""Read the sheets of Excel workbooks (.xlsx), row by row.

A formula's last result is its value; one without a result stays as its text. Error values (#N/A) stay as
text, too. Merged cells are as in `sheets`.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import IO, Any
from warnings import catch_warnings, simplefilter

from .._adding.raw_tables import RawRow
from ..errors import N_, DatahallError
from .cells import written_duration
from .packed import Bound, check_archive
from .sheets import Merge, fill_merged, keep_narrow, number_rows
from .source_file import SourceFile

_MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\s+ref=["']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})["']""")
_DIMENSION = re.compile(rb"""<(?:\w+:)?dimension\s+ref=["']([A-Z]{1,3})\d{1,7}:([A-Z]{1,3})\d{1,7}["']""")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_OVERLAP = 200  # bytes of one chunk that are looked at again with the next, so that no tag is cut
_MAX_MERGED = 10_000


@dataclass(frozen=True)
class _Look:
    """What a first pass over a sheet's XML found, without parsing it."""

    merges: tuple[Merge, ...]
    has_formulas: bool


def list_sheets(file: SourceFile) -> list[str]:
    """Return the names of the sheets with cells, in the workbook's order."""
    with _open_book(file, data_only=True) as book:
        return [sheet.title for sheet in book.worksheets]


def read_rows(file: SourceFile, *, sheet: str) -> Iterator[RawRow]:
    """Yield the rows of a sheet."""
    look = _look_through(file, name=sheet)
    rows = _values_or_formulas(file, name=sheet) if look.has_formulas else _values(file, name=sheet, data_only=True)
    yield from number_rows(fill_merged(rows, merges=look.merges), file=file, form="xlsx")


def _values(file: SourceFile, *, name: str, data_only: bool) -> Iterator[list[Any]]:
    with _open_book(file, data_only=data_only) as book:
        sheet = book[name]
        sheet.reset_dimensions()  # they may be wrong, and would then cut or widen the rows
        rows, line = sheet.iter_rows(), 0
        while True:
            try:
                row = next(rows, None)
            except Exception as error:  # of whatever kind the parser meets in a damaged file
                raise file.refuse_line(line + 1, reason=error) from error
            if row is None:
                return
            line += 1
            yield [_plain(cell) for cell in row]


def _values_or_formulas(file: SourceFile, *, name: str) -> Iterator[list[Any]]:
    """Yield rows of results, with a formula's text where it has none."""
    results = _values(file, name=name, data_only=True)
    formulas = _values(file, name=name, data_only=False)
    for row, written in zip(results, formulas, strict=True):
        yield [text if value is None else value for value, text in zip(row, written, strict=True)]


def _plain(cell: Any) -> Any:
    """Return a cell's value as the types of raw rows; a date without a time of day where it is shown as such."""
    value = cell.value
    if isinstance(value, datetime):
        return value.date() if value.time() == time() and not _shows_time(cell.number_format) else value
    if isinstance(value, time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return written_duration(value)
    if value is None or isinstance(value, (str, int, float)):
        return value
    return str(getattr(value, "text", value))  # array formulas and data tables


def _shows_time(number_format: str) -> bool:
    return bool(re.search(r"[hs]", re.sub(r'"[^"]*"|\[[^\]]*\]', "", number_format), re.IGNORECASE))


@contextmanager
def _open_book(file: SourceFile, *, data_only: bool) -> Iterator[Any]:
    import openpyxl

    with file.path.open("rb") as stream:  # a path would have to end in .xlsx
        try:
            _check_parts(file)
            with catch_warnings():
                simplefilter("ignore")  # about drawings, styles and validations, which are no cells
                book = openpyxl.load_workbook(stream, read_only=True, data_only=data_only, keep_links=False)
        except DatahallError:
            raise
        except Exception as error:  # of whatever kind the parser meets in a damaged file
            raise file.refuse(form="xlsx", reason=error) from error
        yield book


def _check_parts(file: SourceFile) -> None:
    """Refuse a workbook of which any part grows on unpacking as no table does; zipfile holds parts to their sizes."""
    size = file.path.stat().st_size
    with zipfile.ZipFile(file.path) as archive:
        check_archive(archive, file=file)
        for info in archive.infolist():
            Bound(file, form="xlsx", packed=min(info.compress_size, size)).take(info.file_size)


def _look_through(file: SourceFile, *, name: str) -> _Look:
    with _open_book(file, data_only=True) as book:
        part = book[name]._worksheet_path
    merges: list[Merge] = []
    width, has_formulas = 0, False
    with zipfile.ZipFile(file.path) as archive, archive.open(part) as stream:
        for chunk in _chunks(stream):
            if found := _DIMENSION.search(chunk):
                width = _column(found[2]) - _column(found[1]) + 1
            has_formulas = has_formulas or _FORMULA.search(chunk) is not None
            merges += [
                Merge(int(top) - 1, _column(left), int(bottom) - 1, _column(right))
                for left, top, right, bottom in _MERGED.findall(chunk)
            ]
            if len(merges) > _MAX_MERGED:
                raise file.refuse(form="xlsx", reason=N_("it has more merged cells than a table has"))
    width = width or 1 + max((merge.right for merge in merges), default=0)
    return _Look(tuple(keep_narrow(dict.fromkeys(merges), width=width)), has_formulas)


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    tail = b""
    while chunk := stream.read(1 << 20):
        yield tail + chunk
        tail = chunk[-_OVERLAP:]


def _column(letters: bytes) -> int:
    """Return the number, from 0, of a column called A, B, … XFD."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def describe_sheet(file: SourceFile, *, sheet: str) -> dict[str, int]:
    """Return how many cells are ``merged``, and whether the sheet is ``hidden`` and has ``formulas``, as 0 or 1."""
    look = _look_through(file, name=sheet)
    with _open_book(file, data_only=True) as book:
        is_hidden = book[sheet].sheet_state != "visible"
    return {"merged": len(look.merges), "hidden": int(is_hidden), "formulas": int(look.has_formulas)}
