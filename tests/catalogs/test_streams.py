"""Data that arrives: readable at once, a version a day; what comes late, twice, corrected or broken in its place."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import datahall
import polars as pl
import pytest
from datahall import DatahallError, InvalidQuery, NotPresent, UnreadableSource, _new_versions, store
from datahall._locations import shipped_folder
from datahall._streams import arrivals, following, live
from datahall._streams.following import follow
from datahall._streams.merging import merge_news, merge_sorted
from datahall.streams import follow_stream
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.catalogs.card_drafts import field as column
from tests.catalogs.card_drafts import save_card
from tests.catalogs.growing_counter import HEAD, ID, MONDAY, Counter, card
from tests.soak import rounds

KILLS = rounds(50)  # before each test's environment is emptied


def test_the_first_look_makes_a_version_of_the_days_that_have_passed(counter: Counter) -> None:
    followed = counter.follow()

    assert (followed.received, followed.has_more) == (2, False)
    assert str(followed.version).startswith("2024-03-03.")
    assert counter.version() == [("east", "03 10:00", 5)]
    assert counter.live() == [("east", "03 10:00", 5), ("east", "04 10:00", 7)]


def test_a_stream_that_begins_today_has_a_version_at_once(counter: Counter) -> None:
    counter.file.write_text(HEAD + "east,2024-03-04T10:00Z,7\n")

    assert str(counter.follow().version).startswith("2024-03-04.")
    assert counter.version() == [("east", "04 10:00", 7)]


def test_what_has_just_arrived_is_readable_and_the_version_stays(counter: Counter) -> None:
    version = counter.follow().version
    counter.add("west 2024-03-04T11:59Z 3")

    assert counter.follow().version == version
    assert counter.live()[-1] == ("west", "04 11:59", 3)


def test_a_day_that_has_passed_becomes_a_version_that_holds_the_days_before(counter: Counter) -> None:
    first = counter.follow().version
    counter.add("east 2024-03-05T01:00Z 9")
    second = counter.follow(MONDAY + timedelta(days=1)).version

    assert str(second).startswith("2024-03-04.")
    assert counter.version() == [("east", "03 10:00", 5), ("east", "04 10:00", 7)]
    assert counter.live()[-1] == ("east", "05 01:00", 9)
    assert datahall.dataset(ID).versions() == [second, first]
    assert pl.read_parquet(store.parquet_path(ID, str(first))).height == 1


def test_a_day_is_given_some_minutes_after_midnight(counter: Counter) -> None:
    first = counter.follow().version
    midnight = datetime(2024, 3, 5, tzinfo=UTC)

    assert counter.follow(midnight + timedelta(minutes=9)).version == first
    assert counter.follow(midnight + timedelta(minutes=11)).version != first


def test_days_are_those_of_the_streams_time_zone(home: Path, counter: Counter) -> None:
    save_card(home, card(timezone="Asia/Shanghai"), name="counter")
    counter.file.write_text(HEAD + "east,2024-03-04T15:59Z,1\neast,2024-03-04T16:00Z,2\n")

    assert str(counter.follow(datetime(2024, 3, 4, 16, 30, tzinfo=UTC)).version).startswith("2024-03-04.")
    assert counter.version() == [("east", "04 15:59", 1)]


def test_a_late_record_is_live_at_once_and_in_the_next_version(counter: Counter) -> None:
    first = counter.follow().version
    counter.add("west 2024-03-03T09:00Z 4")
    counter.follow()

    assert counter.counts() == {"received": 3, "late": 1}
    assert counter.live()[0] == ("west", "03 09:00", 4)
    second = counter.follow(MONDAY + timedelta(days=1)).version
    assert second != first
    assert counter.version()[0] == ("west", "03 09:00", 4)


def test_a_doubled_record_is_one_row_whether_it_waits_or_is_in_a_version(counter: Counter) -> None:
    counter.follow()
    counter.add(
        "east 2024-03-04T10:00Z 7", "east 2024-03-03T10:00Z 5", "west 2024-03-04T11:00Z 1", "west 2024-03-04T11:00Z 1"
    )
    counter.follow()

    assert counter.counts() == {"received": 6, "doubled": 3, "late": 1}
    assert counter.live() == [("east", "03 10:00", 5), ("east", "04 10:00", 7), ("west", "04 11:00", 1)]


def test_of_two_records_with_one_key_the_one_that_came_last_counts(counter: Counter) -> None:
    counter.follow()
    counter.add("east 2024-03-04T10:00Z 8", "east 2024-03-03T10:00Z 6")
    counter.follow()

    assert counter.counts() == {"received": 4, "corrected": 2, "late": 1}
    assert counter.live() == [("east", "03 10:00", 6), ("east", "04 10:00", 8)]
    counter.follow(MONDAY + timedelta(days=1))
    assert counter.version() == [("east", "03 10:00", 6), ("east", "04 10:00", 8)]


def test_a_line_that_is_half_written_waits_for_its_end(counter: Counter) -> None:
    counter.add("west 2024-03-04T11:00Z 1", end="")
    counter.follow()
    assert len(counter.live()) == 2

    counter.add("2")  # the number was 12
    counter.follow()
    assert counter.live()[-1] == ("west", "04 11:00", 12)


def test_a_record_in_quotes_may_go_over_several_lines(home: Path, counter: Counter) -> None:
    counter.file.write_text(HEAD + '"ea\nst",2024-03-04T10:00Z,7\n"we\n')
    counter.follow()
    assert [row[0] for row in counter.live()] == ["ea\nst"]

    counter.file.write_text(counter.file.read_text() + 'st",2024-03-04T11:00Z,8\n')
    counter.follow()
    assert [row[0] for row in counter.live()] == ["ea\nst", "we\nst"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("west,2024-03-04T11:00Z,ERR", "field visitors: 'ERR': not a whole number"),
        ("west,2024-03-04T11:00Z,-1", "field visitors: '-1': below the minimum"),
        ("west,yesterday,1", "field time: 'yesterday': not a date and time in the declared form"),
        ("west,,1", "its key or its time is empty"),
        ("west,2024-03-04T12:30Z,1", "it is said to come from the future"),
        ('"west,2024-03-04T11:00Z,1', "does not read as csv"),
        ("west,2024-03-04T11:00Z,1,2", "does not read as csv"),
    ],
)
def test_a_record_that_cannot_be_read_is_kept_and_keeps_none_away(counter: Counter, line: str, reason: str) -> None:
    counter.follow()
    with counter.file.open("a") as file:
        file.write(f"west,2024-03-04T10:58Z,1\n{line}\nwest,2024-03-04T10:59Z,2\n")
    for _ in range(2):  # a quote may be open for one look
        counter.follow()

    assert [row for row in counter.live() if row[0] == "west"] == [("west", "04 10:58", 1), ("west", "04 10:59", 2)]
    assert counter.counts()["refused"] == 1
    refused = counter.refused()
    assert [each["reason"] for each in refused if reason in each["reason"]]
    assert line.split(",")[-1] in refused[0]["record"]


def test_where_everything_is_unreadable_the_card_is_blamed_and_nothing_passed_over(counter: Counter) -> None:
    counter.follow()
    before = counter.live()
    counter.add(*(f"west 2024-03-04T11:{n % 60:02}Z x{n}" for n in range(300)))

    with pytest.raises(UnreadableSource, match="not a whole number"):
        counter.follow()
    state = datahall.dataset(ID).stream
    assert state is not None
    assert state.error is not None
    assert "不是整数" in state.error["zh"]
    assert counter.live() == before
    assert counter.counts()["received"] == 2


def test_a_file_that_is_begun_anew_is_read_from_its_start(counter: Counter) -> None:
    counter.follow()
    counter.file.write_text(HEAD + "west,2024-03-04T11:00Z,1\n" * 3)
    counter.follow()

    assert counter.live()[-1] == ("west", "04 11:00", 1)
    assert len(counter.live()) == 3


def test_a_header_that_is_not_whole_yet_is_waited_for(counter: Counter) -> None:
    counter.file.write_text("gate,ti")
    assert counter.follow().version is None
    with pytest.raises(NotPresent, match="Nothing has arrived yet"):
        store.fetch(ID)


def test_what_comes_in_pieces_makes_the_same_version_as_what_comes_at_once(home: Path, counter: Counter) -> None:
    counter.file.write_text(HEAD)
    lines = [f"{gate} 2024-03-03T{hour:02}:00Z {hour}" for hour in range(24) for gate in ("west", "east")]
    counter.add(*lines)
    at_once = counter.follow().version
    (store.dataset_folder(ID) / "latest.json").unlink()
    for file in (store.dataset_folder(ID) / "arriving").iterdir():
        file.unlink()
    (store.dataset_folder(ID) / str(at_once)).rename(home / "aside")
    counter.file.write_text(HEAD)
    for start in reversed(range(0, 48, 12)):
        counter.add(*reversed(lines[start : start + 12]))
        in_pieces = counter.follow(datetime(2024, 3, 3, 23, 55, tzinfo=UTC)).version
    in_pieces = counter.follow(MONDAY).version

    assert in_pieces == at_once


def test_only_so_many_days_are_held_as_the_card_says(home: Path, counter: Counter) -> None:
    save_card(home, card(days=2), name="counter")
    counter.add("east 2024-03-01T10:00Z 1", "east 2024-03-02T10:00Z 2")
    counter.follow()
    assert [row[1] for row in counter.live()] == ["02 10:00", "03 10:00", "04 10:00"]
    assert [each["reason"] for each in counter.refused()] == ["it is older than what this dataset holds"]

    counter.follow(MONDAY + timedelta(days=1))
    assert counter.version() == [("east", "03 10:00", 5), ("east", "04 10:00", 7)]


def test_a_card_that_has_changed_is_followed_from_the_start(home: Path, counter: Counter) -> None:
    first = counter.follow().version
    changed = card()
    changed["fields"][2]["type"] = "number"
    save_card(home, changed, name="counter")

    assert counter.follow().version != first
    with pytest.warns(datahall.DatahallWarning, match="visitors is number instead of integer"):
        assert datahall.dataset(ID).polars().collect_schema()["visitors"] == pl.Float64
    assert len(counter.live()) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"title": {"en": "Another title", "zh": "另一个标题"}},
        {"keywords": {"en": ["people"], "zh": ["人"]}},
        {"sources": [{"stream": {"path": "culture/counter.csv", "time": "time", "every": 30}, "format": "csv"}]},
        {"fields": [*card()["fields"], column("remark", "string")]},
        {"fields": [*card()["fields"][:2], column("visitors", "number")]},
        {"fields": [*card()["fields"][:2], column("visitors", "integer", unit="persons")]},
    ],
    ids=["a title", "keywords", "how often", "a new field", "a wider type", "a unit"],
)
def test_a_card_that_changes_loses_nothing_that_the_feed_no_longer_has(
    counter: Counter, home: Path, change: dict[str, Any]
) -> None:
    counter.follow()
    save_card(home, {**card(), **change}, name="counter")
    header = HEAD.replace("\n", ",remark\n") if len(change.get("fields", ())) == 4 else HEAD
    counter.file.write_text(
        header + ("west,2024-03-04T11:00Z,1,new\n" if "remark" in header else "west,2024-03-04T11:00Z,1\n")
    )
    counter.follow()

    assert counter.live() == [("east", "03 10:00", 5), ("east", "04 10:00", 7), ("west", "04 11:00", 1)]
    assert counter.counts()["received"] == 3
    assert store.is_current(ID)
    assert [field["name"] for field in store.load_record(ID, str(datahall.dataset(ID).version))["fields"]] == [
        field.name for field in datahall.dataset(ID).fields
    ]


def test_a_clock_that_was_ahead_once_keeps_no_versions_back(counter: Counter) -> None:
    counter.follow(MONDAY + timedelta(days=2000))
    counter.add("east 2024-03-05T10:00Z 9")

    assert str(counter.follow(MONDAY + timedelta(days=2)).version).startswith("2024-03-05.")


def test_good_records_among_very_many_bad_ones_are_read(counter: Counter) -> None:
    counter.follow()
    counter.add(*(f"west 2024-03-04T11:{n % 60:02}Z {'x' if n % 2 else n}" for n in range(1000)))
    counter.follow()

    assert counter.counts()["refused"] == 500
    assert len([row for row in counter.live() if row[0] == "west"]) == 30


def test_what_cannot_be_read_has_a_bound(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "MOST_KEPT", 20)
    monkeypatch.setattr(arrivals, "LARGEST_REFUSED", 1000)
    for number in range(6):
        counter.add(
            *(f"west 2024-03-04T0{number}:00Z 1" for _ in range(40)),
            *(f"e 2031-03-04T1{number}:00Z {'9' * 40}" for _ in range(40)),
        )
        counter.follow()
    folder = counter.home / "refused/culture"

    assert sorted(path.name for path in folder.iterdir()) == ["counter.1.jsonl", "counter.jsonl"]
    assert sum(path.stat().st_size for path in folder.iterdir()) < 20_000
    assert counter.counts()["refused"] == 240
    assert counter.refused()[-1]["more"] == 20
    assert folder.stat().st_mode & 0o077 == 0


def test_a_refused_record_is_kept_before_its_round_is(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    counter.follow()
    counter.add("west 2024-03-04T11:00Z x")
    monkeypatch.setattr(following, "save_arrivals", lambda *_, **__: (_ for _ in ()).throw(OSError(5, "no power")))
    with pytest.raises(DatahallError, match="no power"):
        counter.follow()

    assert "west" in counter.refused()[-1]["record"]


def test_arrivals_are_on_disk_before_they_are_seen(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def watched_fsync(descriptor: int) -> None:
        done.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        fsync(descriptor)

    def watched_replace(path: Path, target: Path) -> Path:
        done.append(f"replace {path.name}")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(Path, "replace", watched_replace)
    counter.follow()
    at = done.index("replace .data.part")

    assert done[at - 1 : at + 2] == [".data.part", "replace .data.part", "arriving"]


def test_two_that_follow_at_the_same_time_take_each_record_in_once(counter: Counter) -> None:
    counter.follow()
    counter.add(*(f"west 2024-03-04T11:{n % 60:02}Z {n}" for n in range(50)))
    with ThreadPoolExecutor(4) as followers:
        list(followers.map(lambda _: counter.follow(), range(8)))

    assert counter.counts() == {"received": 52}
    assert len(counter.live()) == 52


def test_a_day_that_is_closed_while_somebody_reads_is_read_once(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter.follow()
    read = live.load_waiting

    def closed_in_between(loaded: Any) -> pl.DataFrame:
        waiting = read(loaded)
        counter.follow(MONDAY + timedelta(days=1))
        return waiting

    monkeypatch.setattr(live, "load_waiting", closed_in_between)
    monkeypatch.setattr(live, "is_stale", lambda _: False)
    assert datahall.dataset(ID).live().collect().height == 2


def test_withdrawing_waits_for_nobody(counter: Counter, home: Path) -> None:
    version = counter.follow().version
    save_card(home, {**card(), "access": "restricted"}, name="counter")
    with store.lock(store.dataset_folder(ID)), ThreadPoolExecutor(1) as other:
        assert other.submit(store.withdraw, ID).result(timeout=5)
    assert (home / "conditional" / ID / str(version)).is_dir()


def test_what_is_made_while_a_dataset_is_withdrawn_does_not_come_into_the_store(
    counter: Counter, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    was_open, write_rows = store.find_card(ID), _new_versions.write_rows

    def withdrawn_meanwhile(*arguments: Any, **more: Any) -> Any:
        save_card(home, {**card(), "access": "restricted"}, name="counter")
        store.withdraw(ID)
        return write_rows(*arguments, **more)

    monkeypatch.setattr(_new_versions, "write_rows", withdrawn_meanwhile)
    with pytest.raises(DatahallError):
        follow(was_open, now=MONDAY)
    assert not list((home / "store" / ID).glob("2*"))


@pytest.mark.parametrize("moment", ["before the version", "after the version"])
def test_a_round_that_is_cut_off_loses_and_doubles_nothing(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    counter.follow()
    counter.add("east 2024-03-05T01:00Z 9")
    add_version = store.add_version

    def cut_off(*arguments: Any, **more: Any) -> str:
        if moment == "after the version":
            add_version(*arguments, **more)
        raise OSError(5, "the power is gone")

    monkeypatch.setattr(store, "add_version", cut_off)
    with pytest.raises(DatahallError, match="the power is gone"):
        counter.follow(MONDAY + timedelta(days=1))
    rows = [("east", "03 10:00", 5), ("east", "04 10:00", 7), ("east", "05 01:00", 9)]
    assert counter.live() == rows

    monkeypatch.undo()
    monkeypatch.setenv("DATAHALL_HOME", str(counter.home))
    assert str(counter.follow(MONDAY + timedelta(days=1)).version).startswith("2024-03-04.")
    assert counter.live() == rows
    assert counter.counts()["received"] == 3


def test_arrivals_that_are_damaged_are_asked_for_again(counter: Counter) -> None:
    counter.follow()
    (store.dataset_folder(ID) / "arriving/data.parquet").write_bytes(b"PAR1 and no more")
    counter.follow()

    assert len(counter.live()) == 2


def test_the_practice_citys_sensors_report_until_now(home: Path) -> None:
    sensors = datahall.dataset("environment/practice-air-sensors")
    newest = sensors.live().select(pl.col("time").max()).collect().item()

    assert datetime.now(UTC) - newest < timedelta(minutes=3)
    state = sensors.stream
    assert state is not None
    assert all(state.counts[name] > 0 for name in ("received", "doubled", "corrected", "refused"))  # type: ignore[index]
    first_day = sensors.polars().select(pl.col("time").dt.convert_time_zone("Asia/Shanghai").dt.date().min()).collect()
    of_first = pl.col("time").dt.convert_time_zone("Asia/Shanghai").dt.date() == first_day.item()
    assert sensors.polars().filter(of_first).collect().height > 8_000  # of 8,640 that six sensors send a day
    assert sensors.version is not None
    assert sensors.quality()["freshness"].score == 1.0
    assert f"({sensors.version[:4]})" in sensors.cite().texts["en"]


def test_sensors_report_the_same_however_often_one_looks() -> None:
    from datahall._practice.city import City
    from datahall._practice.sensors import readings_delivered

    city, begin = City(20_000, 5), int(MONDAY.timestamp())
    at_once = readings_delivered(city, since=begin, until=begin + 7200)
    in_pieces = [
        readings_delivered(city, since=begin + start, until=min(begin + start + 700, begin + 7200))
        for start in range(0, 7200, 700)
    ]
    assert pl.concat(in_pieces).equals(at_once)


def test_data_that_does_not_arrive_has_no_newest_rows_but_live_is_all_of_it(home: Path) -> None:
    weather = datahall.dataset("weather/seattle-weather")

    assert weather.stream is None
    assert weather.live().collect().height == weather.rows
    with pytest.raises(NotPresent, match="has no newest rows"):
        weather.newest()


def test_a_pinned_version_does_not_grow(counter: Counter) -> None:
    version = counter.follow().version
    pinned = datahall.dataset(f"{ID}@{version}")
    assert pinned.live().collect().height == 1
    assert pinned.newest(5)["visitors"].to_list() == [5]
    with pytest.raises(InvalidQuery, match="ask for 1 or more"):
        pinned.newest(0)


def test_on_a_laptop_live_asks_the_source_first(counter: Counter) -> None:
    assert datahall.dataset(ID).live().collect().height == 2
    assert store.list_versions(ID)


def test_the_store_is_only_read_where_it_cannot_be_written(
    counter: Counter, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    counter.follow()
    mounted = tmp_path / "catalogs"
    mounted.mkdir()
    for name, folder in {"store": home, "datasets": home, "vocabulary": shipped_folder("vocabulary").parent}.items():
        (mounted / name).symlink_to(folder / name)
    monkeypatch.setenv("DATAHALL_CATALOGS", str(mounted))
    counter.add("west 2024-03-04T11:00Z 1")

    assert datahall.dataset(ID).live().collect().height == 2


def test_a_stream_that_is_not_open_is_not_followed(home: Path, counter: Counter) -> None:
    save_card(home, {**card(), "access": "restricted"}, name="counter")
    with pytest.raises(NotPresent, match="not open"):
        follow_stream(ID)


KEYS = st.tuples(st.sampled_from("ab"), st.integers(0, 5))
ROUNDS = st.lists(st.lists(st.tuples(KEYS, st.integers(0, 2)), max_size=8), max_size=6)


def frame_of(rows: list[tuple[tuple[str, int], int]]) -> pl.DataFrame:
    values = [(gate, MONDAY + timedelta(hours=hour), count) for (gate, hour), count in rows]
    schema = {"gate": pl.String, "time": pl.Datetime("us", "UTC"), "visitors": pl.Int64}
    return pl.DataFrame(values, schema=schema, orient="row")


def next_version(version: pl.DataFrame | None, arrived: pl.DataFrame) -> pl.DataFrame:
    """Return the next version, made of pieces of three rows."""
    pieces = [] if version is None else list(version.iter_slices(3))
    return pl.concat(merge_sorted(pieces, arrived, key=("gate", "time"), time="time"))


@settings(max_examples=60, deadline=None)
@given(rounds=ROUNDS, cuts=st.sets(st.integers(0, 6)))
def test_whatever_the_order_each_key_has_its_last_value_and_every_record_is_counted(
    rounds: list[list[tuple[tuple[str, int], int]]], cuts: set[int]
) -> None:
    waiting, version, key = frame_of([]), None, ("gate", "time")
    expected: dict[tuple[str, int], int] = {}
    left_out = 0
    for number, rows in enumerate(rounds):
        merged = merge_news(
            frame_of(rows),
            waiting=waiting,
            versioned=version.lazy() if version is not None else None,
            key=key,
            time="time",
        )
        expected |= dict(rows)
        waiting = merged.frame
        left_out += merged.doubled + merged.corrected
        if number in cuts:
            version, waiting = next_version(version, waiting), waiting.clear()
    whole = next_version(version, waiting)

    assert whole.rows() == frame_of(list(expected.items())).sort("time", "gate").rows()
    assert sum(map(len, rounds)) == whole.height + left_out


FOLLOWING = f"""
import sys
from datetime import UTC, datetime, timedelta
from datahall import _readers, store
from datahall._quality import measuring
from datahall._streams import following, merging, records
loaded, now = store.find_card({ID!r}), datetime.fromisoformat(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
while True:  # until killed
    following.follow(loaded, now=now)
    now += timedelta(hours=7)
"""


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_a_follower_killed_at_any_moment_loses_and_doubles_nothing(counter: Counter, seed: int) -> None:
    moments, expected, now = random.Random(seed), {("east", "03 10:00", 5), ("east", "04 10:00", 7)}, MONDAY
    for number in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, "-c", FOLLOWING, now.isoformat()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        with process:
            assert process.stdout is not None
            assert process.stdin is not None
            assert process.stdout.readline() == "ready\n"
            process.stdin.write("\n")
            process.stdin.flush()
            for minute in range(5):
                row = (f"gate{number}", f"04 09:{minute:02}", minute)
                counter.add(f"{row[0]} 2024-03-04T09:{minute:02}Z {minute}")
                expected.add(row)
                time.sleep(moments.uniform(0, 0.04))
            process.kill()
        now += timedelta(hours=7 * moments.randrange(5))
        assert set(counter.live()) <= expected, f"DATAHALL_SEED={seed}"
        assert len(counter.live()) == len(set(counter.live())), f"DATAHALL_SEED={seed}"
    counter.follow(now + timedelta(days=30))

    assert set(counter.version()) == expected, f"DATAHALL_SEED={seed}"
    assert len(counter.version()) == len(expected)


def test_a_stream_that_is_withdrawn_leaves_the_store_whole_and_is_not_followed_back(
    counter: Counter, home: Path
) -> None:
    version = counter.follow().version
    was_open = store.find_card(ID)
    save_card(home, {**card(), "access": "conditional"}, name="counter")
    store.withdraw(ID)

    with pytest.raises(NotPresent, match="not open"):
        follow(was_open, now=MONDAY)  # by a round that had begun before
    assert not (store.dataset_folder(ID) / "arriving").exists()
    kept = home / "conditional" / ID
    assert {"arriving", str(version)} <= {path.name for path in kept.iterdir()}
    assert kept.stat().st_mode & 0o077 == 0
