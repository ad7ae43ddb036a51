"""The index holds exactly the cards and records that there are, whatever happens to it, and is never crashed on."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import datahall
import pytest
from datahall import store
from datahall._harvesting.record import Distribution
from datahall._index import SearchRequest, open_index
from datahall._locations import shipped_folder
from datahall._records.records_file import find_file
from datahall._vocabulary import publishers

from tests.catalogs.card_drafts import draft, save_card, save_data
from tests.catalogs.index_holdings import find_folder, forget, harvest, list_holdings, list_ids, make_record, wait_for
from tests.soak import rounds

SOAK = bool(os.environ.get("DATAHALL_SOAK"))


def test_records_are_found_filtered_and_described_like_cards() -> None:
    said = {
        "title": {"en": "Glacier retreat", "zh": "冰川退缩"},
        "theme": "environment",
        "license": "CC-BY-4.0",
        "publisher": {"de": "Amt für Gletscher"},
        "temporal_start": date(1990, 1, 1),
        "temporal_end": date(1999, 12, 31),
        "distributions": (Distribution(url="https://alps.example/a.csv", format="csv"),),
    }
    harvest(make_record("retreat", **said))

    index = open_index()
    for text in ("glacier", "冰川", "theme:environment source:alps", "year:1995 Gletscher", "publisher:gletscher"):
        assert [hit.id for hit in index.search(SearchRequest(text)).hits] == ["harvested/alps--retreat"], text
    [hit] = index.search(SearchRequest("glacier")).hits
    assert (hit.entry.source, hit.entry.license, hit.entry.formats) == ("alps", "CC-BY-4.0", ("csv",))
    found = index.search(SearchRequest("glacier")).facets
    assert [(each.value, each.count) for each in found["publisher"]] == [("Amt für Gletscher", 1)]
    assert found["year"][0].count == 1


def test_a_hostile_record_is_found_and_does_no_harm() -> None:
    said: dict[str, Any] = {
        "title": {"en": "<script>glacier</script>\x00" + "x" * 900, "und": "\x1f\ufffe"},
        "keywords": {"en": tuple(f"k{number} <b>\u202e{'y' * 180}" for number in range(200))},
        "spatial": ("", "a|b", "a" * 900),
        "publisher": {"en": "P|Q \x00"},
        "temporal_start": date(1, 1, 1),
        "temporal_end": date(9999, 12, 31),
    }
    harvest(make_record("bad", **said))

    found = datahall.search("glacier")
    assert [hit.id for hit in found.hits()] == ["harvested/alps--bad"]
    assert "<script>" not in found._repr_html_()
    assert {"a|b", "a" * 200} <= found.facets()["place"].keys()
    assert datahall.search(place="a|b").total == datahall.search(year=1850, source="alps").total == 1


@pytest.mark.parametrize("name", ["us-census-bureau", "US-Census-Bureau ", "unknown"])
def test_a_publisher_that_a_portal_names_like_one_of_ours_is_none_of_ours(name: str) -> None:
    assert "us-census-bureau" in publishers()
    harvest(make_record("bus", title={"en": "Glacier bus stops"}, publisher={"en": name}))

    found = open_index().search(SearchRequest("glacier bus")).facets["publisher"]
    assert [(each.value, each.count) for each in found] == [(f"{name} (alps)", 1)]
    ours = open_index().search(SearchRequest(filters={"publisher": (name.strip().lower(),)}))
    assert "harvested/alps--bus" not in [hit.id for hit in ours.hits]
    [hit] = open_index().search(SearchRequest("glacier", filters={"publisher": (f"{name} (alps)",)})).hits
    assert hit.id == "harvested/alps--bus"


def test_what_a_portal_no_longer_has_is_not_found_but_still_known() -> None:
    harvest(make_record("a"), make_record("b"))
    wait_for(list_holdings())
    assert "harvested/alps--b" in list_ids()

    harvest(make_record("a"))

    wait_for(list_holdings())
    assert "harvested/alps--b" not in list_ids()
    gone = open_index().get("harvested/alps--b")
    assert gone is not None
    assert gone.missing_since is not None


def test_changed_records_and_cards_are_found_by_their_new_words(home: Path) -> None:
    harvest(make_record("a"))
    save_card(home, draft(title={"en": "Moraines", "zh": "冰碛"}))
    wait_for(list_holdings())
    assert open_index().search(SearchRequest("moraine glaciers")).total == 2

    harvest(make_record("a", title={"en": "Avalanches"}))
    save_card(home, draft(title={"en": "Crevasses in detail", "zh": "冰裂隙"}))
    end = time.monotonic() + 20
    while (
        open_index().search(SearchRequest("avalanche")).total + open_index().search(SearchRequest("冰裂隙")).total < 2
    ):
        assert time.monotonic() < end
    assert open_index().search(SearchRequest("glaciers")).total == 0
    assert open_index().search(SearchRequest("moraines")).total == 0


def test_a_removed_card_is_no_longer_found(home: Path) -> None:
    file = save_card(home, draft())
    wait_for(list_holdings())
    file.unlink()
    wait_for(list_holdings())


def test_what_sandboxes_read_of_the_index_names_no_draft(home: Path) -> None:
    save_card(home, draft(draft=True, title={"en": "Budget that leaks", "zh": "预算"}), name="secret-budget")
    save_card(home, draft(license="no such licence"), name="secret-and-broken")
    save_card(home, draft(title={"en": "Moraines", "zh": "冰碛"}), name="moraines")
    assert "culture/moraines" in list_ids()
    told = b"".join(file.read_bytes() for file in (home / "index").rglob("*") if file.is_file())
    assert b"culture/moraines" in told
    assert b"secret" not in told
    save_card(home, draft(title={"en": "Budget", "zh": "预算"}), name="secret-budget")
    wait_for(list_holdings())
    save_card(home, draft(draft=True), name="secret-budget")
    wait_for(list_holdings())
    assert "culture/secret-budget" not in (find_folder() / "state.json").read_text()


def _find_version(id: str) -> str | None:
    """Return the version that search says there is, waiting until it says what the store says."""
    end = time.monotonic() + 20
    while True:
        (hit,) = open_index().search(SearchRequest(filters={"id": (id,)}, facets=())).hits
        if hit.entry.version == store.find_latest(id) or time.monotonic() > end:
            return hit.entry.version
        time.sleep(0.05)


@pytest.mark.parametrize("gone", ["version.json", "latest.json", "everything"])
def test_versions_that_come_and_go_are_told_by_search(gone: str) -> None:
    home, id = Path(os.environ["DATAHALL_HOME"]), "culture/visitors"
    save_card(home, draft())
    save_data(home, b"day,visitors\n2024-01-01,5\n")
    assert _find_version(id) is None
    version = store.fetch(id)
    assert _find_version(id) == version

    folder = store.dataset_folder(id)
    if gone == "version.json":
        (folder / version / gone).write_text("{")
    elif gone == "latest.json":
        (folder / gone).unlink()
        shutil.rmtree(folder / version)
    else:
        shutil.rmtree(folder)

    assert _find_version(id) is None


def test_a_second_opening_writes_nothing() -> None:
    harvest(make_record("a"))
    open_index()
    before = {file: file.stat().st_mtime_ns for file in find_folder().iterdir()}
    forget()

    assert list_ids() == list_holdings()
    assert {file: file.stat().st_mtime_ns for file in find_folder().iterdir()} == before


def test_a_record_store_that_cannot_be_read_keeps_nobody_from_searching(monkeypatch: pytest.MonkeyPatch) -> None:
    harvest(make_record("a"))
    wait_for(list_holdings())
    monkeypatch.setattr("datahall._records.records_file.BUSY", 0.01)
    with closing(sqlite3.connect(find_file(), isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        open_index()._upkeep._next = 0.1  # some time later
        assert open_index().search(SearchRequest("weather")).total > 3


def test_a_record_store_that_was_begun_anew_is_taken_in_from_its_beginning() -> None:
    harvest(make_record("a"), make_record("b"))
    wait_for(list_holdings())
    find_file().unlink()
    harvest(make_record("c"))
    wait_for(list_holdings())
    assert {id for id in list_ids() if id.startswith("harvested/")} == {"harvested/alps--c"}


def test_an_index_of_another_layout_is_replaced() -> None:
    open_index()
    folder = find_folder()
    import tantivy

    shutil.rmtree(folder)
    folder.mkdir()
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("old")
    tantivy.Index(builder.build(), str(folder))
    forget()

    assert list_ids() == list_holdings()


HOLDER = """
import sys, time
from pathlib import Path
from datahall._index.folder import IndexFolder
writer = IndexFolder(Path(sys.argv[1])).open_writer()
print("begun", flush=True)
time.sleep(60)
"""


@contextmanager
def _process(script: str, argument: str) -> Iterator[subprocess.Popen[str]]:
    """Run `script` beside the test once it has said that it has begun; it is killed in the end."""
    with subprocess.Popen([sys.executable, "-c", script, argument], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            yield process
        finally:
            process.kill()


def test_a_second_process_searches_what_is_there_while_another_one_writes() -> None:
    harvest(make_record("a"))
    open_index()
    with _process(HOLDER, str(find_folder())) as other:
        forget()
        harvest(make_record("a"), make_record("b"))
        assert "harvested/alps--a" in list_ids()
        assert other.poll() is None
    wait_for(list_holdings())


def test_where_nothing_can_be_written_cards_are_searched_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DATAHALL_HOME", str(tmp_path / "file" / "home"))

    assert list_ids() == {item.id for item in datahall.datasets()}


def test_a_sandbox_searches_the_hall_s_index_which_it_may_only_read(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    harvest(make_record("a"))
    expected = list_ids()
    for lock in find_folder().glob(".*.lock"):
        lock.unlink()
    before = sorted(find_folder().iterdir())
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    for name, folder in {"index": home / "index", "datasets": shipped_folder("datasets")}.items():
        (mounted / name).symlink_to(folder)
    (mounted / "vocabulary").symlink_to(shipped_folder("vocabulary"))
    monkeypatch.setenv("DATAHALL_CATALOGS", str(mounted))

    assert list_ids() == expected
    assert sorted(find_folder().iterdir()) == before

    monkeypatch.delenv("DATAHALL_CATALOGS")
    harvest(make_record("a"), make_record("b"))
    wait_for(list_holdings())
    monkeypatch.setenv("DATAHALL_CATALOGS", str(mounted))
    wait_for(expected | {"harvested/alps--b"})


def test_a_sandbox_goes_on_while_the_hall_makes_its_index_anew_and_sees_the_new_one(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    harvest(make_record("a"))
    expected = list_ids()
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    for name in ("datasets", "vocabulary"):
        (mounted / name).symlink_to(shipped_folder(name))
    (mounted / "index").symlink_to(home / "index")
    monkeypatch.setenv("DATAHALL_CATALOGS", str(mounted))
    assert list_ids() == expected

    folder = find_folder()
    shutil.rmtree(folder)
    assert list_ids() == expected
    folder.mkdir()
    (folder / "meta.json").write_text("half")
    (folder / "state.json").write_text("{")
    wait_for(expected)

    shutil.rmtree(folder)
    monkeypatch.delenv("DATAHALL_CATALOGS")
    forget(folder)
    harvest(make_record("a"), make_record("b"))
    list_ids()
    assert all(lock.is_symlink() for lock in folder.glob(".*.lock"))
    monkeypatch.setenv("DATAHALL_CATALOGS", str(mounted))
    wait_for(expected | {"harvested/alps--b"})


WRITER = """
import os, sys, random
sys.path[:0] = [sys.argv[1]]
from datahall._index import open_index
from tests.catalogs.index_holdings import forget, harvest, make_record
print("begun", flush=True)
for step in range(10_000):
    drawn = random.Random(step)
    names = [f"r{number}" for number in range(300) if drawn.random() < 0.7]
    harvest(*(make_record(name, title={"en": f"Glaciers {drawn.random()}"}) for name in names))
    forget()
    open_index()
"""


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_a_killed_writer_leaves_nothing_out_and_nothing_twice() -> None:
    seed = int(os.environ.get("DATAHALL_SEED") or time.time_ns() % 2**32)
    drawn = random.Random(seed)
    for _ in range(rounds(50)):
        with _process(WRITER, str(Path(__file__).parents[2])):
            time.sleep(drawn.uniform(0.05, 1.5))
        forget()
        ids = list_ids()
        assert ids == list_holdings(), f"DATAHALL_SEED={seed}"
        assert open_index().search(SearchRequest(rows=1)).total == len(ids), f"DATAHALL_SEED={seed}"
