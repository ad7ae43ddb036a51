"""What changed between two versions: columns, types, and rows, counted exactly and shown in part."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import datahall
import polars as pl
import pytest
from datahall import cli
from datahall._difference import Difference, compare
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.catalogs.card_drafts import CSV, draft, field, save_card, save_data

ID = "culture/visitors"
KEYED = draft(primary_key=["day"])


def difference(old: dict[str, Any], new: dict[str, Any], *key: str, examples: int = 10) -> Difference:
    frames = pl.LazyFrame(old), pl.LazyFrame(new)
    return compare(*frames, id=ID, versions=("a", "b"), key=key, examples=examples)


def test_rows_are_matched_by_key() -> None:
    found = difference({"k": [1, 2, 3], "v": ["a", "b", None]}, {"k": [4, 3, 2], "v": ["d", "c", "b"]}, "k")
    assert found.rows == {"added": 1, "removed": 1, "changed": 1, "unchanged": 1}
    assert found.values_changed == {"v": 1}
    assert found.examples == {
        "added": [{"k": 4, "v": "d"}],
        "removed": [{"k": 1, "v": "a"}],
        "changed": [{"key": {"k": 3}, "values": {"v": [None, "c"]}}],
    }


def test_whole_rows_are_counted_where_no_key_tells_them_apart() -> None:
    for key in ([], ["k"], ["elsewhere"]):
        found = difference({"k": [1, 1, 1, 2], "v": [0, 0, 0, 0]}, {"k": [1, 1, 3], "v": [0, 0, 0]}, *key)
        assert found.key == ()
        assert found.rows == {"added": 1, "removed": 2, "changed": 0, "unchanged": 2}
        assert found.examples["removed"] == [{"k": 1, "v": 0}, {"k": 2, "v": 0}]


def test_a_key_with_empty_cells_matches_too() -> None:
    found = difference({"k": [None, 1], "v": [1, 1]}, {"k": [None, 1], "v": [1, 2]}, "k")
    assert (found.key, found.rows["changed"], found.rows["unchanged"]) == (("k",), 1, 1)


def test_columns_and_types_are_named_and_only_shared_ones_compared() -> None:
    found = difference({"k": [1], "gone": [1], "t": [1]}, {"k": [1], "t": ["1"], "come": [0.5]}, "k")
    assert found.columns_added == (("come", "number"),)
    assert found.columns_removed == (("gone", "integer"),)
    assert found.types_changed == (("t", "integer", "string"),)
    assert found.rows == {"added": 0, "removed": 0, "changed": 0, "unchanged": 1}
    assert not found.is_empty


def test_a_moment_that_gains_a_time_zone_has_another_type() -> None:
    plain, zoned = datetime(2024, 1, 1), datetime(2024, 1, 1, tzinfo=UTC)
    assert difference({"t": [plain]}, {"t": [zoned]}).types_changed == (("t", "datetime", "datetime-utc"),)


def test_without_a_shared_column_every_row_is_another_one() -> None:
    found = difference({"a": [1, 2]}, {"b": [1, 2, 3]})
    assert found.rows == {"added": 3, "removed": 2, "changed": 0, "unchanged": 0}


@pytest.mark.parametrize("key", [("k",), ()], ids=["by key", "whole rows"])
def test_one_nan_is_like_another_and_lists_are_compared(key: tuple[str, ...]) -> None:
    rows = {"k": [1, 2], "x": [float("nan"), None], "l": [["a", None], None]}
    assert difference(rows, rows, *key).is_empty
    assert not difference(rows, {**rows, "l": [["a", "b"], None]}, *key).is_empty


def test_what_is_shown_is_bounded_and_what_is_counted_is_not() -> None:
    found = difference({"k": [-1]}, {"k": list(range(50_000))}, "k", examples=3)
    assert found.rows["added"] == 50_000
    assert [row["k"] for row in found.examples["added"]] == [0, 1, 2]
    assert "first rows" in str(found)


def test_what_a_terminal_shows_of_a_value_is_short_and_harmless() -> None:
    text = str(difference({"k": ["\x1b[2Jx\ny"], "v": ["a" * 10_000]}, {"k": ["\x1b[2Jx\ny"], "v": ["b"]}, "k"))
    assert "\x1b" not in text
    assert "~ k=[2Jx y: v=aaa" in text
    assert max(map(len, text.split("\n"))) < 200


ROWS = st.dictionaries(st.integers(0, 8), st.sampled_from([None, 1, 2]), max_size=8)


@settings(max_examples=40, deadline=None)
@given(old=ROWS, new=ROWS)
def test_the_counts_are_those_of_a_plain_comparison(old: dict[int, int | None], new: dict[int, int | None]) -> None:
    def columns(rows: dict[int, int | None]) -> dict[str, Any]:
        return {"k": pl.Series(list(rows), dtype=pl.Int64), "v": pl.Series(list(rows.values()), dtype=pl.Int64)}

    changed = {k for k in old.keys() & new.keys() if old[k] != new[k]}
    unchanged = len(old.keys() & new.keys()) - len(changed)
    by_key = difference(columns(old), columns(new), "k")
    more, less = len(new.keys() - old.keys()), len(old.keys() - new.keys())
    assert by_key.rows == {"added": more, "removed": less, "changed": len(changed), "unchanged": unchanged}
    whole = difference(columns(old), columns(new))
    together = {"added": more + len(changed), "removed": less + len(changed), "changed": 0, "unchanged": unchanged}
    assert whole.rows == together


@pytest.fixture
def versions(home: Path) -> tuple[str, str]:
    """Two versions: one day corrected, one removed, one added."""
    save_card(home, KEYED)
    save_data(home, b"day,visitors\n2024-01-01,5\n2024-01-02,7\n2024-01-03,1\n")
    first = datahall.dataset(ID).fetch()
    save_data(home, b"day,visitors\n2024-01-01,6\n2024-01-02,7\n2024-01-04,1\n")
    return first, datahall.dataset(ID).fetch()


def test_a_terminal_gets_json(versions: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["diff", ID, *versions, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["old"], found["new"]) == versions
    assert found["columns"] == {"added": [], "removed": [], "changed": []}
    assert (found["key"], found["values_changed"]) == (["day"], {"visitors": 1})
    assert found["rows"] == {"added": 1, "removed": 1, "changed": 1, "unchanged": 1}
    assert found["examples"]["changed"] == [{"key": {"day": "2024-01-01"}, "values": {"visitors": [5, 6]}}]


def test_a_terminal_gets_text_in_the_readers_language(
    versions: tuple[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.run(["diff", ID, *versions]) == 0
    text = capsys.readouterr().out
    assert "Rows by day: 1 added, 1 removed, 1 changed, 1 unchanged." in text
    assert "~ day=2024-01-01: visitors=5 → 6" in text
    monkeypatch.setenv("DATAHALL_LANGUAGE", "zh")
    cli.run(["diff", ID, *versions])
    assert "新增 1，删除 1，修改 1，未变 1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["2024-01-31.00000000", "2024-01-31.00000001"], "unknown-version"),
        (["../../etc", "x"], "unknown-version"),
    ],
)
def test_a_version_that_is_not_there_is_named(
    versions: tuple[str, str], arguments: list[str], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["diff", ID, *arguments, "--json"]) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == code
    assert arguments[0] in error["message"]


def test_a_changed_card_is_seen_in_columns_and_types(home: Path) -> None:
    save_data(home, CSV)
    save_card(home, draft())
    first = datahall.dataset(ID).fetch()
    save_card(home, draft(fields=[field("day", "string"), field("visitors", "integer")]))
    found = datahall.dataset(ID).diff(first, datahall.dataset(ID).fetch())
    assert found.types_changed == (("day", "date", "string"),)
    assert found.rows["unchanged"] == 2
