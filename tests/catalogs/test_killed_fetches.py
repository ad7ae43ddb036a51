"""`kill -9` at any moment of a fetch: the earlier version stays readable, and no half version is ever visible.

A power cut takes away what was not forced to disk, which no kill shows; so the order of forcing and renaming is
watched, too. That these tests can fail is shown with builds that lack a rename or one of the calls of fsync.
"""

from __future__ import annotations

from pathlib import Path

import datahall
import pytest
from datahall import store

from tests.catalogs.killed_fetches import (
    ID,
    ROWS,
    build_variant,
    draw_moments,
    find_halves,
    find_syncs,
    kill_fetch,
    measure_fetch,
    watch_fetches,
    write_round,
)
from tests.catalogs.small_server import SmallServer
from tests.soak import rounds

KILLS = rounds(50)
IN_PLACE = (
    ('ready = staging / "version"', 'ready = folder / f"{loaded.card.version_date()}.00000000"'),
    ("ready.mkdir()", "ready.mkdir(exist_ok=True)"),
)
SYNCS = find_syncs("add_version", "write_record", "_write_latest")


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_a_fetch_killed_at_any_moment_leaves_only_whole_versions(home: Path, server: SmallServer, seed: int) -> None:
    write_round(home, 0, server=server)
    longest = measure_fetch() * 1.1
    folder, known = store.dataset_folder(ID), [datahall.dataset(ID).version]
    for number, moment in enumerate(draw_moments(seed, count=KILLS, longest=longest), start=1):
        write_round(home, number, server=server if number % 2 else None)  # from an address, then from a file
        kill_fetch(moment, in_parts=number % 4 > 1)
        assert find_halves(folder) == [], f"killed at {moment}, DATAHALL_SEED={seed}"
        versions = datahall.dataset(ID).versions()
        assert set(known) <= set(versions)
        assert datahall.dataset(ID).version in versions
        assert datahall.dataset(ID).polars().collect().height == ROWS
        known = versions
    write_round(home, -1)
    datahall.dataset(ID).fetch()
    assert datahall.dataset(ID).polars().collect()["round"].unique().to_list() == [-1]
    assert [path.name for path in folder.glob(".*")] == []


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_a_build_without_the_rename_shows_half_versions(home: Path, tmp_path: Path, seed: int) -> None:
    build = build_variant(tmp_path / "build", *IN_PLACE)
    write_round(home, 0)
    moments = draw_moments(seed, count=50, longest=measure_fetch(build))
    for number, moment in enumerate(moments, start=1):
        write_round(home, number)
        kill_fetch(moment, build)
        if find_halves(store.dataset_folder(ID)):
            return
    pytest.fail(f"50 kills showed no half version, DATAHALL_SEED={seed}")


WITHOUT = {
    "the rename of a version": IN_PLACE,
    "the rename of latest.json": (
        ('draft = folder / f".incoming-{secrets.token_hex(4)}.json"', "draft = folder / LATEST"),
        ("draft.replace(folder / LATEST)", "pass"),
    ),
    "fsync": (("os.fsync(descriptor)", "pass"),),
    "the fsync of the second part": (("(*rows.files, sketches", "(*rows.files[:1], *rows.files[2:], sketches"),),
    **{
        f"the fsync {line.strip()!r}".replace("\n", " "): ((line, line.replace("sync(", "(lambda _: None)(")),)
        for line in SYNCS
    },
}


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What the fetches of the store as it is, and of each that lacks something, published too early."""
    return watch_fetches(tmp_path_factory.mktemp("watched"), {"nothing": (), **WITHOUT})


def test_everything_is_on_disk_before_it_is_seen(faults: dict[str, list[str]]) -> None:
    assert faults["nothing"] == []


@pytest.mark.parametrize("what", WITHOUT)
def test_a_build_that_lacks_a_rename_or_an_fsync_is_found(faults: dict[str, list[str]], what: str) -> None:
    assert faults[what] != []


def test_each_fsync_of_a_fetch_was_taken_out_once() -> None:
    assert len(SYNCS) == 4
