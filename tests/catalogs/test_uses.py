"""Uses are counted by day, dataset and kind, by several processes at once, and survive crashes and damage."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from datahall.openings import today
from datahall.uses import KEPT_DAYS, WINDOW, Use, UseCounts, add_uses, load_use, tell_sandboxes

RAIN, METRO = "weather/rain", "transport/metro"
KEEP_ADDING = """
import sys
from pathlib import Path
from datahall.uses import add_uses
print("begins", flush=True)
while True:
    add_uses({("weather/rain", "download"): 1, ("weather/rain", "visit"): 1}, home=Path(sys.argv[1]))
"""
ADD_MANY = """
import sys
from pathlib import Path
from datahall.uses import add_uses
for _ in range(60):
    add_uses({("weather/rain", "download"): 1}, home=Path(sys.argv[1]))
"""


def rows(home: Path) -> list[tuple[str, str, str, int]]:
    with closing(sqlite3.connect(home / "uses.sqlite")) as database:
        return list(database.execute("select * from uses order by 1, 2, 3"))


def test_the_mean_is_that_of_the_last_thirty_days_by_kind(tmp_path: Path) -> None:
    add_uses({(RAIN, "download"): 500}, home=tmp_path, day=today() - timedelta(days=WINDOW))
    add_uses({(RAIN, "download"): 50, (METRO, "opening"): 3}, home=tmp_path, day=today() - timedelta(days=WINDOW - 1))
    add_uses({(RAIN, "visit"): 10}, home=tmp_path)
    counts = UseCounts.load(tmp_path)
    assert dict(counts) == {RAIN: 2.0, METRO: 0.1}
    assert counts.use_of(RAIN) == load_use(RAIN, home=tmp_path) == Use(downloads=50, visits=10)
    assert counts.use_of("culture/unused").total == 0


def test_a_new_hall_takes_the_mean_over_the_days_it_has_counted(tmp_path: Path) -> None:
    add_uses({(RAIN, "download"): 6}, home=tmp_path, day=today() - timedelta(days=1))
    assert load_use(RAIN, home=tmp_path).as_json() == {
        "a_day": 3.0, "days": 2, "downloads": 6, "openings": 0, "visits": 0,
    }  # fmt: skip


def test_old_days_become_months_and_no_use_is_lost(tmp_path: Path) -> None:
    start = today() - timedelta(days=KEPT_DAYS + 200)
    for back in range(0, KEPT_DAYS + 200, 10):
        add_uses({(RAIN, "download"): 2}, home=tmp_path, day=start + timedelta(days=back))
    add_uses({(RAIN, "download"): 1}, home=tmp_path)
    found = rows(tmp_path)
    assert sum(number for *_, number in found) == 2 * ((KEPT_DAYS + 200) // 10) + 1
    assert {len(day) for day, *_ in found} == {7, 10}
    assert len(found) < 25


def test_two_processes_count_at_the_same_time(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ADD_MANY, str(tmp_path)]
    running = [subprocess.Popen(command) for _ in range(2)]
    assert [process.wait(30) for process in running] == [0, 0]
    assert load_use(RAIN, home=tmp_path).downloads == 120


def test_a_kill_in_the_middle_leaves_whole_transactions(tmp_path: Path) -> None:
    for _ in range(3):
        process = subprocess.Popen([sys.executable, "-c", KEEP_ADDING, str(tmp_path)], stdout=subprocess.PIPE)
        with process:
            assert process.stdout
            process.stdout.readline()
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.2)
            process.kill()
    use = load_use(RAIN, home=tmp_path)
    assert use.downloads == use.visits > 0
    add_uses({(RAIN, "download"): 1}, home=tmp_path)
    assert load_use(RAIN, home=tmp_path).downloads == use.downloads + 1


@pytest.mark.parametrize("content", [b"", b"no database" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_table_is_set_aside_and_counting_goes_on(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "uses.sqlite").write_bytes(content)
    assert len(UseCounts.load(tmp_path)) == 0
    add_uses({(RAIN, "download"): 1}, home=tmp_path)
    assert load_use(RAIN, home=tmp_path).downloads == 1
    assert len(list(tmp_path.glob("*.damaged-*"))) == bool(content)


def test_where_nothing_was_counted_nothing_is_made(tmp_path: Path) -> None:
    assert (len(UseCounts.load(tmp_path)), load_use(RAIN, home=tmp_path).total) == (0, 0)
    add_uses({}, home=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_sandbox_reads_the_sums_it_is_told_and_zero_for_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_uses({(RAIN, "download"): 3, (RAIN, "visit"): 2}, home=tmp_path)
    tell_sandboxes(home=tmp_path)
    monkeypatch.setenv("DATAHALL_CATALOGS", str(tmp_path))

    counts = UseCounts.load()

    assert (counts.use_of(RAIN), counts.use_of(METRO)) == (Use(3, 0, 2, days=1), Use(days=1))
    assert counts.until == today()
    assert load_use(RAIN).visits == 2


def test_a_sandbox_is_not_told_the_names_of_drafts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "datasets/weather").mkdir(parents=True)
    (tmp_path / "datasets/weather/rain.yaml").write_text("draft: true\n")
    add_uses({(RAIN, "opening"): 1, (METRO, "opening"): 1}, home=tmp_path)

    tell_sandboxes(home=tmp_path)

    monkeypatch.setenv("DATAHALL_CATALOGS", str(tmp_path))
    assert list(UseCounts.load()) == [METRO]


@pytest.mark.parametrize("told", [None, "", "[]", '{"until": "2026-01-01", "days": 3, "uses": {"a": [1]}}'])
def test_a_sandbox_that_is_told_nothing_knows_of_no_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str | None
) -> None:
    (tmp_path / "index").mkdir()
    if told is not None:
        (tmp_path / "index/uses.json").write_text(told)
    monkeypatch.setenv("DATAHALL_CATALOGS", str(tmp_path))

    assert UseCounts.load().until is None
    assert load_use(RAIN).total == 0
