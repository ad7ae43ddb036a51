"""The home folder: what is private in it, and what is said when it cannot be used."""

from __future__ import annotations

import json
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import datahall_hub.home
import pytest
from datahall_hub.home import LAYOUT, Home, HomeError, ensure_home

SERVICES = 4


@pytest.mark.parametrize("name", ["hub", "secrets", "homes", "conditional", "logs", "run"])
def test_private_folders_are_for_their_owner_alone(tmp_path, name):
    home = ensure_home(tmp_path / "hall")

    assert stat.S_IMODE(getattr(home, name).stat().st_mode) == 0o700


def test_the_readme_tells_what_lies_in_a_home():
    home = Home(Path("/home"))
    paths = [getattr(home, name) for name, kind in vars(Home).items() if isinstance(kind, property)]
    names = {path.relative_to(home.root).parts[0] for path in paths}
    text = Path(datahall_hub.home.__file__).parents[1].joinpath("README.md").read_text()
    listed = text.split("## What lies in DATAHALL_HOME")[1].split("\n## ")[0]

    assert {name for name in names if not re.search(rf"`{re.escape(name)}/?`", listed)} == set()


def test_making_a_home_again_changes_nothing_in_it(tmp_path):
    home = ensure_home(tmp_path)
    (home.homes / "ann").mkdir()
    before = home.version_file.read_text()

    ensure_home(tmp_path)

    assert (home.homes / "ann").is_dir()
    assert home.version_file.read_text() == before


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "hall").write_text("")

    with pytest.raises(HomeError, match=str(tmp_path / "hall")):
        ensure_home(tmp_path / "hall")


def test_a_place_that_cannot_be_written_is_named_with_the_reason():
    with pytest.raises(HomeError, match=r"/proc/hall.*--home"):
        ensure_home(Path("/proc/hall"))


def test_a_home_made_by_a_newer_version_is_left_alone(tmp_path):
    (tmp_path / "home.json").write_text(json.dumps({"layout": LAYOUT + 1}))

    with pytest.raises(HomeError, match="newer version"):
        ensure_home(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["home.json"]


def test_a_home_that_does_not_say_its_version_is_not_guessed_at(tmp_path):
    (tmp_path / "home.json").write_text("{")

    with pytest.raises(HomeError, match=r"home\.json cannot be read"):
        ensure_home(tmp_path)


def test_services_that_start_together_make_one_new_home(tmp_path):
    begin = Barrier(SERVICES)

    def make(root: Path) -> Home:
        begin.wait(10)
        return ensure_home(root)

    with ThreadPoolExecutor(SERVICES) as services:
        for attempt in range(20):
            root = tmp_path / str(attempt)
            homes = list(services.map(make, [root] * SERVICES))

            assert {home.root for home in homes} == {root}
            assert json.loads((root / "home.json").read_text()) == {"layout": LAYOUT}
            assert not list(root.glob(".*"))
