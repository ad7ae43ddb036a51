"""Rows of other lengths are handed over in order, with their lines, and never pile up in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import datahall
import pytest
from datahall._adding import batches, ragged_rows
from datahall._adding.ragged_rows import RaggedRows


@dataclass
class Row:
    """What the parser tells of a row that it passes over."""

    number: int
    text: str = "x"


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    """As many rows may wait in this test."""
    monkeypatch.setattr(ragged_rows, "MOST", 10)
    return 10


def keep_all(rows: RaggedRows, numbers: range) -> Thread:
    thread = Thread(target=lambda: [rows.keep(Row(number)) for number in numbers], daemon=True)
    thread.start()
    return thread


def taken(rows: RaggedRows, parser: Thread) -> Iterator[list[tuple[int, str]]]:
    while parser.is_alive() or (run := rows.take_run()):
        if parser.is_alive():
            run = rows.take_run()
        yield run


def test_a_parser_waits_until_rows_are_taken(few: int) -> None:
    rows = RaggedRows(next_row=1)
    parser = keep_all(rows, range(1, 1_001))

    parts = list(taken(rows, parser))

    assert [number for part in parts for number, _ in part] == list(range(1, 1_001))
    assert max(map(len, parts)) <= few


def test_a_parser_does_not_wait_where_a_regular_row_stands_before(few: int) -> None:
    rows = RaggedRows(next_row=1)
    parser = keep_all(rows, range(2, 100 * few))  # row 1 comes with the parser's next batch
    parser.join(timeout=10)
    assert not parser.is_alive()
    assert rows.take_run() == []
    numbers, odd = rows.interleave(1)
    assert (numbers.to_list(), len(odd)) == ([1], 0)
    assert len(rows.take_run()) == few


def test_a_parser_that_waits_is_told_to_stop(few: int) -> None:
    with RaggedRows(next_row=1) as rows:
        parser = keep_all(rows, range(1, 100 * few))
    parser.join(timeout=10)
    assert not parser.is_alive()
    assert rows.keep(Row(1_000)) == "error"


def test_a_table_that_grows_wider_halfway_keeps_every_row_and_its_line(
    tmp_path: Path, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "LONGEST_ROW", 4_000)  # so that whole blocks hold no regular row
    regular = "".join(f'{number},"a\nb"\n' for number in range(1_500))
    wide = "".join(f'{number},"c\nd",e\n' for number in range(1_500))
    file = tmp_path / "grows.csv"
    file.write_text(f"n,text\n{regular}{wide}oops,f,g\n", encoding="utf-8")

    (table,) = datahall.add(file).tables

    assert table.rows == 3_001
    lines = {finding.code: finding.line for finding in reversed(table.findings)}
    assert lines["long-row"] == 2 + 2 * 1_500
    assert lines["misfit"] == 2 + 2 * 3_000
