"""Tables one below the other are tables of their own; blank rows within one table part nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import datahall
import openpyxl
import pytest

from tests.catalogs.added_files import accept_draft
from tests.catalogs.card_drafts import draft, save_card, save_data

TOWNS = "town,men,women\nA,1,2\nB,3,4\n"
ROADS = "road,length,width,lanes\nR1,5.5,7,2\nR2,6.5,8,2\n"


def add_and_fetch(file: Path) -> list[list[tuple[Any, ...]]]:
    """Return the rows of each table as its card gives them."""
    tables = datahall.add(file).tables
    rows = []
    for number, table in enumerate(tables):
        dataset = f"statistics/part-{number}"
        datahall.add(file, save=dataset, table=table.name if len(tables) > 1 else None)
        accept_draft(dataset)
        rows.append(datahall.dataset(dataset).polars().collect().rows())
        assert len(rows[-1]) == table.rows
    return rows


TWO = [[("A", 1, 2), ("B", 3, 4)], [("R1", 5.5, 7, 2), ("R2", 6.5, 8, 2)]]


@pytest.mark.parametrize(
    "text",
    [
        f"{TOWNS}\n{ROADS}",
        f"{TOWNS}\n\n\n{ROADS}\n",
        f"People\n{TOWNS}\nRoads\n{ROADS}",
        f"{TOWNS}\nRoads\n\n{ROADS}",
        f"{TOWNS}\nSource: census.\n\nRoads\n\n{ROADS}\n* not counted: tracks\n",
        f"{TOWNS},,\n{ROADS}".replace("\n", "\r\n"),
    ],
    ids=["a blank line", "blank lines", "titles above", "a title on its own", "notes between", "a line of commas"],
)
def test_a_header_of_another_table_begins_one(tmp_path: Path, text: str) -> None:
    file = tmp_path / "two.csv"
    file.write_bytes(text.encode())
    assert add_and_fetch(file) == TWO


def test_a_title_belongs_to_the_table_below_and_a_note_to_the_one_above(tmp_path: Path) -> None:
    file = tmp_path / "two.csv"
    file.write_text(f"{TOWNS}\nSource: census.\n\nRoads\n\n{ROADS}")
    towns, roads = datahall.add(file).tables
    assert [(one.code, one.line) for one in towns.findings if one.code in ("footnote", "stacked-table")] == [
        ("stacked-table", 7),
        ("footnote", 5),
    ]
    assert [(one.code, one.line) for one in roads.findings if one.code == "title"] == [("title", 7)]


def test_a_header_on_every_page_is_no_row_on_any(tmp_path: Path) -> None:
    file = tmp_path / "pages.csv"
    pages = "".join(f"{number},w{number}\n" + "no,word\n" * (number % 50 == 0) for number in range(1, 2_001))
    file.write_text(f"no,word\n{pages}")
    (table,) = datahall.add(file).tables
    assert add_and_fetch(file) == [[(number, f"w{number}") for number in range(1, 2_001)]]
    assert [finding.line for finding in table.findings][:3] == [52, 103, 154]


def test_a_repeated_header_is_no_row_where_it_is_shorter_than_the_rows(tmp_path: Path) -> None:
    file = tmp_path / "pages.csv"
    file.write_text("a,b\n1,2,3\n4,5,6\na,b\na\n7,8\n9,0\n1,1\n")
    (rows,) = add_and_fetch(file)
    assert [row[0] for row in rows] == ["1", "4", "a", "7", "9", "1"]  # one name alone is a value


def test_words_that_occur_again_are_rows_where_all_is_words(tmp_path: Path) -> None:
    file = tmp_path / "words.csv"
    file.write_text("yes,no\nyes,maybe\nyes,no\nno,no\n")
    (table,) = datahall.add(file).tables
    assert "skip_repeated_header" not in table.card["sources"][0]
    assert table.rows >= 3


def test_a_misfit_below_a_repeated_header_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "pages.csv"
    file.write_text("a,b\n1,2\na,b\n3,x\n")
    fields = [{"name": name, "type": "integer", "title": {"en": name, "zh": name}} for name in "ab"]
    save_data(Path(os.environ["DATAHALL_HOME"]), file.read_bytes(), name="culture/pages.csv")
    source = {"path": "culture/pages.csv", "format": "csv", "skip_repeated_header": True}
    save_card(Path(os.environ["DATAHALL_HOME"]), draft(sources=[source], fields=fields))
    with pytest.raises(datahall.UnreadableSource, match="line 4, field b"):
        datahall.dataset("culture/visitors").polars()


def test_tables_of_one_shape_are_parted_by_titles(tmp_path: Path) -> None:
    file = tmp_path / "years.csv"
    file.write_text(f"2022\n{TOWNS}\n2023\n{TOWNS}\n2024\n{TOWNS}")
    assert add_and_fetch(file) == [TWO[0]] * 3


def test_tables_filled_up_to_one_width_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "two.csv"
    file.write_text(f"{TOWNS}\n".replace("\n", ",\n") + ROADS)
    towns, roads = add_and_fetch(file)
    assert [row[:3] for row in towns] == TWO[0]
    assert roads == TWO[1]


def test_tables_of_a_sheet_are_parted_too(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for line in f"People\n{TOWNS}\n\nRoads\n{ROADS}\nSource: survey".split("\n"):
        book.active.append([float(cell) if cell[:1].isdigit() else cell or None for cell in line.split(",")])
    book.save(tmp_path / "two.xlsx")
    assert add_and_fetch(tmp_path / "two.xlsx") == TWO


@pytest.mark.parametrize(
    "text",
    [
        f"{TOWNS}\nC,5,6\n,,\nD,7,8\n",
        f"{TOWNS}\nNorth\nC,5,6\nD,7,8\n",
        f"{TOWNS}\nC,closed,closed\nD,7,8\nE,9,1\n",
        f"{TOWNS}\nC,x,-\nD,7,8\nE,9,1\n",
        f"{TOWNS}\nTotal,4,6\n",
        f"{TOWNS}\nNotes: men,women and others\nSource: a,b\n",
        f"{TOWNS}\n{TOWNS}",
        f"{TOWNS}\nx,not counted\n-,nothing\n",
        "a,b\nx,y\nz,w\n\nc,d\nu,v\ns,t\n",
    ],
    ids=[
        "sections",
        "a section's name",
        "a word in place of numbers",
        "marks in place of numbers",
        "a total",
        "notes with commas",
        "the same header again",
        "a key to marks",
        "words alone",
    ],
)
def test_blank_lines_alone_part_no_table(tmp_path: Path, text: str) -> None:
    file = tmp_path / "one.csv"
    file.write_text(text)
    (table,) = datahall.add(file).tables
    assert "stacked-table" not in {finding.code for finding in table.findings}
