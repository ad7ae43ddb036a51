"""Personal data is told by form and check digits, and not where figures only look like it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from datahall._personal_data import PersonalColumn, find_kinds, scan_files


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("11010519491231002X", "citizen-number"),
        ("王，11010519491231002x。", "citizen-number"),
        ("13812345678", "phone"),
        ("138-1234-5678", "phone"),
        ("+86 138 1234 5678", "phone"),
        ("0571-88888888", "phone"),
        ("0044 20 7946 0958", "phone"),
        ("(212) 456-1111", "phone"),
        ("ask a.b@example.org", "e-mail"),
        ("4111 1111 1111 1111", "bank-card"),
        ("6222021234567890128", "bank-card"),
    ],
)
def test_a_value_is_of_its_kind(value: str, kind: str) -> None:
    assert find_kinds(value) == {kind}


@pytest.mark.parametrize(
    "value",
    ["110105194912310021", "2024-01-01 00:00:00", "12345678", "91350211M000100Y43", "4111111111111112", "@home", "",
     "99999999999", "1.3812345678", "2024-138-1234-5678901", "x" * 100_000 + "@", "1" * 100_000],
)  # fmt: skip
def test_a_value_that_only_looks_so_is_of_none(value: str) -> None:
    started = time.monotonic()
    assert find_kinds(value) == set()
    assert time.monotonic() - started < 2


def found(values: Sequence[str | None], *, name: str = "a") -> list[tuple[str, int, float]]:
    column = PersonalColumn(name)
    column.check(pl.Series(values, dtype=pl.String), pl.int_range(2, len(values) + 2, eager=True))
    return [(each.kind, each.count, round(each.share, 3)) for each in column.found()]


def test_numbers_within_chinese_text_are_found_and_quickly() -> None:
    texts = [*(f"温州市鹿城区第{number}号街道办事处的备注说明" for number in range(200_000)), "联系13812345678王"]
    started = time.monotonic()
    assert found(texts) == [("phone", 1, 0.0)]
    assert time.monotonic() - started < 2


def test_one_number_among_thousands_is_told() -> None:
    assert found([*map(str, range(5_000)), "11010519491231002X"]) == [("citizen-number", 1, 0.0)]


def test_bare_figures_are_telephone_numbers_where_many_are_or_the_column_says_so() -> None:
    few = ["13812345678", *[str(number) for number in range(20_000_000_000, 20_000_000_050)]]
    assert found(few) == []
    assert found(few, name="手机") == [("phone", 1, 0.02)]
    assert found(["13812345678", None, "13912345678"]) == [("phone", 2, 1.0)]


def test_a_column_of_long_random_numbers_holds_no_bank_cards() -> None:
    assert found([str(4_000_000_000_000_000 + 7 * number) for number in range(1_000)]) == []


def test_a_file_is_looked_through_to_its_end_in_bounded_time(tmp_path: Path) -> None:
    height = 250_000
    phones = [f"1381234{number % 10_000:04}" for number in range(height)]
    frame = pl.DataFrame({"phone": phones, "n": range(height), "code": [f"A{n:09}" for n in range(height)]})
    frame = frame.with_columns(late=pl.when(pl.col("n") == height - 1).then(pl.lit("a@example.org")))
    frame.write_parquet(tmp_path / "data.parquet")
    started = time.monotonic()
    result = scan_files([tmp_path / "data.parquet"])
    assert [(each.column, each.kind, each.share) for each in result] == [("phone", "phone", 1.0), ("late", "e-mail", 1)]
    assert result[1].lines == (height,)
    assert time.monotonic() - started < 5


def test_whole_numbers_are_looked_at_too(tmp_path: Path) -> None:
    pl.DataFrame({"a": [13812345678, 13912345678]}).write_parquet(tmp_path / "data.parquet")
    assert [each.kind for each in scan_files([tmp_path / "data.parquet"])] == ["phone"]
