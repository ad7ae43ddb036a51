"""Harvested datasets that wait to be brought: whose turn it is, how many may wait, what a person may have in a day."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from datahall import store
from datahall_hub.services.fetch import harvested_queue
from datahall_hub.services.fetch.daily_shares import DailyShares
from datahall_hub.services.fetch.fetch_queue import State
from datahall_hub.services.fetch.harvested_process import Brought, NotFetchedApart, fetch_apart
from datahall_hub.services.fetch.harvested_queue import MOST_OF_ONE, HarvestedQueue
from datahall_hub.services.fetch.waiting_line import WaitingLine

from tests.catalogs.harvested_records import RAIN, file, keep_records, record
from tests.catalogs.small_server import Reply, SmallServer, small_server

ID = "harvested/portal--rain"


@pytest.fixture(scope="module")
def portal() -> Iterator[SmallServer]:
    """A portal's file server."""
    with small_server() as running:
        running.answers["/rain.csv"] = Reply(RAIN, headers={"ETag": '"one"'})
        yield running


@pytest.fixture
def home(portal: SmallServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, from which the portal may be read."""
    monkeypatch.setenv("DATAHALL_HOME", str(tmp_path))
    monkeypatch.setenv("DATAHALL_TRUSTED_HOSTS", portal.netloc)
    return tmp_path


def fetch_here(dataset_id: str) -> Brought:
    """Fetch a dataset without a process of its own, as if nothing had come over the network."""
    return Brought(store.fetch(dataset_id))


def test_only_so_many_wishes_wait(home: Path) -> None:
    keep_records(home, *(record(id=f"r{number}", name=f"r{number}") for number in range(4)))
    fetches = HarvestedQueue(apps=home / "apps", most_waiting=2)  # whose threads are not started
    for number in range(4):
        fetches.ask(f"harvested/portal--r{number}")
    states = [fetches.find_state(f"harvested/portal--r{number}") for number in range(4)]
    assert [state.status for state in states] == ["fetching", "fetching", "failed", "failed"]
    assert states[-1].error is not None
    assert states[-1].error["code"] == "too-many-waiting"


def test_one_person_takes_neither_all_places_nor_all_turns(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_records(home, *(record(id=f"r{number:02}", name=f"r{number:02}") for number in range(30)))
    ids = [f"harvested/portal--r{number:02}" for number in range(30)]
    begun: list[str] = []

    def fail(dataset_id: str) -> Brought:
        begun.append(dataset_id)
        return fetch_here(dataset_id)  # which names no file

    monkeypatch.setattr(harvested_queue, "WORKERS", 1)  # so that they begin one after the other
    fetches = HarvestedQueue(apps=home / "apps", fetch=fail, most_waiting=13)
    refusals = [fetches.ask(each, asker="mallory") for each in ids[:12]]
    assert refusals[:MOST_OF_ONE] == [None] * MOST_OF_ONE
    assert [((each and each.error) or {}).get("code") for each in refusals[MOST_OF_ONE:]] == ["too-many-waiting"] * 2
    assert fetches.find_state(ids[11]).status == "absent"  # it is refused to her alone
    assert [fetches.ask(each, asker="alice") for each in (ids[20], ids[9])] == [
        None,
        None,
    ]  # the last of mallory's, too
    assert fetches.ask(ids[21], asker="bob") is None
    fetches.start()
    try:
        deadline = time.monotonic() + 10
        while len(begun) < 12 and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        fetches.stop()
    assert sorted(begun) == sorted([*ids[:10], ids[20], ids[21]])  # each once
    assert begun[:5] == [ids[0], ids[20], ids[21], ids[1], ids[9]]


def bring(queue: HarvestedQueue, dataset_id: str, *, asker: str) -> State:
    """Ask for a dataset as somebody, and wait until it is decided."""
    if (refusal := queue.ask(dataset_id, asker=asker)) is not None:
        return refusal
    return wait_for(queue, dataset_id, asker=asker)


def wait_for(queue: HarvestedQueue, dataset_id: str, *, asker: str) -> State:
    """Wait until it is decided what somebody gets who has asked."""
    deadline = time.monotonic() + 30
    while (state := queue.find_state(dataset_id, asker=asker)).status == "fetching":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return state


def test_nobody_has_more_brought_in_a_day_than_a_person_may(portal: SmallServer, home: Path) -> None:
    rain = file(f"{portal.url}/rain.csv", format="csv")
    keep_records(home, *(record(rain, id=each, name=each) for each in "abcde"), address=portal.url)
    one, two, three, four, five = (f"harvested/portal--{each}" for each in "abcde")
    day = [date(2024, 1, 1)]
    fetches = HarvestedQueue(apps=home / "apps", fetch=fetch_here, shares=DailyShares(100, clock=lambda: day[0]))
    fetches.start()
    try:
        assert bring(fetches, one, asker="alice").status == "fetched"
        refused = bring(fetches, two, asker="alice")
        assert refused.error is not None
        assert (refused.status, refused.error["code"]) == ("failed", "daily-share-used")
        assert refused.error["zh"]["message"] != refused.error["message"]
        assert fetches.find_state(two).status == "absent"  # it is hers alone
        assert bring(fetches, one, asker="alice").status == "present"  # costs nothing
        assert bring(fetches, two, asker="bob").status == "fetched"
        assert [bring(fetches, each, asker="").status for each in (three, four)] == ["fetched", "fetched"]
        day[0] = date(2024, 1, 2)
        assert bring(fetches, five, asker="alice").status == "fetched"
    finally:
        fetches.stop()


def test_who_has_had_much_brought_meanwhile_gets_no_more_of_what_waits(portal: SmallServer, home: Path) -> None:
    rain = file(f"{portal.url}/rain.csv", format="csv")
    ids = [f"harvested/portal--r{number}" for number in range(8)]
    keep_records(home, *(record(rain, id=f"r{n}", name=f"r{n}") for n in range(8)), address=portal.url)
    fetches = HarvestedQueue(apps=home / "apps", fetch=fetch_here, shares=DailyShares(100))
    assert [fetches.ask(each, asker="alice") for each in ids] == [None] * 8
    fetches.ask(ids[-1], asker="bob")  # who waits for one of them, too
    fetches.start()
    try:
        states = [wait_for(fetches, each, asker="bob" if each == ids[-1] else "alice") for each in ids]
        refused = [state.id for state in states if state.status == "failed"]
        assert {fetches.find_state(each).status for each in refused} == {"absent"}  # they are refused to her alone
        assert bring(fetches, refused[0], asker="carol").status == "fetched"
    finally:
        fetches.stop()
    told = [state.status for state in states]
    here = ("fetched", "present")
    assert told[-1] in here
    assert 1 <= sum(each in here for each in told[:-1]) <= 2  # by two threads
    assert {(state.error or {}).get("code") for state in states if state.status == "failed"} == {"daily-share-used"}


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"\x00" * 300_000),
        Reply(RAIN * 5_000, promise=10_000_000),
        Reply(RAIN * 5_000, cut=200_000),
        Reply(b"\x00" * 1_000_000, pause=0.02),
    ],
    ids=["no table", "ends too soon", "breaks off", "given up while it comes"],
)
def test_what_came_over_the_network_counts_though_it_is_of_no_use(
    reply: Reply, portal: SmallServer, home: Path
) -> None:
    portal.answers["/no.csv"] = reply
    rain = file(f"{portal.url}/rain.csv", format="csv")
    no = file(f"{portal.url}/no.csv", format="csv")
    keep_records(home, record(no, id="no", name="no"), record(rain), address=portal.url)
    shares = DailyShares(20_000)
    seconds = 6.0 if reply.pause else None  # a busy machine needs some to begin
    fetches = HarvestedQueue(
        apps=home / "apps",
        fetch=lambda id: fetch_apart(id, seconds=seconds if id.endswith("--no") else None),
        shares=shares,
    )
    fetches.start()
    try:
        failed = bring(fetches, "harvested/portal--no", asker="alice")
        assert failed.status == "failed"
        refused = bring(fetches, ID, asker="alice")
        assert (refused.error or {}).get("code") == "daily-share-used"
        assert bring(fetches, ID, asker="bob").status == "fetched"
    finally:
        fetches.stop()


def test_what_is_fetched_tells_what_came_over_the_network(portal: SmallServer, home: Path) -> None:
    keep_records(home, record(file(f"{portal.url}/rain.csv", format="csv")), address=portal.url)
    brought = fetch_apart(ID)
    assert brought.version == store.find_latest(ID)
    assert len(RAIN) < brought.received < len(RAIN) + 1_000  # with the answer's head


def test_slow_sources_of_one_person_leave_a_place_to_others(home: Path) -> None:
    keep_records(home, *(record(id=each, name=each) for each in "abcd"))
    ids = [f"harvested/portal--{each}" for each in "abcd"]
    begun: list[str] = []
    go_on = threading.Event()

    def dawdle(dataset_id: str) -> Brought:
        begun.append(dataset_id)
        assert dataset_id == ids[3] or go_on.wait(10)
        return fetch_here(dataset_id)  # which names no file

    fetches = HarvestedQueue(apps=home / "apps", fetch=dawdle)
    assert [fetches.ask(each, asker="mallory") for each in ids[:3]] == [None] * 3
    fetches.start()
    try:
        wait_until(lambda: len(begun) == 1)
        assert fetches.ask(ids[3], asker="alice") is None
        assert wait_for(fetches, ids[3], asker="alice").status == "failed"  # it was tried, beside the slow one
        assert begun == [ids[0], ids[3]]
        notes = [fetches.find_state(each, asker="mallory").as_json().get("note") for each in ids[:3]]
        assert [(note or {}).get("code") for note in notes] == [None, "waits-for-turn", "waits-for-turn"]
        assert "等待" in (notes[1] or {})["zh"]["message"]
        assert "note" not in fetches.find_state(ids[1], asker="alice").as_json()
        go_on.set()
        wait_until(lambda: len(begun) == 4)
    finally:
        go_on.set()
        fetches.stop()
    assert sorted(begun) == ids


def test_the_hall_itself_may_have_all_places() -> None:
    line = WaitingLine(most_places=1)
    for each in ("x/a", "x/b"):
        line.put(each, "")
    assert [line.take(), line.take()] == [("x/a", ""), ("x/b", "")]


def test_what_one_person_is_held_back_from_comes_at_once_when_another_joins() -> None:
    line, taken = WaitingLine(most_places=1), list[tuple[str, str] | None]()
    for each in ("x/slow", "x/next"):
        line.put(each, "mallory")
    assert line.take() == ("x/slow", "mallory")
    worker = threading.Thread(target=lambda: taken.append(line.take()), daemon=True)
    worker.start()
    time.sleep(0.1)  # it waits, since mallory has a place already
    assert taken == []
    line.join("x/next", "alice", most=5)
    worker.join(5)
    assert taken == [("x/next", "alice")]


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so, ten seconds at most."""
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_failed_source_is_left_alone_for_a_while(home: Path) -> None:
    keep_records(home, record())
    asked: list[str] = []

    def fail(dataset_id: str) -> Brought:
        asked.append(dataset_id)
        return fetch_here(dataset_id)  # which names no file

    now = [100.0]
    fetches = HarvestedQueue(apps=home / "apps", fetch=fail, clock=lambda: now[0])
    fetches.start()
    try:
        for moment in (100.0, 101.0, 106.0):
            now[0] = moment
            fetches.ask(ID)
            deadline = time.monotonic() + 10
            while fetches.find_state(ID).status == "fetching" and time.monotonic() < deadline:
                time.sleep(0.01)
    finally:
        fetches.stop()
    assert asked == [ID, ID]


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"memory": 1_000_000}, "too-large"),
        ({"seconds": 0.0}, "too-slow"),
    ],
    ids=["memory", "time"],
)
def test_a_file_that_takes_too_much_is_given_up(limits: dict[str, Any], code: str, home: Path) -> None:
    keep_records(home, record())
    left = home / "store" / ID / store.PARTIAL
    left.mkdir(parents=True)
    with pytest.raises(NotFetchedApart) as refused:
        fetch_apart(ID, **limits)
    assert not left.exists()
    assert refused.value.error["code"] == code
    assert refused.value.error["zh"]["message"]


def test_a_reader_that_dies_harms_nothing_else(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "sitecustomize.py").write_text("import os, sys\nif '-m' in sys.orig_argv: os.abort()\n")
    monkeypatch.setenv("PYTHONPATH", str(home))
    with pytest.raises(NotFetchedApart) as refused:
        fetch_apart(ID)
    assert refused.value.error["code"] == "reader-died"
