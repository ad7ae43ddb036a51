"""What the store keeps: the newest version, what apps use, and what anyone opened within a year."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import datahall
import pytest
from datahall import cli, openings, store
from datahall._locations import find_locations
from datahall.openings import find_last_opening, note_opening, today
from datahall.retention import collect_garbage, was_opened_lately

from tests.catalogs.card_drafts import draft, save_card, save_data
from tests.catalogs.small_server import Reply, SmallServer

ID = "culture/visitors"


@pytest.fixture
def versions(home: Path) -> list[str]:
    """Three versions, the newest first; none of them was opened yet."""
    save_card(home, draft())
    return [make_version(home, number) for number in (1, 2, 3)][::-1]


def make_version(home: Path, visitors: int) -> str:
    save_data(home, f"day,visitors\n2024-01-01,{visitors}\n".encode())
    return datahall.dataset(ID).fetch()


def note(home: Path, version: str, day: date) -> None:
    file = home / "index/openings" / ID / version
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(day.isoformat())


def write_app(folder: Path, text: str) -> None:
    folder.mkdir(parents=True)
    (folder / "app.yaml").write_text(text)


def test_what_nobody_opened_and_no_app_uses_is_removed(versions: list[str]) -> None:
    collection = collect_garbage()
    assert {each.version for each in collection.removed} == set(versions[1:])
    assert all(each.bytes > 0 for each in collection.removed)
    assert collection.kept == {"latest": 1, "app": 0, "opened": 0, "replaced": 0}
    assert datahall.dataset(ID).versions() == versions[:1]
    assert datahall.dataset(ID).polars().collect().height == 1
    assert sorted(path.name for path in store.dataset_folder(ID).iterdir() if path.name[0] != ".") == sorted(
        [versions[0], "latest", "latest.json"]
    )


def test_a_rehearsal_removes_nothing(versions: list[str]) -> None:
    assert len(collect_garbage(is_rehearsal=True).removed) == 2
    assert datahall.dataset(ID).versions() == versions


@pytest.mark.filterwarnings("ignore::datahall.DatahallWarning")
@pytest.mark.parametrize("read", ["polars", "arrow", "pandas", "parquet_path"])
def test_what_was_opened_is_kept(versions: list[str], read: str) -> None:
    getattr(datahall.dataset(f"{ID}@{versions[2]}"), read)()
    assert collect_garbage().kept == {"latest": 1, "app": 0, "opened": 1, "replaced": 0}
    assert datahall.dataset(ID).versions() == [versions[0], versions[2]]


def test_a_year_after_the_last_opening_it_is_removed(home: Path, versions: list[str]) -> None:
    note(home, versions[1], today() - timedelta(days=366))
    note(home, versions[2], today() - timedelta(days=367))
    (removed,) = collect_garbage().removed
    assert removed.version == versions[2]
    assert not (home / "index/openings" / ID / versions[2]).exists()
    assert (home / "index/openings" / ID / versions[1]).exists()


DAY = date(2026, 6, 1)
WATCHED = {
    "never opened": (None, DAY, date(2020, 1, 1), False),
    "older than the notes, which are young": (None, date(2019, 1, 1), DAY - timedelta(days=3), True),
    "older than the notes, which are old": (None, date(2019, 1, 1), date(2020, 1, 1), False),
    "opened before the notes were lost": (date(2024, 1, 1), date(2019, 1, 1), DAY - timedelta(days=3), True),
    "opened today": (DAY, date(2019, 1, 1), date(2020, 1, 1), True),
}


@pytest.mark.parametrize(("opened", "created", "since", "kept"), WATCHED.values(), ids=WATCHED)
def test_notes_that_began_late_remove_nothing_for_a_year(
    opened: date | None, created: date, since: date, kept: bool
) -> None:
    assert was_opened_lately(opened, created=created, since=since, now=DAY) is kept


def test_lost_notes_remove_nothing(home: Path, versions: list[str]) -> None:
    for version in versions:
        record = home / "store" / ID / version / "version.json"
        content = json.loads(record.read_text())
        record.write_text(json.dumps({**content, "created": content["created"].replace("20", "19", 1)}))
    for file in (home / "index/openings").rglob("*"):
        file.unlink() if file.is_file() else None
    assert collect_garbage().removed == ()


def test_what_an_app_uses_is_kept_for_ever(home: Path, tmp_path: Path, versions: list[str]) -> None:
    write_app(home / "apps/one", f"datasets: [{{id: {ID}, version: {versions[1]}}}, {{id: weather/other}}]\n")
    write_app(tmp_path / "shipped/two", f"datasets: [{{id: {ID}, version: {versions[2]}}}]\n")
    collection = collect_garbage(apps=[tmp_path / "shipped"])
    assert (collection.removed, collection.kept["app"]) == ((), 2)


def test_what_an_app_was_seen_to_open_is_kept_like_what_it_names(home: Path, versions: list[str]) -> None:
    write_app(home / "apps/one/0a", f"datasets: [{{id: {ID}}}]\n")
    (home / "apps/one/0a/opened.json").write_text(json.dumps({"datasets": [{"id": ID, "version": versions[1]}]}))
    assert collect_garbage().kept["app"] == 1
    assert versions[1] in datahall.dataset(ID).versions()


@pytest.mark.parametrize(("hours", "kept"), [(1, True), (25, False)])
def test_a_version_that_was_only_just_replaced_may_be_spared(
    home: Path, versions: list[str], hours: int, kept: bool
) -> None:
    changed = time.time() - hours * 3600
    os.utime(store.dataset_folder(ID) / "latest.json", (changed, changed))
    collection = collect_garbage(spare=timedelta(days=1))
    assert collection.kept["replaced"] == kept
    assert datahall.dataset(ID).versions() == versions[: 1 + kept]


@pytest.mark.parametrize("created", ['""', '"yesterday"', '"2024-01-01T00:00:00"'])
def test_a_damaged_record_removes_nothing_and_breaks_nothing(home: Path, versions: list[str], created: str) -> None:
    for version in versions[:2]:
        (home / "store" / ID / version / "version.json").write_text(f'{{"rows": 1, "created": {created}}}')
    assert datahall.dataset(ID).polars().collect().height == 1
    collect_garbage()
    assert datahall.dataset(ID).version == versions[0]


def test_what_broken_fetches_left_goes_after_a_week(home: Path, versions: list[str]) -> None:
    folder = store.dataset_folder(ID)
    week = time.time() - 8 * 86_400
    for name in (".partial", ".incoming-01234567", ".incoming-89abcdef"):
        (folder / name).mkdir()
        if name != ".incoming-89abcdef":
            os.utime(folder / name, (week, week))
    collect_garbage(is_rehearsal=True)
    assert (folder / ".partial").exists()
    collect_garbage()
    assert [path.name for path in folder.glob(".[ip]*")] == [".incoming-89abcdef"]


def test_apps_are_found_through_links_and_a_circle_of_links_ends(
    home: Path, tmp_path: Path, versions: list[str]
) -> None:
    write_app(tmp_path / "elsewhere/deep/one", f"datasets: [{{id: {ID}, version: {versions[2]}}}]\n")
    (home / "apps").mkdir()
    (home / "apps/linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere/back").symlink_to(home / "apps")
    assert collect_garbage().kept["app"] == 1


def test_a_manifest_that_is_no_file_keeps_everything(home: Path, versions: list[str]) -> None:
    (home / "apps/odd/app.yaml").mkdir(parents=True)
    with pytest.raises(datahall.DatahallError, match="cannot be read"):
        collect_garbage()
    assert datahall.dataset(ID).versions() == versions


def test_apps_that_may_not_be_listed_keep_everything(home: Path, tmp_path: Path, versions: list[str]) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(datahall.DatahallError, match="file cannot be read") as caught:
        collect_garbage(apps=[tmp_path / "file"])
    assert caught.value.code == "unreadable-app"


def test_notes_that_cannot_be_kept_are_said(home: Path, versions: list[str]) -> None:
    shutil.rmtree(home / "index")
    (home / "index").write_text("")
    with pytest.raises(datahall.StoreFailed, match="cannot be written"):
        collect_garbage()
    assert make_version(home, 4) not in versions  # fetching goes on


UNREADABLE = {
    "no YAML": "{",
    "a list": "- a\n",
    "datasets without ids": "datasets: [{version: x}]\n",
    "datasets that are text": "datasets: weather/other\n",
    "nested without end": "[" * 10_000,
    "huge": "#" * 1_000_001,
}


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_an_app_that_cannot_be_read_keeps_everything(home: Path, versions: list[str], text: str) -> None:
    write_app(home / "apps/broken", text)
    with pytest.raises(datahall.DatahallError, match=r"broken/app\.yaml cannot be read") as caught:
        collect_garbage()
    assert caught.value.code == "unreadable-app"
    assert datahall.dataset(ID).versions() == versions


def test_a_version_that_is_opened_while_it_is_removed_stays(versions: list[str]) -> None:
    def open_it() -> bool:
        note_opening(ID, versions[2])
        return find_last_opening(ID, versions[2]) is not None

    assert not store.remove_version(ID, versions[2], is_wanted=open_it)
    assert datahall.dataset(ID).versions() == versions


def test_the_version_that_readers_get_is_never_removed(versions: list[str]) -> None:
    assert not store.remove_version(ID, versions[0], is_wanted=lambda: False)
    assert datahall.dataset(ID).versions() == versions


def test_a_removed_version_comes_back_by_fetching_its_data_again(home: Path, versions: list[str]) -> None:
    collect_garbage()
    assert make_version(home, 1) == versions[2]
    assert datahall.dataset(ID).version == versions[2]


@pytest.mark.parametrize("content", ["", "yesterday", "9999-99-99", "\udcff"], ids=["empty", "word", "no day", "bytes"])
def test_a_damaged_note_counts_as_todays(home: Path, versions: list[str], content: str) -> None:
    note(home, versions[2], today())
    (home / "index/openings" / ID / versions[2]).write_bytes(content.encode(errors="surrogateescape"))
    assert find_last_opening(ID, versions[2]) == today()


def test_a_note_that_cannot_be_written_keeps_nobody_from_the_data(home: Path, versions: list[str]) -> None:
    (home / "index/openings" / ID).parent.mkdir(parents=True, exist_ok=True)
    (home / "index/openings" / ID).write_text("a file where a folder should be")
    assert datahall.dataset(ID).polars().collect().height == 1


def test_a_terminal_is_told(versions: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["gc", "--dry-run", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["dry_run"], found["kept"]) == (True, {"latest": 1, "app": 0, "opened": 0, "replaced": 0})
    assert [each["version"] for each in found["removed"]] == versions[1:]
    assert found["bytes"] == sum(each["bytes"] for each in found["removed"])
    assert cli.run(["gc"]) == 0
    assert "Versions removed: 2. Kept: 1 newest" in capsys.readouterr().err
    assert cli.run(["gc", "--apps", "/nowhere", "--json"]) == 2


def test_a_sandbox_removes_nothing(versions: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAHALL_CATALOGS", str(tmp_path))
    with pytest.raises(datahall.StoreFailed, match="read-only"):
        collect_garbage()


@pytest.fixture
def sandbox(home: Path, tmp_path: Path, versions: list[str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The catalogs as a sandbox sees them."""
    mount = tmp_path / "mount"
    mount.mkdir()
    (mount / "store").symlink_to(home / "store")
    (mount / "datasets").symlink_to(home / "datasets")
    (mount / "vocabulary").symlink_to(find_locations().vocabulary)
    monkeypatch.setenv("DATAHALL_CATALOGS", str(mount))
    return mount


def wait_for_notes() -> None:
    for thread in threading.enumerate():
        if thread.name == "note-opening":
            thread.join(10)


def test_from_a_sandbox_the_hall_is_told_once(
    sandbox: Path, home: Path, versions: list[str], server: SmallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    server.answers["/api/v1/openings"] = lambda _, content: told.append(json.loads(content)) or Reply(status=204)  # type: ignore[func-returns-value]
    monkeypatch.setenv("DATAHALL_FETCH_URL", f"{server.url}/api/v1/fetch")
    for _ in range(2):
        datahall.dataset(ID).polars()
    wait_for_notes()
    assert told == [{"id": ID, "version": versions[0]}]
    assert not (home / "index/openings" / ID).exists()


@pytest.mark.parametrize("reply", [Reply(status=500), Reply(status=302, headers={"Location": "/x"}), Reply(b"<")])
def test_a_hall_that_does_not_take_a_note_is_no_obstacle(
    sandbox: Path, server: SmallServer, reply: Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers["/api/v1/openings"] = reply
    monkeypatch.setenv("DATAHALL_FETCH_URL", f"{server.url}/api/v1/fetch")
    assert datahall.dataset(ID).polars().collect().height == 1
    wait_for_notes()


def test_nobody_waits_for_a_hall_that_hangs(
    sandbox: Path, server: SmallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openings, "PATIENCE", 0.3)
    server.answers["/api/v1/openings"] = lambda *_: time.sleep(1) or Reply(status=204)  # type: ignore[func-returns-value]
    monkeypatch.setenv("DATAHALL_FETCH_URL", f"{server.url}/api/v1/fetch")
    datahall.dataset(ID).polars()
    began = time.monotonic()
    datahall.dataset(ID).polars().collect()
    assert time.monotonic() - began < 0.2
    wait_for_notes()
