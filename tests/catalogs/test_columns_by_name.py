"""A later edition with its columns in another order is read by their names, or refused; never mislabelled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import datahall
import openpyxl
import pytest
from datahall._locations import find_home

from tests.catalogs.added_files import Write, accept_draft

ID = "statistics/towns"
TITLE = ["Towns of the county", None, None]


def write_book(file: Path, *rows: list[Any], merge: str = "") -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if merge:
        book.active.merge_cells(merge)
    book.save(file)
    return file


def add(file: Path) -> dict[str, Any]:
    (table,) = datahall.add(file, save=ID).tables
    accept_draft(ID)
    datahall.store.fetch(ID)
    return dict(table.card["sources"][0])


def exchange(file: Path) -> None:
    kept = find_home() / "datasets/statistics" / f"towns{file.suffix}"
    kept.write_bytes(file.read_bytes())


def rows() -> list[tuple[Any, ...]]:
    return datahall.dataset(f"{ID}@{datahall.store.fetch(ID)}").polars().collect().rows()


def test_a_workbook_is_read_by_the_names_of_its_columns(tmp_path: Path) -> None:
    source = add(write_book(tmp_path / "a.xlsx", TITLE, ["town", "people", "area"], ["A", 5, 1.5], ["B", 6, 2.5]))
    assert "columns" not in source
    assert source["skip_rows"] == 1
    exchange(write_book(tmp_path / "b.xlsx", TITLE, ["people", "area", "town"], [5, 1.5, "A"], [7, 2.5, "B"]))
    assert rows() == [("A", 5, 1.5), ("B", 7, 2.5)]


def test_two_merged_header_rows_are_read_by_their_names(tmp_path: Path) -> None:
    head = [["town", 2023, None, 2024, None], [None, "men", "women", "men", "women"]]
    source = add(write_book(tmp_path / "a.xlsx", *head, ["A", 1, 2, 3, 4], ["B", 5, 6, 7, 8], merge="B1:C1"))
    assert source["header_rows"] == 2
    other = [["town", 2024, None, 2023, None], head[1]]
    exchange(write_book(tmp_path / "b.xlsx", *other, ["A", 3, 4, 1, 2], ["B", 7, 8, 5, 9], merge="B1:C1"))
    assert rows() == [("A", 1, 2, 3, 4), ("B", 5, 9, 7, 8)]


def test_a_sheet_whose_header_is_too_short_is_refused_when_its_names_change_places(tmp_path: Path) -> None:
    source = add(write_book(tmp_path / "a.xlsx", ["town", "people"], ["A", 5, 1.5], ["B", 6, 2.5], ["C", 7, 3.5]))
    assert source["header_cells"] == [["town", "people"]]
    exchange(write_book(tmp_path / "b.xlsx", ["people", "town"], [5, "A", 1.5], [6, "B", 2.5], [8, "C", 3.5]))
    with pytest.raises(datahall.UnreadableSource, match="header of column 1 is 'people'") as raised:
        rows()
    assert raised.value.code == "other-header"


def test_names_beyond_the_columns_are_left_out_by_name(tmp_path: Path) -> None:
    source = add(write_book(tmp_path / "a.xlsx", ["town", "people", "more"], ["A", 5], ["B", 6], ["C", 7]))
    assert source.get("ignore", ["more"]) == ["more"]
    assert rows()[0][:2] == ("A", 5)


TWO_ROWS = ",2023,,2024,\ntown,men,women,men,women\nA,1,2,3,4\nB,5,6,7,8\nC,9,9,9,9\n"


@pytest.mark.parametrize(
    ("old", "new"), [("2023,,2024", "2024,,2023"), ("men,women,men", "women,men,men")], ids=["above", "below"]
)
def test_a_text_table_with_two_header_rows_is_refused_when_they_change(write: Write, old: str, new: str) -> None:
    source = add(write(TWO_ROWS))
    assert source["header_cells"] == [["", "2023", "", "2024"], ["town", "men", "women", "men", "women"]]
    exchange(write(TWO_ROWS.replace("A,1", "A,2"), name="b.csv"))
    assert rows()[0] == ("A", 2, 2, 3, 4)
    exchange(write(TWO_ROWS.replace(old, new), name="c.csv"))
    with pytest.raises(datahall.UnreadableSource, match="where the card expects"):
        rows()
