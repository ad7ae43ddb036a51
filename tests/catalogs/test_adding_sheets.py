"""Sheets as offices fill them in: notes for few rows, units in many places, totals below, tables far apart."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import datahall
import openpyxl
import polars as pl
import pytest
from datahall._adding.units import find_title_unit, find_unit
from datahall.errors import UnreadableSource

from tests.catalogs.added_files import Write, add_and_fetch, codes


@pytest.fixture
def save_sheet(tmp_path: Path) -> Any:
    """Write rows into a workbook's only sheet."""

    def save(rows: list[list[Any]]) -> Path:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(tmp_path / "table.xlsx")
        return tmp_path / "table.xlsx"

    return save


def test_a_last_column_that_one_row_fills_keeps_its_name(save_sheet: Any) -> None:
    rows = [[f"街道{number}", number, "含分校" if number == 5 else None] for number in range(9)]
    table, frame = add_and_fetch(save_sheet([["街道", "学生", "备注"], *rows]))
    assert frame.columns == ["街道", "学生", "备注"]
    assert frame["备注"].to_list() == [None] * 5 + ["含分校"] + [None] * 3
    assert not codes(table).keys() & {"long-header", "long-row"}


@pytest.mark.parametrize(
    ("title", "unit"),
    [
        ("填报单位：区教育局 单位：人", "人"),
        ("编制单位：市统计局", None),
        ("主办单位：市政府", None),
        ("计量单位：万元", "万元"),
        ("2023年产量（单位：吨）", "吨"),
        ("单位：万元、人", None),
        ("Unit: persons", "persons"),
        ("(万人)", "万人"),
        ("（单位：亿元）", "亿元"),
        ("(in thousands)", "in thousands"),
        ("(draft)", None),
        ("（一）", None),
        ("（十）", None),
        ("(2024)", None),
    ],
)
def test_a_title_gives_a_unit_only_where_it_names_one(title: str, unit: str | None) -> None:
    found = find_title_unit(title)
    assert (found or "").removeprefix("in ") == (unit or "").removeprefix("in ")


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("Flow (m³/s)", "m³/s"),
        ("产量（万吨）", "万吨"),
        ("Share (% of GDP)", "% of GDP"),
        ("Others (not included in totals)", None),
        ("Others (not included)", None),
        ("价格（含税）", None),
        ("Pupils (seasonally adjusted)", None),
        ("Debt (as it stands today)", None),
    ],
)
def test_what_stands_in_brackets_is_a_unit_only_where_it_is_short_and_no_verb(header: str, unit: str | None) -> None:
    assert find_unit(header)[1] == unit
    assert unit or find_unit(header)[0] == header


def test_a_unit_on_a_line_of_its_own_is_that_of_all_numbers(save_sheet: Any) -> None:
    rows = [
        ["表3-1 主要年份人口数"],
        ["(万人)"],
        ["地区", 2019, 2020],
        ["北京", 2190.1, 2189.0],
        ["天津", 1385.0, 1387.0],
    ]
    table, _ = add_and_fetch(save_sheet(rows))
    assert [field.get("unit") for field in table.fields] == [None, "万人", "万人"]


def test_tables_two_blank_rows_apart_with_other_names_are_two(save_sheet: Any) -> None:
    quarters = [[f"2024年第{number}季度", 100 + number, 80 + number] for number in range(1, 5)]
    offices = [["财务部", 3, "张三"], ["人事部", 9, "李四"], ["信息中心", 5, "王五"]]
    file = save_sheet([["季度", "收入", "支出"], *quarters, [], [], ["部门", "人数", "负责人"], *offices])
    assert [table.rows for table in datahall.add(file).tables] == [4, 3]


def test_sections_two_blank_rows_apart_with_the_same_names_are_one_table(save_sheet: Any) -> None:
    file = save_sheet([["a", "n"], ["x", 1], ["y", 2], [], [], ["a", "n"], ["z", 3], ["w", 4]])
    assert len(datahall.add(file).tables) == 1


@pytest.mark.parametrize("rows", [2, 40], ids=["few rows", "many rows"])
@pytest.mark.parametrize("word", ["合计", "Total"])
def test_a_total_below_leaves_a_column_of_dates_what_it_is(write: Write, rows: int, word: str) -> None:
    days = [date(2024, 1 + number // 28, 1 + number % 28) for number in range(rows)]
    text = "日期,客流\n" + "".join(f"{day},{number}\n" for number, day in enumerate(days)) + f"{word},99\n"
    table, frame = add_and_fetch(write(text))
    assert frame["日期"].to_list() == [*days, None]
    assert table.fields[0]["missing"] == [word]
    assert codes(table) == {"missing-marks": rows + 2, "total-row": rows + 2}


def test_words_for_totals_stay_words_in_a_column_of_words(write: Write) -> None:
    table, frame = add_and_fetch(write("district,n\nNorth,1\nSouth,2\nTotal,3\n"))
    assert frame["district"].to_list() == ["North", "South", "Total"]
    assert frame["district"].dtype == pl.String
    assert codes(table) == {"total-row": 4}


def test_a_title_above_a_table_is_the_title_of_its_card(save_sheet: Any) -> None:
    rows = [
        ["填报单位：区教育局"],
        ["滨江区各街道学龄人口"],
        ["(万人)"],
        ["街道", "男", "女"],
        ["甲", 1, 2],
        ["乙", 3, 4],
    ]
    table, _ = add_and_fetch(save_sheet(rows))
    assert table.card["title"] == {"zh": "滨江区各街道学龄人口", "en": "滨江区各街道学龄人口 (to be translated)"}
    assert table.card["description"]["zh"].startswith("每行对应 滨江区各街道学龄人口 的一行")


def test_an_english_title_waits_for_its_chinese(write: Write) -> None:
    table, _ = add_and_fetch(write("Rainfall by station,\n\nstation,mm\nA,1\nB,2\n"))
    assert table.card["title"] == {"en": "Rainfall by station", "zh": "Rainfall by station（待翻译）"}


@pytest.mark.parametrize("line", ["# made by a program", "Updated: 2024-03-01", "All figures are rounded.", "(万人)"])
def test_a_line_that_names_no_table_is_no_title(write: Write, line: str) -> None:
    (table,) = datahall.add(write(f"{line},\n\nstation,mm\nA,1\nB,2\n")).tables
    assert table.card["title"]["en"] == table.card["title"]["zh"]


@pytest.mark.parametrize(
    ("name", "stem"),
    [("企业登记", "qi-ye-deng-ji"), ("2024年GDP", "2024-nian-gdp"), ("Rain_2024", "rain-2024"), ("日", "ri")],
)
def test_a_file_with_a_chinese_name_is_called_by_its_sound(tmp_path: Path, name: str, stem: str) -> None:
    file = tmp_path / f"{name}.csv"
    file.write_text("a,b\n1,2\n")
    assert datahall.add(file).tables[0].card["sources"][0]["path"] == f"statistics/{stem}.csv"


def test_tables_of_one_archive_have_different_names(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "all.zip", "w") as archive:
        for name in ("2023/西湖区.csv", "2024/西湖区.csv", "2024/上城区.csv"):
            archive.writestr(name, "a,b\n1,2\n")
    paths = [table.card["sources"][0]["path"] for table in datahall.add(tmp_path / "all.zip").tables]
    assert paths == [f"statistics/{name}.csv" for name in ("xi-hu-qu", "xi-hu-qu-2", "shang-cheng-qu")]


def test_a_folder_is_called_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource, match="is a folder, not a file") as raised:
        datahall.add(tmp_path)
    assert raised.value.code == "folder"
