"""People's home folders: one for each, private, and not led astray by links."""

from __future__ import annotations

import stat

import pytest
from datahall_hub.homes import ensure_person_home, home_name

NAMES = ["ann", "Ann", "a.b", "a_b", "a_2eb", "李雷", "李磊", "..", ".", "a/b", "x" * 300, "x" * 301]


def test_different_people_have_different_homes():
    assert len({home_name(name) for name in NAMES}) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_home_lies_directly_below_the_homes_whatever_the_name(tmp_path, name):
    assert ensure_person_home(tmp_path, name=name).resolve().parent == tmp_path.resolve()


def test_a_home_is_private(tmp_path):
    assert stat.S_IMODE(ensure_person_home(tmp_path, name="ann").stat().st_mode) == 0o700


def test_a_link_in_the_place_of_a_home_is_not_followed(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    (tmp_path / "homes").mkdir()
    (tmp_path / "homes/ann").symlink_to(elsewhere)

    with pytest.raises(OSError, match="ann"):
        ensure_person_home(tmp_path / "homes", name="ann")

    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o755


def test_a_link_where_the_catalogs_are_mounted_gives_way(tmp_path):
    target = tmp_path / "target"
    target.mkdir()
    home = ensure_person_home(tmp_path, name="ann")
    (home / "catalogs").symlink_to(target)

    ensure_person_home(tmp_path, name="ann")

    assert not (home / "catalogs").is_symlink()
    assert target.is_dir()


def test_a_file_where_the_catalogs_are_mounted_is_kept_beside(tmp_path):
    home = ensure_person_home(tmp_path, name="ann")
    (home / "catalogs").write_text("mine")

    ensure_person_home(tmp_path, name="ann")

    assert (home / "catalogs (moved aside)").read_text() == "mine"
