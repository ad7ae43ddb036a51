"""Read the sheets of old Excel workbooks (.xls). They hold at most 65,536 rows of 256 columns, and are read whole.

Error values and merged cells are as in `workbook` and `sheets`; a formula has its last result only.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time
from typing import Any

from .._adding.raw_tables import RawRow
from ..errors import N_
from .sheets import Merge, fill_merged, keep_narrow, number_rows
from .source_file import SourceFile

_MAX_BYTES = 512 << 20  # a full sheet of numbers has 240 MB


def list_sheets(file: SourceFile) -> list[str]:
    """Return the names of the sheets, in the workbook's order."""
    with _open_book(file) as book:
        return list(book.sheet_names())


def read_rows(file: SourceFile, *, sheet: str) -> Iterator[RawRow]:
    """Yield the rows of a sheet."""
    with _open_book(file) as book:
        try:
            page = book.sheet_by_name(sheet)
            rows = [[_plain(cell, book=book) for cell in page.row(number)] for number in range(page.nrows)]
        except Exception as error:  # of whatever kind the parser meets in a damaged file
            raise file.refuse(form="xls", reason=error) from error
        merges = (Merge(top, left, bottom - 1, right - 1) for top, bottom, left, right in page.merged_cells)
        width = max((len(row) for row in rows), default=0)
        yield from number_rows(
            fill_merged(iter(rows), merges=tuple(keep_narrow(merges, width=width))), file=file, form="xls"
        )


def _plain(cell: Any, *, book: Any) -> Any:
    """Return a cell's value as the types of raw rows."""
    import xlrd

    match cell.ctype:
        case xlrd.XL_CELL_EMPTY | xlrd.XL_CELL_BLANK:
            return None
        case xlrd.XL_CELL_ERROR:
            return xlrd.error_text_from_code.get(cell.value, f"#ERROR {cell.value}")
        case xlrd.XL_CELL_BOOLEAN:
            return bool(cell.value)
        case xlrd.XL_CELL_DATE:
            return _plain_date(cell, book=book)
        case xlrd.XL_CELL_NUMBER if float(cell.value).is_integer():
            return int(cell.value)
    return cell.value


def _plain_date(cell: Any, *, book: Any) -> Any:
    import xlrd

    try:
        moment: datetime = xlrd.xldate_as_datetime(cell.value, book.datemode)
    except (ValueError, OverflowError, xlrd.xldate.XLDateError):
        return cell.value  # no calendar has this day; the number stays
    if 0 <= cell.value < 1:
        return moment.time().isoformat()
    return moment.date() if moment.time() == time() else moment


@contextmanager
def _open_book(file: SourceFile) -> Iterator[Any]:
    import xlrd

    if file.path.stat().st_size > _MAX_BYTES:
        raise file.refuse(form="xls", reason=N_("it is larger than such a workbook can be"))
    try:
        book = xlrd.open_workbook(file.path, logfile=io.StringIO(), on_demand=True, formatting_info=True)
    except Exception as error:  # of whatever kind the parser meets in a damaged file
        raise file.refuse(form="xls", reason=error) from error
    try:
        yield book
    finally:
        book.release_resources()


def describe_sheet(file: SourceFile, *, sheet: str) -> dict[str, int]:
    """Return how many cells are ``merged``, and whether the sheet is ``hidden``, as 0 or 1; formulas are not told."""
    with _open_book(file) as book:
        page = book.sheet_by_name(sheet)
        return {"merged": len(page.merged_cells), "hidden": int(page.visibility != 0), "formulas": 0}
