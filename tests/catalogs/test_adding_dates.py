"""Dates as offices write them, mixed in one column: read where nothing is in doubt, and told with forms and lines."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from tests.catalogs.added_files import Write, add_and_fetch, codes


def _write_column(write: Write, values: list[str], *, name: str = "登记日期", times: int = 6) -> Any:
    rows = "".join(f"{value},{number}\n" for number, value in enumerate(values * times))
    return add_and_fetch(write(f"{name},金额\n{rows}"))


def _said(table: Any, code: str, language: str = "en") -> str:
    return next(finding.message.spoken(language) for finding in table.findings if finding.code == code)


@pytest.mark.parametrize(
    ("values", "days"),
    [
        (["2024年3月1日", "2024-03-02", "45354"], [date(2024, 3, 1), date(2024, 3, 2), date(2024, 3, 3)]),
        (["2024年3月", "2024-03", "2024.3", "Mar 2024", "45352"], [date(2024, 3, 1)] * 5),
        (["2024年3月", "03/22/2024", "45364"], [date(2024, 3, day) for day in (1, 22, 13)]),
    ],
    ids=["days", "months", "months, American days and serials"],
)
@pytest.mark.parametrize("name", ["登记日期", "stand"])
def test_mixed_forms_and_serials_of_excel_are_read_as_dates(
    write: Write, values: list[str], days: list[date], name: str
) -> None:
    table, frame = _write_column(write, values, name=name)
    assert frame[name].to_list()[: len(days)] == days
    for line, value in enumerate(values, start=2):
        assert f"“{value}” in line {line} (" in _said(table, "mixed-dates")
        assert f"第 {line} 行“{value}”（" in _said(table, "mixed-dates", "zh")


def test_serials_far_down_a_column_of_dates_are_read(write: Write) -> None:
    values = [f"2024-03-{1 + number % 28:02}" for number in range(3_000)] + ["45356"]
    table, frame = _write_column(write, values, times=1)
    assert frame["登记日期"][-1] == date(2024, 3, 5)
    assert codes(table)["mixed-dates"] == 3002


@pytest.mark.parametrize("odd", ["2024", "1", "99999", "123456"])
def test_figures_that_are_no_serial_leave_a_column_of_dates_text(write: Write, odd: str) -> None:
    table, frame = _write_column(write, [*["2024-03-01"] * 30, odd], times=1)
    assert frame["登记日期"].dtype == pl.String
    assert codes(table)["misfit"] == 32


def test_serials_of_years_far_from_the_written_ones_stay_text(write: Write) -> None:
    table, frame = _write_column(write, ["2024-03-01", "2024-03-02", "2024-03-03", "21000"], name="stand")
    assert frame["stand"].dtype == pl.String
    assert "21000" in _said(table, "mixed-values")


def test_a_column_that_is_mostly_dates_says_which_values_are_none(write: Write) -> None:
    table, frame = _write_column(write, ["2024-03-01", "2024-03-02", "2024-03-03", "soon"])
    assert frame["登记日期"].dtype == pl.String
    assert _said(table, "mixed-values") == "Most values of the column are dates, but “soon” is not (in all: 6)."


def test_a_month_becomes_its_first_day_and_that_is_told(write: Write) -> None:
    table, frame = _write_column(write, ["2024年3月", "2024年4月"])
    assert frame["登记日期"].to_list()[:2] == [date(2024, 3, 1), date(2024, 4, 1)]
    assert _said(table, "months", "zh") == "“2024年3月”只有月份，没有日。"


def test_forms_are_told_in_words(write: Write) -> None:
    table, _ = _write_column(write, ["01/02/2024", "03/04/2024"])
    assert _said(table, "ambiguous-dates") == "Nothing tells whether “01/02/2024” is day/month/year or month/day/year."
    assert _said(table, "ambiguous-dates", "zh") == "无法判断“01/02/2024”是日/月/年还是月/日/年。"


@pytest.mark.parametrize(
    ("values", "read"),
    [(["(3.00)", "(12.50)"], [-3.0, -12.5]), (["(3.00)", "12.50"], [-3.0, 12.5]), (["(7)", "(2)"], ["(7)", "(2)"])],
    ids=["all below zero", "some", "items"],
)
def test_numbers_in_brackets_are_below_zero_unless_they_number_items(
    write: Write, values: list[str], read: list[Any]
) -> None:
    table, frame = _write_column(write, values, name="amount")
    assert frame["amount"].to_list()[:2] == read
    assert codes(table).keys() & {"bracketed-negatives", "bracketed-items"}
