"""Harvested records by page: added, changed, missing, found again; a killed run goes on; no file crashes it."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from datahall import cli
from datahall._harvesting.detection import read_content
from datahall._harvesting.record import Harvest
from datahall._index import SearchRequest, open_index
from datahall._locations import find_locations
from datahall._records.forgetting import Forgotten, forget_source
from datahall._records.harvest_run import TWICE, HarvestRun
from datahall._records.record_store import RecordStore
from datahall._records.records_file import SCHEMA, find_file, writing
from datahall.errors import DatahallError, DatahallWarning

from tests.catalogs.portal_answers import data_json

pytestmark = pytest.mark.usefixtures("home")


def harvest_of(*datasets: Any) -> Harvest:
    return read_content(data_json(*datasets))


def harvest(*pages: Harvest, name: str = "portal", address: str = "https://portal.example/data.json") -> dict[str, Any]:
    """Write a whole run of `pages`, called 1, 2 …"""
    with writing(find_file()) as connection:
        run = HarvestRun(connection, name=name, address=address)
        for number, page in enumerate(pages, start=1):
            run.keep_page(str(number), page)
        return run.finish(kind="dcat-us")


def counts(result: dict[str, Any]) -> tuple[int, ...]:
    return tuple(result[word] for word in ("harvested", "added", "updated", "unchanged", "missing"))


def test_a_store_that_nobody_has_written_to_is_empty() -> None:
    store = RecordStore()
    assert (store.last_change, store.count(), store.identity, store.sources()) == (0, 0, "", ())
    assert store.list_sources() == ()
    assert store.get("harvested/portal--rain") is None
    assert list(store.changes()) == []


def test_the_names_of_sources_are_told_without_looking_at_their_records() -> None:
    harvest(harvest_of({"identifier": "rain", "title": "Rain"}), name="first")
    harvest(
        harvest_of({"identifier": "snow", "title": "Snow"}), name="second", address="https://other.example/data.json"
    )
    with writing(find_file()) as connection:
        connection.execute("ALTER TABLE records RENAME TO records_elsewhere")
    assert sorted(RecordStore().list_sources()) == ["first", "second"]


def test_a_record_is_kept_as_it_was_read() -> None:
    page = harvest_of({"identifier": "rain", "title": "Rain", "modified": "2024-05-01", "accessLevel": "public"})
    harvest(page)
    found = RecordStore().get("harvested/portal--rain")
    assert found is not None
    assert found.record == page.records[0]
    assert (found.source, found.missing_since, found.change, found.card) == ("portal", None, 1, None)


def test_the_plain_form_says_the_same() -> None:
    page = harvest_of({"identifier": "rain", "title": "Rain", "keyword": ["wet"]})
    harvest(page)
    (raw,) = RecordStore().raw_changes()
    assert (raw.id, raw.source, raw.missing_since, raw.change) == ("harvested/portal--rain", "portal", None, 1)
    assert raw.content["title"] == {"und": "Rain"}
    assert raw.content["keywords"] == {"und": ["wet"]}
    assert "original" not in raw.content


def test_a_second_run_changes_nothing() -> None:
    assert counts(harvest(harvest_of("rain", "snow"))) == (2, 2, 0, 0, 0)
    assert counts(harvest(harvest_of("rain", "snow"))) == (2, 0, 0, 2, 0)
    assert RecordStore().last_change == 2


def test_what_changes_gets_a_higher_number() -> None:
    harvest(harvest_of("rain", "snow"))
    result = harvest(harvest_of({"identifier": "rain", "title": "Rain, corrected"}, "snow"))
    assert counts(result) == (2, 0, 1, 1, 0)
    assert [stored.id for stored in RecordStore().changes(after=2)] == ["harvested/portal--rain"]


def test_what_a_portal_no_longer_has_is_marked_and_comes_back_unmarked() -> None:
    harvest(harvest_of("rain", "snow"))
    assert counts(harvest(harvest_of("rain"))) == (1, 0, 0, 1, 1)
    store = RecordStore()
    gone = store.get("harvested/portal--snow")
    assert gone is not None
    assert gone.missing_since is not None
    assert (gone.change, store.count(), store.sources()[0].missing) == (3, 1, 1)
    assert counts(harvest(harvest_of("rain", "snow"))) == (2, 0, 0, 2, 0)
    back = store.get("harvested/portal--snow")
    assert back is not None
    assert (back.missing_since, back.change) == (None, 4)


def test_a_record_that_moves_to_another_page_is_not_missing() -> None:
    harvest(harvest_of("rain", "snow"), harvest_of("wind"))
    assert counts(harvest(harvest_of("rain"), harvest_of("snow", "wind"))) == (3, 0, 0, 3, 0)
    assert counts(harvest(harvest_of("rain", "snow", "wind"))) == (3, 0, 0, 3, 0)


def test_of_two_records_with_one_identifier_on_two_pages_the_first_is_kept_each_time() -> None:
    for _ in range(2):
        result = harvest(harvest_of("rain"), harvest_of({"identifier": "rain", "title": "Another"}, "snow"))
        assert result["harvested"] == 2
        assert result["rejected"] == [{"id": "rain", "reason": TWICE}]
    (rain, _) = RecordStore().changes()
    assert rain.record.title == {"und": "The rain"}


def test_portals_do_not_touch_each_other_s_records() -> None:
    harvest(harvest_of("rain"), name="one")
    harvest(harvest_of("rain", "snow"), name="two")
    assert counts(harvest(harvest_of(), name="one")) == (0, 0, 0, 0, 1)
    assert RecordStore().count(source="two") == 2


def test_a_run_that_stops_early_marks_nothing_as_missing() -> None:
    harvest(harvest_of("rain"), harvest_of("snow"))
    with writing(find_file()) as connection:
        run = HarvestRun(connection, name="portal", address="https://portal.example/data.json")
        run.keep_page("1", harvest_of("rain"))
        result = run.stop(kind="dcat-us")
    assert (result["harvested"], result["missing"], result["is_whole"]) == (2, 0, False)


KILLED = """
import os, sys
from datahall._harvesting.detection import read_content
from datahall._records.harvest_run import HarvestRun
from datahall._records.records_file import find_file, writing
from tests.catalogs.portal_answers import data_json
with writing(find_file()) as connection:
    run = HarvestRun(connection, name="portal", address="https://portal.example/data.json")
    run.keep_page("1", read_content(data_json("rain", "snow")))
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("UPDATE records SET change = change + 100")
    os.kill(os.getpid(), 9)
"""


def test_a_killed_run_goes_on_behind_the_pages_that_it_has_read() -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED], cwd=Path(__file__).parents[2], check=False)
    assert ended.returncode == -9
    assert RecordStore().last_change == 2  # what was half written is undone
    with writing(find_file()) as connection:
        run = HarvestRun(connection, name="portal", address="https://portal.example/data.json")
        page = run.find_page("1")
        assert run.goes_on
        assert page is not None
        assert page.is_done
        run.keep_page("2", harvest_of("wind"))
        assert counts(run.finish(kind="dcat-us")) == (3, 3, 0, 0, 0)


def test_a_page_that_has_not_changed_confirms_its_records() -> None:
    harvest(harvest_of("rain"), harvest_of("snow"))
    with writing(find_file()) as connection:
        run = HarvestRun(connection, name="portal", address="https://portal.example/data.json")
        for address in ("1", "2"):
            page = run.find_page(address)
            assert page is not None
            assert not page.is_done
            run.confirm_page(page)
        assert counts(run.finish(kind="dcat-us")) == (2, 0, 0, 2, 0)


def test_records_whose_names_are_alike_have_ids_of_their_own() -> None:
    answer = {"success": True, "result": [{"id": "a", "name": "rain", "title": "A"}, {"id": "b", "name": "rain"}]}
    import json

    with writing(find_file()) as connection:
        run = HarvestRun(connection, name="portal", address="https://portal.example")
        run.keep_page("1", read_content(json.dumps(answer).encode()))
        assert run.finish(kind="ckan")["harvested"] == 2
    first, second = (stored.id for stored in RecordStore().changes())
    assert first == "harvested/portal--rain"
    assert second.startswith("harvested/portal--rain-")


def test_a_portal_is_forgotten_with_its_records_and_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    for name, word in (("rain", "rainfall"), ("snow", "snowfall")):
        harvest(harvest_of(word), name=name, address=f"https://{name}.example/data.json")
    harvest(harvest_of(), name="rain", address="https://rain.example/data.json")
    harvest(harvest_of("rainfall", "drizzle"), name="rain", address="https://rain.example/data.json")
    assert open_index().search(SearchRequest("drizzle")).total == 1
    before = RecordStore().identity
    assert cli.run(["harvest", "--forget", "rain", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"source": "rain", "forgotten": 2, "data_removed": 0}
    assert [stored.id for stored in RecordStore().changes()] == ["harvested/snow--snowfall"]
    assert [source.name for source in RecordStore().sources()] == ["snow"]
    assert RecordStore().identity != before  # so that whoever follows the changes begins anew
    deadline = time.monotonic() + 10  # a process that searches looks for what is new now and then only
    while (total := open_index().search(SearchRequest("drizzle")).total) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert total == 0
    assert open_index().get("harvested/snow--snowfall") is not None
    assert counts(harvest(harvest_of("drizzle"), name="rain")) == (1, 1, 0, 0, 0)


def test_a_person_is_asked_before_a_portal_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    harvest(harvest_of("rain"))
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    assert cli.run(["harvest", "--forget", "portal"]) != 0
    assert RecordStore().count() == 1
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert cli.run(["harvest", "--forget", "portal"]) == 0
    assert RecordStore().count() == 0


@pytest.mark.parametrize(
    ("arguments", "code", "left"),
    [
        (["--forget", "../portal"], "unknown-source", 1),
        (["--forget", "portal", "https://portal.example"], "misuse", 2),
        ([], "misuse", 2),
    ],
)
def test_what_cannot_be_forgotten_is_told(
    arguments: list[str], code: str, left: int, capsys: pytest.CaptureFixture[str]
) -> None:
    harvest(harvest_of("rain"))
    assert cli.run(["harvest", *arguments, "--json"]) == left
    assert json.loads(capsys.readouterr().out)["error"]["code"] == code
    assert RecordStore().count() == 1


def test_a_reader_sees_whole_pages_while_another_writes() -> None:
    harvest(harvest_of("rain"))
    seen: set[int] = set()
    is_over = threading.Event()

    def look() -> None:
        while not is_over.is_set():
            seen.add(RecordStore().count())

    watching = threading.Thread(target=look)
    watching.start()
    try:
        for number in range(1, 6):
            harvest(harvest_of(*(f"d{each}" for each in range(100 * number))))
    finally:
        is_over.set()
        watching.join()
    assert seen <= {1, *range(100, 501, 100), *(100 * n + 1 for n in range(1, 6))}


@pytest.mark.parametrize(
    "content", [b"no database at all" * 100, b"SQLite format 3\0" + bytes(4096)], ids=["text", "torn"]
)
def test_a_file_that_is_none_of_ours_is_set_aside_and_said_so(content: bytes, home: Path) -> None:
    file = find_file()
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    with pytest.warns(DatahallWarning, match="set aside as"):
        assert RecordStore().count() == 0
    assert [path.read_bytes() for path in file.parent.glob("records.sqlite.unreadable-*")] == [content]
    assert harvest(harvest_of("rain"))["harvested"] == 1


def test_a_file_of_another_time_is_set_aside(home: Path) -> None:
    harvest(harvest_of("rain"))
    connection = sqlite3.connect(find_file())
    connection.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    connection.close()
    before = RecordStore(find_file().with_name("other")).identity
    with pytest.warns(DatahallWarning, match="Harvest the portals again"):
        assert harvest(harvest_of("rain", "snow"))["harvested"] == 2
    assert RecordStore().identity != before


def test_a_file_damaged_in_the_middle_is_an_error_once_and_then_set_aside() -> None:
    harvest(harvest_of(*(f"d{number}" for number in range(300))))
    file = find_file()
    content = bytearray(file.read_bytes())
    content[8192:-4096] = os.urandom(len(content) - 12288)
    file.write_bytes(content)
    with pytest.warns(DatahallWarning, match="set aside"), pytest.raises(DatahallError) as caught:
        list(RecordStore().changes())
    assert caught.value.code == "records-unusable"
    assert RecordStore().count() == 0


READING = "from datahall._records.record_store import RecordStore; print(len(list(RecordStore().changes())))"


@pytest.mark.sandbox
def test_records_are_read_where_nothing_can_be_written(bubblewrap: str) -> None:
    harvest(harvest_of("rain", "snow"))
    walls = [bubblewrap, "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    done = subprocess.run(
        [*walls, sys.executable, "-c", READING], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "2"


def test_a_removal_tells_what_it_has_removed() -> None:
    harvest(harvest_of("a", "b", "c"))
    opened = find_locations().store / "harvested"
    for each in "ab":
        (opened / f"portal--{each}" / "2024-01-01.0a1b2c3d").mkdir(parents=True)
    (opened / "portal--c").mkdir()  # somebody has asked for it in vain
    assert forget_source("portal") == Forgotten(records=3, datasets=2)
    with pytest.raises(DatahallError) as caught:
        forget_source("portal")
    assert caught.value.code == "unknown-source"
