"""Read a sheet of an .xlsx file with nothing but the standard library, to check our reading against."""

from __future__ import annotations

import re
from datetime import date, timedelta
from io import BytesIO
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_EPOCH = date(1899, 12, 30)  # day 0 of a workbook's dates, as Excel counts after February 1900


def read_cells(content: bytes, *, sheet: str | None) -> list[list[str]]:
    """Return the rows of `sheet` (or of the first one) as text; dates in ISO 8601, empty cells as ""."""
    with ZipFile(BytesIO(content)) as archive:
        shared = _shared_texts(archive)
        dates = _date_styles(archive)
        rows = _parse(archive, _path_of(archive, sheet=sheet)).iter(f"{_MAIN}row")
        return [_row(row, shared=shared, dates=dates) for row in rows]


def _shared_texts(archive: ZipFile) -> list[str]:
    """Return the texts that cells name by number; a workbook may have none, and its texts in its cells."""
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    return [_text(item) for item in _parse(archive, "xl/sharedStrings.xml").iter(f"{_MAIN}si")]


def _parse(archive: ZipFile, name: str) -> ElementTree.Element:
    return ElementTree.fromstring(archive.read(name))


def _path_of(archive: ZipFile, *, sheet: str | None) -> str:
    sheets = list(_parse(archive, "xl/workbook.xml").iter(f"{_MAIN}sheet"))
    chosen = next(entry for entry in sheets if sheet in (None, entry.get("name")))
    links = {link.get("Id"): link.get("Target", "") for link in _parse(archive, "xl/_rels/workbook.xml.rels")}
    return "xl/" + links[chosen.get(_LINK)].removeprefix("/xl/")


def _date_styles(archive: ZipFile) -> set[int]:
    """Return the cell styles that show a number as a date: those of Excel (14 to 17) and of the workbook's own."""
    styles = _parse(archive, "xl/styles.xml")
    own = {
        int(form.get("numFmtId", ""))
        for form in styles.iter(f"{_MAIN}numFmt")
        if re.search("[dy]", re.sub(r'"[^"]*"|\[[^]]*\]', "", form.get("formatCode", "")))
    }
    cells = next(styles.iter(f"{_MAIN}cellXfs"))
    return {n for n, cell in enumerate(cells) if int(cell.get("numFmtId", 0)) in own | {14, 15, 16, 17}}


def _row(row: ElementTree.Element, *, shared: list[str], dates: set[int]) -> list[str]:
    values: list[str] = []
    for cell in row.iter(f"{_MAIN}c"):
        column = _number_of(re.sub(r"\d", "", cell.get("r", "")))
        values += [""] * (column - len(values))
        values.append(_value(cell, shared=shared, dates=dates))
    return values


def _number_of(letters: str) -> int:
    """Return the column from 0: A 0, Z 25, AA 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _value(cell: ElementTree.Element, *, shared: list[str], dates: set[int]) -> str:
    written: Any = cell.findtext(f"{_MAIN}v")
    if written is None:
        return _text(cell)
    if cell.get("t") == "s":
        return shared[int(written)]
    if cell.get("t") is None and int(cell.get("s", 0)) in dates:
        return (_EPOCH + timedelta(days=int(written))).isoformat()
    return str(written) if cell.get("t") or re.fullmatch(r"-?\d+", written) else repr(float(written))


def _text(element: ElementTree.Element) -> str:
    return "".join(part.text or "" for part in element.iter(f"{_MAIN}t"))
