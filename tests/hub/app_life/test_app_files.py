"""The files of versions never change, are whole or not there, and lie nowhere else."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from datahall_hub.app_life.app_files import AppFiles, Submission

TRIAL = Submission(
    notebook=b'{"cells": []}',
    manifest=b"title: {en: A trial, zh: \xe8\xaf\x95}\n",
    picture=None,
    datasets={"weather/seattle-weather": None},
    environment={"polars": "2.1.0"},
)


@pytest.fixture
def files(tmp_path: Path) -> AppFiles:
    return AppFiles(tmp_path / "apps")


def list_files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_version_comes_back_as_it_was_kept(files: AppFiles) -> None:
    pictured = replace(TRIAL, picture=b"\x89PNG")
    for submission in (TRIAL, pictured):
        digest = files.keep("a-trial", submission)
        assert files.load_submission("a-trial", digest) == submission
    assert len(list(files.list_digests())) == 2


@pytest.mark.parametrize(
    "changed",
    [
        replace(TRIAL, notebook=b'{"cells": [1]}'),
        replace(TRIAL, manifest=b"title: {en: Another}\n"),
        replace(TRIAL, picture=b""),
        replace(TRIAL, datasets={"weather/seattle-weather": "2015-12-31.0a1b2c3d"}),
        replace(TRIAL, environment={"polars": "2.2.0"}),
    ],
    ids=["notebook", "manifest", "picture", "a dataset has a new version", "a library has a new version"],
)
def test_whatever_changes_makes_another_version(changed: Submission) -> None:
    assert changed.digest != TRIAL.digest


def test_the_same_files_are_kept_once_and_stay_as_they_are(files: AppFiles, tmp_path: Path) -> None:
    digest = files.keep("a-trial", TRIAL)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert files.keep("a-trial", TRIAL) == digest
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_many_who_keep_the_same_at_once_all_have_it(files: AppFiles) -> None:
    kept: list[str] = []
    threads = [threading.Thread(target=lambda: kept.append(files.keep("a-trial", TRIAL))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept == [TRIAL.digest] * 16
    assert files.load_submission("a-trial", TRIAL.digest) == TRIAL


@pytest.mark.parametrize("slug", ["", "..", "../other", "A", "a/b", "a--b", "a\n", ".part-1"])
def test_no_name_leads_out_of_the_folder(files: AppFiles, tmp_path: Path, slug: str) -> None:
    with pytest.raises(ValueError, match="no version"):
        files.keep(slug, TRIAL)
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("digest", ["", "..", "0" * 63, "G" * 64, "../" + "0" * 61])
def test_no_digest_leads_out_of_the_folder(files: AppFiles, digest: str) -> None:
    with pytest.raises(ValueError, match="no version"):
        files.find_folder("a-trial", digest)


def test_a_full_disk_leaves_nothing_and_is_told(tmp_path: Path) -> None:
    full = tmp_path / "apps/a-trial"
    full.mkdir(parents=True)
    files = AppFiles(tmp_path / "apps")
    too_long = replace(TRIAL, notebook=b"x" * 4096)
    limit = len(too_long.notebook) // 4
    code = f"""
import resource, signal, sys
from pathlib import Path
from tests.hub.app_life.test_app_files import TRIAL, AppFiles, replace
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
try:
    AppFiles(Path({str(tmp_path / "apps")!r})).keep("a-trial", replace(TRIAL, notebook={too_long.notebook!r}))
except OSError as error:
    sys.exit(0 if error.errno == 27 else 2)
sys.exit(1)
"""
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0
    assert list(full.iterdir()) == []
    assert files.keep("a-trial", too_long) == too_long.digest


def test_what_a_dying_hall_left_is_removed_and_nothing_else(files: AppFiles, tmp_path: Path) -> None:
    digest = files.keep("a-trial", TRIAL)
    files.note_opened("a-trial", digest, [{"id": "weather/seattle-weather", "version": "2015-12-31.0a1b2c3d"}])
    files.point_to("a-trial", {"number": 1})
    whole = list_files(tmp_path)
    left = tmp_path / "apps/a-trial/.part-0123"
    left.mkdir()
    (left / "app.ipynb").write_text("{")
    (tmp_path / "apps/a-trial/.part-4567").write_text("{")
    (tmp_path / "apps/a-trial" / digest / ".part-89ab").write_text("{")
    files.remove_parts()
    assert list_files(tmp_path) == whole
    assert not left.exists()


def test_what_visitors_see_changes_in_one_step(files: AppFiles, tmp_path: Path) -> None:
    place = tmp_path / "apps/a-trial/published.json"
    files.point_to("a-trial", {"number": 1})
    with place.open() as seen:
        files.point_to("a-trial", {"number": 2})
        assert json.load(seen) == {"number": 1}
    assert json.loads(place.read_text()) == {"number": 2}
    files.point_to("a-trial", None)
    assert json.loads(place.read_text()) is None
