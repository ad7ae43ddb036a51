"""The folder that is mounted as ~/catalogs: shipped and home-made cards in one tree, kept current in place."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
from datahall_hub.catalog_mounts import describe_cards, describe_parts, update_catalogs
from datahall_hub.home import Home, ensure_home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return ensure_home(tmp_path / "hall")


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    for name, text in {"datasets/weather/rain.yaml": "shipped", "vocabulary/themes.yaml": "themes"}.items():
        path = tmp_path / "shipped" / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    return tmp_path / "shipped"


def update(home: Home, shipped: Path) -> None:
    update_catalogs(home, shipped_datasets=shipped / "datasets", shipped_vocabulary=shipped / "vocabulary")


def write_card(home: Home, name: str, text: str) -> Path:
    path = home.datasets / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_shipped_and_home_made_cards_stand_side_by_side(home, shipped):
    write_card(home, "ocean/tides.yaml", "made here")

    update(home, shipped)

    assert (home.catalogs / "datasets/weather/rain.yaml").read_text() == "shipped"
    assert (home.catalogs / "datasets/ocean/tides.yaml").read_text() == "made here"
    assert (home.catalogs / "vocabulary/themes.yaml").read_text() == "themes"
    assert (home.catalogs / "store").is_dir()


def test_a_draft_is_in_nobodys_sandbox_until_it_is_published(home, shipped):
    card = write_card(home, "ocean/tides.yaml", "# ours\ndraft: true\ntitle: made here\n")
    update(home, shipped)
    assert not (home.catalogs / "datasets/ocean/tides.yaml").exists()

    card.write_text("# ours\ntitle: made here\n")
    update(home, shipped)
    assert (home.catalogs / "datasets/ocean/tides.yaml").read_text() == card.read_text()

    card.write_text("draft: true\n")
    update(home, shipped)
    assert not (home.catalogs / "datasets/ocean/tides.yaml").exists()


def test_the_folder_itself_is_never_replaced_because_it_is_mounted(home, shipped):
    update(home, shipped)
    before = {path: path.stat().st_ino for path in (home.catalogs, home.catalogs / "datasets")}

    write_card(home, "ocean/tides.yaml", "made here")
    update(home, shipped)

    assert {path: path.stat().st_ino for path in before} == before


def test_a_removed_card_goes_and_a_changed_one_changes(home, shipped):
    tides = write_card(home, "ocean/tides.yaml", "made here")
    waves = write_card(home, "ocean/waves.yaml", "made here")
    update(home, shipped)

    tides.unlink()
    waves.write_text("changed")
    update(home, shipped)

    assert not (home.catalogs / "datasets/ocean/tides.yaml").exists()
    assert (home.catalogs / "datasets/ocean/waves.yaml").read_text() == "changed"


def test_a_home_made_card_cannot_take_the_place_of_a_shipped_one(home, shipped):
    write_card(home, "weather/rain.yaml", "made here")

    update(home, shipped)

    assert (home.catalogs / "datasets/weather/rain.yaml").read_text() == "shipped"


def test_a_link_among_the_cards_is_not_followed_into_what_is_secret(home, shipped, tmp_path):
    secret = tmp_path / "secret.yaml"
    secret.write_text("secret")
    (home.datasets / "ocean").mkdir()
    (home.datasets / "ocean/tides.yaml").symlink_to(secret)

    update(home, shipped)

    assert not (home.catalogs / "datasets/ocean/tides.yaml").exists()


def test_a_change_of_a_card_is_seen(home):
    before = describe_cards(home.datasets)
    card = write_card(home, "ocean/tides.yaml", "made here")
    made = describe_cards(home.datasets)
    card.unlink()

    assert made != before
    assert describe_cards(home.datasets) == before


def test_servers_without_walls_see_the_same_through_links(home, shipped):
    (home.store / "weather").mkdir()

    update(home, shipped)

    assert (home.plain_catalogs / "datasets/weather/rain.yaml").read_text() == "shipped"
    assert (home.plain_catalogs / "store/weather").is_dir()


def test_cards_may_come_and_go_while_they_are_listed_and_copied(home, shipped):
    ended = threading.Event()
    folder = home.datasets / "weather"
    folder.mkdir()

    def come_and_go() -> None:
        while not ended.is_set():
            for number in range(30):
                (folder / f"c{number}.yaml").write_text("theme: weather\n")
            for number in range(30):
                (folder / f"c{number}.yaml").unlink()

    restless = threading.Thread(target=come_and_go)
    restless.start()
    try:
        until = time.monotonic() + 1
        while time.monotonic() < until:  # some hundred times: without care the first dozen fails
            describe_cards(home.datasets)
            update(home, shipped)
    finally:
        ended.set()
        restless.join()
    update(home, shipped)

    assert [path.name for path in (home.catalogs / "datasets").rglob("*.yaml")] == ["rain.yaml"]


@pytest.mark.timeout(20)
def test_a_pipe_in_a_cards_place_keeps_nobody_waiting(home, shipped):
    (home.datasets / "weather").mkdir()
    os.mkfifo(home.datasets / "weather/pipe.yaml")

    update(home, shipped)

    assert not (home.catalogs / "datasets/weather/pipe.yaml").exists()


def test_rows_that_come_in_parts_are_noticed(home):
    write_card(home, "ocean/tides.yaml", "made here")
    before = describe_parts(home)
    version = home.store / "ocean/tides/2024-01-01.00000000"
    version.mkdir(parents=True)
    (version / "part-00000.parquet").touch()
    (home.store / "ocean/tides/latest").symlink_to(version.name)
    assert describe_parts(home) != before
