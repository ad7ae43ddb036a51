"""Sheets: what old and new workbooks have in common: named sheets, numbered rows, merged cells.

Where cells are merged, each of them has the value, except across a whole table (a title). `workbook` and
`old_workbook` each have `list_sheets`, `read_rows` and `describe_sheet`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from itertools import repeat
from typing import Any, Protocol, cast

from .._adding.raw_tables import RawRow, RawTable
from .._reader_words import Misfit
from ..errors import N_
from .cells import trim_row
from .source_file import MAX_CELLS, SourceFile

_MODULES = {"xlsx": "workbook", "xls": "old_workbook"}
_MAX_ROWS = 1_048_576  # of a sheet, by Excel's own definition
_MAX_AT_ONCE = 1_000  # merged cells beside each other in one row


class Workbooks(Protocol):
    """What reads one kind of workbook."""

    def list_sheets(self, file: SourceFile) -> list[str]:
        """Return the names of the sheets with cells, in the workbook's order."""

    def read_rows(self, file: SourceFile, *, sheet: str) -> Iterator[RawRow]:
        """Yield the rows of a sheet."""

    def describe_sheet(self, file: SourceFile, *, sheet: str) -> dict[str, int]:
        """Return how many cells are ``merged``, and whether the sheet is ``hidden`` and has ``formulas``, as 0 or 1."""


def find_workbooks(form: str) -> Workbooks:
    """Return what reads workbooks of the format `form`, xlsx or xls."""
    return cast(Workbooks, import_module(f".{_MODULES[form]}", __package__))


def read_sheet(file: SourceFile, *, form: str, sheet: str | None = None) -> RawTable:
    """Return one sheet, the first where none is named; its header line is still to be found."""
    workbooks = find_workbooks(form)
    names = workbooks.list_sheets(file)
    if sheet is not None and sheet not in names:
        raise file.missing_part(sheet, present=names)
    if not names:
        raise file.refuse(form=form, reason=N_("it has no sheet of cells"))
    name = sheet or names[0]
    return RawTable(
        name=name,
        read_rows=lambda: workbooks.read_rows(file, sheet=name),
        header=None,
        source={"format": form, "sheet": name},
    )


@dataclass(frozen=True)
class Merge:
    """Cells that are one: rows and columns from 0, ends included."""

    top: int
    left: int
    bottom: int
    right: int


def fill_merged(rows: Iterator[list[Any]], *, merges: tuple[Merge, ...]) -> Iterator[list[Any]]:
    """Yield `rows` with the value of merged cells in each of them; what a covered cell holds itself, it keeps."""
    waiting = sorted(merges, key=lambda merge: merge.top, reverse=True)
    current: list[tuple[Merge, Any]] = []
    for number, row in enumerate(rows):
        while waiting and waiting[-1].top == number:
            merge = waiting.pop()
            current.append((merge, row[merge.left] if merge.left < len(row) else None))
        for merge, value in current:
            row.extend(repeat(None, merge.right + 1 - len(row)))
            for column in range(merge.left, merge.right + 1):
                row[column] = value if row[column] in (None, "") else row[column]
        if len(current) > _MAX_AT_ONCE:
            raise Misfit(N_("merged cells lie upon each other"))
        current = [(merge, value) for merge, value in current if merge.bottom > number]
        yield row


def keep_narrow(merges: Any, *, width: int) -> Iterator[Merge]:
    """Yield the merges that are narrower than the table; wider ones are titles and notes."""
    for merge in merges:
        if merge.right - merge.left + 1 < width and merge.right >= merge.left and merge.bottom >= merge.top:
            yield merge


def number_rows(rows: Iterator[list[Any]], *, file: SourceFile, form: str) -> Iterator[RawRow]:
    """Yield `rows` with their numbers, without the empty cells at their ends."""
    cells = 0
    try:
        for number, row in enumerate(rows, start=1):
            cells += len(row)
            if number > _MAX_ROWS or cells > MAX_CELLS:
                raise file.refuse_line(number, reason=N_("the sheet has more cells than a table may have"))
            yield RawRow(number, trim_row(row))
    except ValueError as error:
        raise file.refuse(form=form, reason=error) from error
