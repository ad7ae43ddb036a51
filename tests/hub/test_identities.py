"""User ids of people's servers, and homes that change hands."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from datahall_forkserver.identities import Identity
from datahall_hub.home_owners import UnownableHomeError, give_home
from datahall_hub.identities import NoIdentityError, find_identity

PERSON = Identity(31_234, 31_234)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives ids and files to others")


@as_root
def test_everybody_has_an_id_of_their_own_and_keeps_it(tmp_path):
    file = tmp_path / "identities.json"
    ids = range(30_000, 30_003)
    first = [find_identity(file, name=name, ids=ids) for name in ("ann", "bob", "ann")]

    assert first == [Identity(30_000, 30_000), Identity(30_001, 30_001), Identity(30_000, 30_000)]
    assert find_identity(file, name="ann", ids=range(40_000, 40_010)) == Identity(30_000, 30_000)


@as_root
def test_an_id_is_never_given_twice_and_none_is_made_up_when_all_are_given_away(tmp_path):
    file = tmp_path / "identities.json"
    for name in ("ann", "bob"):
        find_identity(file, name=name, ids=range(30_000, 30_002))
    with pytest.raises(NoIdentityError, match="user_ids"):
        find_identity(file, name="eve", ids=range(30_000, 30_002))

    found = find_identity(file, name="eve", ids=range(30_000, 30_005))
    assert found == Identity(30_002, 30_002)
    assert json.loads(file.read_text()) == {"ann": 30_000, "bob": 30_001, "eve": 30_002}


@contextmanager
def as_ordinary_user() -> Iterator[None]:
    """Be one, as far as the system asks; root is it for this while."""
    before = os.geteuid()
    os.seteuid(before or PERSON.user)
    try:
        yield
    finally:
        os.seteuid(before)


def test_where_an_ordinary_user_runs_the_hall_everybody_is_that_user(tmp_path):
    with as_ordinary_user():
        found = find_identity(tmp_path / "identities.json", name="ann", ids=range(30_000, 30_002))

    assert found is None
    assert not list(tmp_path.iterdir())


def owners(folder: Path) -> dict[str, int]:
    return {path.relative_to(folder).as_posix(): path.lstat().st_uid for path in sorted(folder.rglob("*"))}


@as_root
def test_a_home_that_was_roots_becomes_its_persons_and_no_link_leads_out_of_it(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "shadow").write_text("secret")
    home = tmp_path / "home"
    (home / "work/deep").mkdir(parents=True)
    (home / "work/deep/notes.txt").write_text("mine")
    (home / "to-file").symlink_to(outside / "shadow")
    (home / "work/to-folder").symlink_to(outside)
    os.mkfifo(home / "pipe")

    give_home(home, identity=PERSON)

    assert set(owners(home).values()) == {PERSON.user}
    assert home.stat().st_uid == PERSON.user
    assert outside.stat().st_uid == (outside / "shadow").stat().st_uid == 0


@as_root
def test_what_was_given_in_part_is_given_whole_the_next_time(tmp_path):
    home = tmp_path / "home"
    (home / "work").mkdir(parents=True)
    os.chown(home / "work", PERSON.user, PERSON.group)
    (home / "work/late.txt").write_text("x")

    give_home(home, identity=PERSON)

    assert set(owners(home).values()) == {PERSON.user}


@as_root
def test_a_home_of_somebody_else_is_left_alone(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, PERSON.user + 1, PERSON.group)

    with pytest.raises(UnownableHomeError, match="belongs to the user"):
        give_home(home, identity=PERSON)


@as_root
def test_files_of_others_within_a_home_stay_theirs(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "theirs").write_text("x")
    os.chown(home / "theirs", 12_345, 12_345)

    give_home(home, identity=PERSON)

    assert (home / "theirs").stat().st_uid == 12_345


@as_root
def test_folders_within_folders_without_end_do_not_keep_a_home_from_changing_hands(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    folder = os.open(home, os.O_RDONLY)
    for _ in range(400):
        os.mkdir("d", dir_fd=folder)
        deeper = os.open("d", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = deeper
    os.close(folder)

    give_home(home, identity=PERSON)

    assert home.stat().st_uid == PERSON.user


@as_root
def test_a_link_in_a_homes_place_is_refused(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "home").symlink_to("real")

    with pytest.raises(OSError, match="home"):
        give_home(tmp_path / "home", identity=PERSON)
    assert (tmp_path / "real").stat().st_uid == 0
