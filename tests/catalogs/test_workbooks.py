"""Excel workbooks, new and old, become typed tables as the card says; nothing in a cell is lost."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import datahall
import openpyxl
import polars as pl
import pytest
import xlwt
from datahall.errors import UnreadableSource

from tests.catalogs.card_drafts import draft, field, save_card, save_data

Cells = list[list[Any]]


def new_workbook(sheets: dict[str, Cells], *, merged: tuple[str, ...] = ()) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for area in merged:
            sheet.merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def old_workbook(sheets: dict[str, Cells]) -> bytes:
    book = xlwt.Workbook()
    dates = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                sheet.write(number, column, value, *((dates,) if isinstance(value, date) else ()))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(home: Path, content: bytes, *, fields: list[dict[str, Any]], **source: Any) -> pl.DataFrame:
    """Read `content` by a card with these fields; further words describe the source."""
    save_data(home, content, name="culture/book.bin")
    save_card(home, draft(sources=[{"path": "culture/book.bin", "format": "xlsx", **source}], fields=fields))
    assert datahall.invalid_cards() == []
    return datahall.dataset("culture/visitors").polars().collect()


DAYS = [field("day", "date"), field("visitors", "integer"), field("share", "number"), field("open", "boolean")]
ROWS = [["day", "visitors", "share", "open"], [date(2024, 1, 2), 5, 0.25, True], [date(2024, 1, 3), None, 1, False]]
TYPED = [(date(2024, 1, 2), 5, 0.25, True), (date(2024, 1, 3), None, 1.0, False)]


@pytest.mark.parametrize(("make", "form"), [(new_workbook, "xlsx"), (old_workbook, "xls")], ids=["new", "old"])
def test_a_sheet_is_read_with_the_types_of_the_card(home: Path, make: Any, form: str) -> None:
    book = make({"读我": [["nothing"]], "2024": ROWS})
    assert read(home, book, fields=DAYS, format=form, sheet="2024").rows() == TYPED


def test_numbers_of_cells_are_read_whatever_decimal_mark_the_texts_beside_them_have(home: Path) -> None:
    fields = [field("fee", "number", decimal=",", group=".")]
    assert read(home, new_workbook({"s": [["fee"], [1884.3], ["1.884,3"], [0.125], [7]]}), fields=fields).rows() == [
        (1884.3,),
        (1884.3,),
        (0.125,),
        (7.0,),
    ]


def test_titles_are_skipped_blank_rows_are_none_and_header_rows_name_columns_together(home: Path) -> None:
    rows = [
        ["Visitors"],
        [],
        ["day", "by sex", None, None],
        [None, "men", "women", "unknown"],
        ["d1", 1, 2, 3],
        [],
        ["d2", 4, 5],
        ["Source: us"],
    ]
    names = ["by sex / men", "by sex / women", "by sex / unknown"]
    fields = [field("day", "string"), *(field(n.split()[-1], "integer", source_name=n) for n in names)]
    frame = read(
        home, new_workbook({"s": rows}, merged=("B3:D3",)), fields=fields, skip_rows=2, header_rows=2, skip_footer=1
    )
    assert frame.rows() == [("d1", 1, 2, 3), ("d2", 4, 5, None)]


def test_merged_cells_all_have_the_value(home: Path) -> None:
    book = new_workbook({"s": [["region", "town"], ["north", "a"], [None, "b"], [None, "c"]]}, merged=("A2:A3",))
    frame = read(home, book, fields=[field("region", "string"), field("town", "string")])
    assert frame.rows() == [("north", "a"), ("north", "b"), (None, "c")]


def test_a_value_that_lies_hidden_under_merged_cells_is_kept(home: Path) -> None:
    book = new_workbook({"s": [["a", "b", "c"], ["shown", "hidden", 1]]})
    merged = b'</sheetData><mergeCells count="1"><mergeCell ref="A2:B2"/></mergeCells>'
    book = changed(book, SHEET, old=b"</sheetData>", new=merged)
    assert read(home, book, fields=[field(name, "string") for name in "abc"]).rows() == [("shown", "hidden", "1")]


def test_errors_and_formulas_without_a_result_stay_as_text(home: Path) -> None:
    rows = [["a", "b"], ["=1+1", "#N/A"], ["plain", "=SUM(A1)"]]
    frame = read(home, new_workbook({"s": rows}), fields=[field("a", "string"), field("b", "string")])
    assert frame.rows() == [("=1+1", "#N/A"), ("plain", "=SUM(A1)")]


@pytest.mark.parametrize(
    ("form", "written"),
    [(None, datetime(2024, 1, 2, 3, 4, 5)), ("%Y-%m-%dT%H:%M:%S%.f", datetime(2024, 1, 2, 3, 4, 5, 250_000))],
)
def test_a_moment_is_read_in_the_form_of_its_field(home: Path, form: str | None, written: datetime) -> None:
    extra = {} if form is None else {"format": form}
    book = new_workbook({"s": [["at"], [written], [datetime(2024, 1, 3)]]})
    assert read(home, book, fields=[field("at", "datetime", **extra)]).rows() == [(written,), (datetime(2024, 1, 3),)]


def test_a_value_that_does_not_fit_is_named_with_its_row(home: Path) -> None:
    book = new_workbook({"s": [["A title"], ["n"], [1], ["many"]]})
    with pytest.raises(UnreadableSource, match=r"book\.bin, line 4, field n: 'many': not a whole number"):
        read(home, book, fields=[field("n", "integer")], skip_rows=1)


def test_a_cell_beyond_the_header_is_an_error_not_dropped(home: Path) -> None:
    with pytest.raises(UnreadableSource, match="line 2: it has more cells than the header"):
        read(home, new_workbook({"s": [["n"], [1, "note"]]}), fields=[field("n", "integer")])


def test_a_sheet_that_is_not_there_is_an_error_that_names_those_that_are(home: Path) -> None:
    with pytest.raises(UnreadableSource, match=r"no part called '2025'; it has: '2023', '2024'"):
        read(home, new_workbook({"2023": ROWS, "2024": ROWS}), fields=DAYS, sheet="2025")


def changed(book: bytes, part: str, *, old: bytes, new: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, content.replace(old, new) if name == part else content)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
BOOK = new_workbook({"s": [["n"], [1]]})
HOSTILE = {
    "empty": b"",
    "not a workbook": b"\xd0\xcf\x11\xe0" * 1000,
    "cut off": BOOK[: len(BOOK) // 2],
    "a row that no sheet has": changed(BOOK, SHEET, old=b'r="2"', new=b'r="99999999999"'),
    "an entity": changed(BOOK, SHEET, old=b"<worksheet", new=b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet'),
    "broken XML": changed(BOOK, SHEET, old=b"</sheetData>", new=b"</sheet>"),
    "a bomb": changed(BOOK, SHEET, old=b"</sheetData>", new=b" " * (300 << 20) + b"</sheetData>"),
    "a path that climbs": changed(BOOK, SHEET, old=b"", new=b"").replace(b"docProps/app.xml", b"../../../app.xml"),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("form", ["xlsx", "xls"])
def test_a_hostile_workbook_is_an_error_that_names_it(home: Path, content: bytes, form: str) -> None:
    with pytest.raises(UnreadableSource, match=r"book\.bin"):
        read(home, content, fields=[field("n", "integer")], format=form)
