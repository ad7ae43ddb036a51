"""No figure that counts is lost in silence: neither by reading it as a number, nor before the file came here."""

from __future__ import annotations

from pathlib import Path

import datahall
import openpyxl
import pytest

from tests.catalogs.added_files import Write, add_and_fetch, codes


def column(*values: str) -> str:
    return "\n".join(["n,v", *(f'{number},"{value}"' for number, value in enumerate(values)), ""])


PLAIN = [f"{number}.25" for number in range(1_500)]


@pytest.mark.parametrize(
    "value",
    ["100000000000000001.25", "1234567890123456.78", "12345678901.1234567", "1,234,567,890,123,456.78"],
    ids=["more than 8 bytes hold", "cents of a quadrillion", "seven decimals of billions", "in groups"],
)
def test_a_number_that_would_lose_figures_that_count_keeps_its_column_text(write: Write, value: str) -> None:
    values = ["1,234.25" if "," in value else "1.25", *PLAIN, value, *PLAIN]
    table, frame = add_and_fetch(write(column(*values)))
    assert frame["v"].to_list() == values
    lossy = {
        finding.line: finding.message.spoken("en") for finding in table.findings if finding.code == "lossy-numbers"
    }
    assert value in lossy[len(PLAIN) + 3]


def test_a_column_of_such_numbers_is_text_and_says_why(write: Write) -> None:
    values = [f"{100000000000000001 + number}.25" for number in range(30)]
    table, frame = add_and_fetch(write(column(*values)))
    assert frame["v"].to_list() == values
    assert codes(table)["lossy-numbers"] == 2


def test_decimals_beyond_all_measure_are_rounded_and_told_with_their_first_line(write: Write) -> None:
    values = [*PLAIN, "31.123456789012345678", *PLAIN]
    table, frame = add_and_fetch(write(column(*values)))
    assert frame["v"][len(PLAIN)] == 31.123456789012345678
    assert codes(table) == {"rounded-numbers": len(PLAIN) + 2}


@pytest.mark.parametrize("value", ["12345678901.5", "9007199254740991.0", "98765432109876.25", "1.5e300"])
def test_a_number_that_survives_stays_one(write: Write, value: str) -> None:
    table, frame = add_and_fetch(write(column(*PLAIN[:20], value)))
    assert frame["v"][20] == float(value)
    assert codes(table) == {}


@pytest.mark.parametrize("count", [20, 3_000], ids=["in the sample", "behind it"])
def test_a_code_that_a_spreadsheet_has_cut_is_told_beside_whole_ones(write: Write, count: int) -> None:
    whole = [str(110105199001010002 + number) for number in range(count)]
    table, frame = add_and_fetch(write(column(*whole, "1.10105E+17", *whole)))
    assert frame["v"][count] == "1.10105E+17"
    assert codes(table)["cut-codes"] == count + 2


def test_measurements_with_powers_of_ten_are_no_cut_codes(write: Write) -> None:
    table, _ = add_and_fetch(write(column("1.5E+12", "2.25", "3.125E+11", "17.5", "1.1E+10")))
    assert codes(table) == {}


def test_a_workbook_s_codes_of_which_fifteen_figures_are_left_are_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["id", "v"])
    for number in range(10):
        book.active.append([110105199001011200.0 + number * 100, number])
    book.save(tmp_path / "ids.xlsx")
    (table,) = datahall.add(tmp_path / "ids.xlsx").tables
    assert "shortened-codes" in codes(table)


def test_a_line_that_begins_with_a_formula_names_no_columns(write: Write) -> None:
    (table,) = datahall.add(write('name,value\n=HYPERLINK("http://a.example"),1\n@SUM(A1),2\n+cmd,3\n')).tables
    assert [field["name"] for field in table.fields] == ["name", "value"]
    assert table.rows == 3
    assert codes(table)["formula"] == 2
