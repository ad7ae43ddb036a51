"""A draft proposes a key that holds over the whole file, and what codes mean by check digits and lists."""

from __future__ import annotations

from collections.abc import Sequence

import datahall
import pytest
from datahall._adding.meanings import find_meaning
from stdnum.cn import uscc

from tests.catalogs.added_files import Write, accept_draft


def key_of(write: Write, content: str) -> list[str]:
    (table,) = datahall.add(write(content)).tables
    return list(table.card.get("primary_key", []))


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ("town,people\nA,5\nB,5\nC,6\n", ["town"]),
        ("town,people\nA,5\nA,6\nB,7\n", []),
        ("town,people\nA,5\n,6\nB,7\n", []),
        ("town,road id,people\nA,r1,5\nA,r2,6\nB,r3,7\n", ["road_id"]),
        ("town,people\nA,5\nA,6\nA,7\n", []),
        ("序号,单位编号\n1,x\n2,y\n3,z\n", ["单位编号"]),
        ("day,n\n2024-01-01,1\n2024-01-02,1\n2024-01-03,1\n", ["day"]),
        ("share,n\n0.5,1\n0.6,1\n0.7,1\n", []),
        ("town,n\nA,1\n#N/A,1\nC,1\n", []),
    ],
    ids=["first", "twice", "missing", "by-name", "not-by-name", "counted", "days", "decimals", "mark"],
)
def test_the_key_is_the_first_column_that_tells_rows_apart(write: Write, content: str, key: list[str]) -> None:
    assert key_of(write, content) == key


def test_a_key_that_fails_on_the_last_row_of_a_long_file_is_none(write: Write) -> None:
    rows = "".join(f"c{number},{number % 7}\n" for number in range(60_000))
    assert key_of(write, "code,n\n" + rows) == ["code"]
    assert key_of(write, "code,n\n" + rows + "c5,1\n") == []


def test_numbers_that_are_one_number_written_twice_are_no_key(write: Write) -> None:
    assert key_of(write, "id,n\n5,1\n+5,2\n6,3\n7,4\n8,5\n") == []


CREDIT = [uscc.calc_check_digit(body) and body + uscc.calc_check_digit(body) for body in
          ("91110000600037341", "91310000132200821", "91440300708461136")]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "name", "meaning"),
    [
        (CREDIT, "a", "unified-social-credit-code"),
        ([CREDIT[0][:-1] + "Z", CREDIT[1][:-1] + "Z"], "a", None),
        (["330300", "330100", "110000"], "a", "gb-t-2260"),
        (["330399", "330199", "119900"], "a", None),
        (["CN", "DE"], "Country", "iso-3166-1-alpha-2"),
        (["CA", "AL"], "state", None),
        (["CHN", "DEU", "FRA"], "国家", "iso-3166-1-alpha-3"),
        (["30.25", "-12"], "lat", "latitude"),
        (["30.25", "120.5"], "longitude", "longitude"),
        (["3357000.5", "3357001.5"], "lat", None),
        (["30.25", "120.5"], "value", None),
        (["330300"], "a", None),
        ([], "lat", None),
    ],
)
def test_what_values_identify_is_told_where_it_can_be_proved(
    values: Sequence[str], name: str, meaning: str | None
) -> None:
    assert find_meaning(values, name=name) == meaning


def test_a_proposed_meaning_is_a_finding_and_codes_stay_text(write: Write) -> None:
    file = write("行政区划代码,纬度,n\n330300,28.0,1\n330100,30.25,2\n110000,39.9,3\n")
    (table,) = datahall.add(file, save="geography/places").tables
    fields = {field["name"]: (field["type"], field.get("semantic")) for field in table.fields}
    assert fields["行政区划代码"] == ("string", "gb-t-2260")
    assert fields["纬度"] == ("number", "latitude")
    assert [each.field for each in table.findings if each.code == "proposed"] == ["行政区划代码", "纬度"]
    assert table.card["primary_key"] == ["行政区划代码"]
    accept_draft("geography/places")
    assert datahall.dataset("geography/places").polars().collect().row(0) == ("330300", 28.0, 1)
