"""What is read and computed a part at a time is what would be read and computed at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from datahall import _distinct_rows
from datahall._distinct_rows import count_distinct, find_repeated
from datahall._fingerprint import Fingerprint, fingerprint_table
from datahall._formats import delimited, frames
from datahall._quality import quantiles
from datahall._quality.quantiles import find_quantiles
from datahall._version_writing import _regroup
from datahall.errors import UnreadableSource
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.catalogs.card_drafts import field
from tests.catalogs.test_source_formats import TABLES, read

ID = "culture/visitors"


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows, or a line or two of text, are read at a time."""
    monkeypatch.setattr(frames, "BATCH_ROWS", 2)
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 40)


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("name", TABLES)
def test_every_format_gives_the_same_rows_in_small_batches(home: Path, name: str) -> None:
    content, source, fields, rows = TABLES[name]
    assert read(home, content, fields=fields, **source) == rows


LINES = "".join(f'"day {number}, or so",{number},{number * 7 % 5}\n' for number in range(1, 31))
BLANK = LINES.replace("\n", "\n\n").replace('"day 20', ',,\n"day 20')
RECORDS = "".join(
    json.dumps({"day": f"d{number}", **({"2001": number} if number < 20 else {"2002": number})}) + "\n"
    for number in range(1, 31)
)
WORDS = [field("day", "string"), field("a", "integer"), field("b", "integer")]
TALL = [field("day", "string"), field("year", "integer"), field("n", "integer")]
UNPIVOT = {"unpivot": {"name": "year", "value": "n", "keep": ["day"]}}
SOURCES: dict[str, tuple[str, dict[str, Any], list[dict[str, Any]]]] = {
    "CSV": ("day,a,b\n" + LINES, {"format": "csv"}, WORDS),
    "CSV with blank lines": ("day,a,b\n" + BLANK, {"format": "csv", "skip_empty": True}, WORDS),
    "CSV with lines around it": (
        "x\ny\nday,a,b\n" + LINES + "sum\n",
        {"format": "csv", "skip_rows": 2, "skip_footer": 1},
        WORDS,
    ),
    "ragged rows": ("day,a,b\n" + LINES + "x\ny,1\n", {"format": "csv", "ragged": True}, WORDS),
    "a wide table": ("day,2001,2002\n" + LINES, {"format": "csv", **UNPIVOT}, TALL),
    "JSON Lines whose later records have other keys": (RECORDS, {"format": "jsonl", **UNPIVOT}, TALL),
    "a list": (json.dumps([json.loads(line) for line in RECORDS.splitlines()]), {"format": "json", **UNPIVOT}, TALL),
}


@pytest.mark.parametrize("name", SOURCES)
def test_the_size_of_batches_has_no_influence(home: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    content, source, fields = SOURCES[name]
    at_once = read(home, content.encode(), fields=fields, **source)
    assert len(at_once) >= 30
    monkeypatch.setenv("DATAHALL_HOME", str(home / "other"))
    monkeypatch.setattr(frames, "BATCH_ROWS", 3)
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 64)
    monkeypatch.setattr(delimited, "CELLS", 1)
    assert read(home / "other", content.encode(), fields=fields, **source) == at_once


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize(
    ("content", "source", "place"),
    [
        ("day,a,b\n" + LINES + "z,many,1\n", {"format": "csv"}, "line 32, field a: 'many'"),
        ("day,a,b\n" + BLANK + "z,many,1\n", {"format": "csv", "skip_empty": True}, "line 63, field a: 'many'"),
        ("day,a,b\n" + LINES + "z,many\n", {"format": "csv", "ragged": True}, "line 32, field a: 'many'"),
        ("day,a,b\n" + LINES + "z,1,2,3\n", {"format": "csv", "ragged": True}, "line 32 has 4 values"),
        ("day,a,b\n" + LINES + "z,1\n", {"format": "csv"}, "Row #32: Expected 3 columns, got 2"),
        ('{"day": "x", "a": 1, "b": 2}\n' * 9 + '{"day": "x", "a": "many"}\n', {"format": "jsonl"}, "line 10, field a"),
        ('{"day": "x", "a": 1, "b": 2}\n' * 9 + "[1]\n", {"format": "jsonl"}, "line 10: it is no JSON object"),
        ('{"day": "x", "a": 1}\n' * 9, {"format": "jsonl"}, "has no column b; it has: day, a"),
        ('{"day": "x", "a": 1, "b": 2}\n' * 9 + '{"c": 1}\n', {"format": "jsonl"}, "does not name: 'c'"),
    ],
)
def test_a_misfit_in_a_later_batch_is_named_with_its_place(
    home: Path, content: str, source: dict[str, Any], place: str
) -> None:
    with pytest.raises(UnreadableSource) as caught:
        read(home, content.encode(), fields=WORDS, **source)
    assert place in str(caught.value)


def test_a_batch_is_short_where_its_cells_are_long() -> None:
    batches = frames.cut_batches(["x" * (1 << 24)] * 5 + ["y"] * 3, size=len)
    assert [len(batch) for batch in batches] == [2, 2, 4]


KINDS = {
    "text": (pa.string(), st.text(st.characters(codec="utf-8"), max_size=4)),
    "number": (pa.float64(), st.floats(allow_nan=False)),
    "day": (pa.date32(), st.dates()),
    "list": (
        pa.list_(pa.string()),
        st.lists(st.none() | st.text(st.characters(codec="utf-8"), max_size=2), max_size=3),
    ),
}


@pytest.mark.parametrize(("kind", "values"), KINDS.values(), ids=KINDS)
def test_a_fingerprint_fed_in_pieces_is_that_of_the_whole(kind: pa.DataType, values: st.SearchStrategy[object]) -> None:
    @settings(max_examples=30, deadline=None)
    @given(cells=st.lists(st.none() | values, max_size=12), cuts=st.lists(st.integers(0, 12), max_size=3))
    def check(cells: list[object], cuts: list[int]) -> None:
        whole = pa.table({"a": pa.array(cells, kind), "n": pa.array(range(len(cells)), pa.int64())})
        fingerprint, start = Fingerprint(whole.schema), 0
        for cut in sorted(cuts):
            fingerprint.update(whole.slice(start, max(0, cut - start)))
            start = max(start, cut)
        fingerprint.update(whole.slice(start))
        assert fingerprint.hexdigest() == fingerprint_table(whole)

    check()


@given(sizes=st.lists(st.integers(0, 30), min_size=1, max_size=6), most=st.integers(1, 20))
def test_row_groups_are_full_whatever_pieces_the_rows_come_in(sizes: list[int], most: int) -> None:
    numbers = pa.table({"n": pa.array(range(sum(sizes)), pa.int64())})
    pieces = [numbers.slice(sum(sizes[:index]), size) for index, size in enumerate(sizes)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("datahall._version_writing.GROUP_ROWS", most)
        groups = list(_regroup(pieces))
    assert pa.concat_tables(groups).equals(numbers)
    assert {group.num_rows for group in groups[:-1]} <= {most}
    assert groups[-1].num_rows <= most


def test_row_groups_of_long_rows_are_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datahall._version_writing.GROUP_BYTES", 1_000)
    groups = list(_regroup([pa.table({"s": ["x" * 96] * 35})]))
    assert [group.num_rows for group in groups] == [10, 10, 10, 5]


CELLS = st.tuples(st.none() | st.integers(0, 3), st.none() | st.sampled_from(["", "a", "b"]))


@settings(max_examples=150, deadline=None)
@given(cells=st.lists(CELLS, max_size=15), at_once=st.integers(1, 20))
def test_rows_are_told_apart_in_parts_as_they_are_at_once(cells: list[tuple[Any, ...]], at_once: int) -> None:
    rows = pl.DataFrame(cells, schema={"a": pl.Int64, "b": pl.String}, orient="row").lazy()
    bad = [row for row, cell in enumerate(cells) if None in cell or cell in cells[:row]]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_distinct_rows, "HASHES_AT_ONCE", at_once)
        assert count_distinct(rows, height=len(cells)) == len(set(cells))
        assert find_repeated(rows, height=len(cells)) == (bad[0] if bad else None)


def test_hashes_beyond_memory_leave_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_distinct_rows, "HASHES_AT_ONCE", 10)
    assert find_repeated(pl.LazyFrame({"a": [*range(30), 7]}), height=31, spill=tmp_path) == 30
    assert list(tmp_path.iterdir()) == []


NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-3, 3).map(float),
    st.sampled_from([0.0, -0.0, 5e-324, 1e-323, -5e-324, 1.7e308, -1.7e308, 1e16, 1e16 + 2]),
)
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


@settings(max_examples=150, deadline=None)
@given(
    numbers=st.lists(st.none() | NUMBERS, max_size=40),
    last=NUMBERS,
    at_once=st.integers(1, 8),
    bars=st.sampled_from([2, 3, 1 << 16]),
)
def test_quantiles_found_by_narrowing_are_those_of_all_values(
    numbers: list[float | None], last: float, at_once: int, bars: int
) -> None:
    column = pl.Series("x", [*numbers, last], dtype=pl.Float64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quantiles, "VALUES_AT_ONCE", at_once)
        patch.setattr(quantiles, "_BARS", bars)
        found = find_quantiles(column.to_frame().lazy(), name="x", count=column.count(), shares=SHARES)
    assert found == [column.quantile(share) for share in SHARES]


@pytest.mark.parametrize("alike", [{0}, {0, 1}, {1, 2}, {0, 2}], ids=str)
@pytest.mark.parametrize("repeated", [None, 7])
def test_rows_of_one_hash_by_chance_are_not_taken_for_the_same(
    monkeypatch: pytest.MonkeyPatch, alike: set[int], repeated: int | None
) -> None:
    true_hash = _distinct_rows._hash_row
    monkeypatch.setattr(
        _distinct_rows,
        "_hash_row",
        lambda seed: true_hash(seed) * 0 if seed in alike else true_hash(seed),  # all rows have one hash
    )
    rows = pl.LazyFrame({"n": [3 if number == repeated else number for number in range(10)]})
    assert find_repeated(rows, height=10) == repeated
