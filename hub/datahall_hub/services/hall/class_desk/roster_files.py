"""Reads a list of students as a teacher has it: pasted from somewhere, or a file of CSV or Excel in any encoding."""

from __future__ import annotations

import csv
import zipfile
from io import BytesIO
from typing import Any

from datahall_hub.services.hall.faults import Fault
from datahall_hub.services.hall.wording import N_

MOST_LINES = 2_000
MOST_COLUMNS = 50
LARGEST_SHEET = 20_000_000  # bytes, unpacked; a packed file says before how many
_MARKS = "\t,;，；、|"  # between cells


def read_lines(content: bytes) -> list[list[str]]:
    """Return the cells of a file, line by line, as text; an empty file has none.

    Raises
    ------
    Fault
        If it is neither text nor a workbook that can be read.
    """
    if content.startswith(b"PK"):
        return _read_workbook(content)
    from charset_normalizer import from_bytes

    text = from_bytes(content).best()
    if text is None or "\0" in str(text):
        raise _unreadable()
    return split_lines(str(text))


def split_lines(text: str) -> list[list[str]]:
    """Return the cells of pasted lines; between them stands what the first line has most of."""
    lines = text.removeprefix("\ufeff").splitlines()[:MOST_LINES]
    first = next((line for line in lines if line.strip()), "")
    mark = max(_MARKS, key=first.count)
    if not first.count(mark):
        return [[line] for line in lines]
    return [row[:MOST_COLUMNS] for row in csv.reader(lines, delimiter=mark)]


def _read_workbook(content: bytes) -> list[list[str]]:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > LARGEST_SHEET:
                raise _unreadable()
        book = load_workbook(BytesIO(content), read_only=True, data_only=True)
        rows = book.worksheets[0].iter_rows(max_row=MOST_LINES, max_col=MOST_COLUMNS, values_only=True)
        return [[_say(cell) for cell in row] for row in rows]
    except Fault:
        raise
    except Exception as error:  # openpyxl raises whatever a part of the file makes it stumble over
        raise _unreadable() from error


def _say(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # a number of a student, which the workbook keeps as 7.0
    return str(cell)


def _unreadable() -> Fault:
    return Fault(
        N_("The list of students cannot be read."),
        hint=N_("Send a CSV file or an Excel workbook (.xlsx), or paste the lines."),
        code="unreadable-roster",
    )
