"""Guides are brought into a home and kept current, and never over what the person did."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from urllib.parse import quote

import pytest
from datahall_hub.user_server.start import copy_guides, ensure_catalogs, ensure_lab_language, find_first_page


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    folder = tmp_path / "shipped"
    folder.mkdir()
    (folder / "01-first.ipynb").write_text("first")
    (folder / "pictures").mkdir()
    (folder / "pictures/map.png").write_text("map")
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def bring(shipped: Path, home: Path) -> dict[str, str]:
    """Copy the guides and return what lies in the home then."""
    copy_guides(shipped, target=home / "guides", manifest=home / ".datahall/guides.json")
    return {
        path.relative_to(home / "guides").as_posix(): path.read_text()
        for path in sorted((home / "guides").rglob("*"))
        if path.is_file()
    }


def test_all_guides_come_with_the_first_start(shipped, home):
    assert bring(shipped, home) == {"01-first.ipynb": "first", "pictures/map.png": "map"}


def test_a_persons_change_stays(shipped, home):
    bring(shipped, home)
    (home / "guides/01-first.ipynb").write_text("mine")

    assert bring(shipped, home)["01-first.ipynb"] == "mine"


def test_a_guide_that_the_person_did_not_change_is_brought_up_to_date(shipped, home):
    bring(shipped, home)
    (shipped / "01-first.ipynb").write_text("second edition")

    assert bring(shipped, home)["01-first.ipynb"] == "second edition"


def test_where_both_have_changed_theirs_stays_and_the_new_one_stands_beside(shipped, home):
    bring(shipped, home)
    (home / "guides/01-first.ipynb").write_text("mine")
    (shipped / "01-first.ipynb").write_text("second edition")

    expected = {"01-first.ipynb": "mine", "01-first (new).ipynb": "second edition", "pictures/map.png": "map"}
    assert bring(shipped, home) == expected
    assert bring(shipped, home) == expected  # and only once


def test_a_third_edition_does_not_overwrite_the_second_that_stands_beside(shipped, home):
    bring(shipped, home)
    (home / "guides/01-first.ipynb").write_text("mine")
    for edition in ("second", "third"):
        (shipped / "01-first.ipynb").write_text(edition)
        found = bring(shipped, home)

    assert (found["01-first (new).ipynb"], found["01-first (new 2).ipynb"]) == ("second", "third")


NOTEBOOK = """{
 "metadata": {
  "language_info": {
   "pygments_lexer": "ipython3",
   "version": "%s"
  }
 }
}
"""


def test_a_guide_names_the_python_that_runs_here_as_the_lab_would_write_it(shipped, home):
    (shipped / "01-first.ipynb").write_text(NOTEBOOK % "3.0.0")

    assert bring(shipped, home)["01-first.ipynb"] == NOTEBOOK % platform.python_version()


def test_a_guide_that_another_python_has_run_is_not_a_persons_change(shipped, home):
    (shipped / "01-first.ipynb").write_text(NOTEBOOK % "3.0.0")
    bring(shipped, home)
    (home / "guides/01-first.ipynb").write_text(NOTEBOOK % "3.99.0")
    (shipped / "01-first.ipynb").write_text("second edition")

    assert bring(shipped, home)["01-first.ipynb"] == "second edition"


def test_a_guide_that_the_person_deleted_stays_away(shipped, home):
    bring(shipped, home)
    (home / "guides/01-first.ipynb").unlink()

    assert "01-first.ipynb" not in bring(shipped, home)


def test_a_new_guide_comes_with_the_next_start(shipped, home):
    bring(shipped, home)
    (shipped / "02-second.ipynb").write_text("second")

    assert bring(shipped, home)["02-second.ipynb"] == "second"


def test_a_file_of_the_person_under_a_guides_name_stays(shipped, home):
    (home / "guides").mkdir()
    (home / "guides/01-first.ipynb").write_text("mine")

    found = bring(shipped, home)

    assert (found["01-first.ipynb"], found["01-first (new).ipynb"]) == ("mine", "first")


def test_a_broken_manifest_loses_nothing(shipped, home):
    bring(shipped, home)
    (home / "guides/01-first.ipynb").write_text("mine")
    (home / ".datahall/guides.json").write_text("{")

    assert bring(shipped, home)["01-first.ipynb"] == "mine"


def test_the_lab_speaks_chinese_to_who_reads_it_until_they_choose_otherwise(home):
    settings = home / ".jupyter/lab/user-settings/@jupyterlab/translation-extension/plugin.jupyterlab-settings"

    ensure_lab_language(home, language="zh")
    assert json.loads(settings.read_text()) == {"locale": "zh_CN"}

    settings.write_text('{"locale": "en"}')
    ensure_lab_language(home, language="zh")
    assert json.loads(settings.read_text()) == {"locale": "en"}


def test_the_lab_opens_on_the_first_guide_and_without_guides_plainly(shipped, home):
    assert find_first_page(home, language="en") == "/lab"

    bring(shipped, home)

    assert find_first_page(home, language="en") == "/lab/tree/guides/01-first.ipynb"


def test_the_lab_opens_on_the_guide_in_the_readers_language(shipped, home):
    (shipped / "01-第一步.ipynb").write_text("{}")
    bring(shipped, home)

    assert find_first_page(home, language="zh") == "/lab/tree/" + quote("guides/01-第一步.ipynb")
    assert find_first_page(home, language="en") == "/lab/tree/guides/01-first.ipynb"


def test_without_walls_the_catalogs_are_a_link_and_a_folder_of_the_persons_own_stays(home, tmp_path):
    (home / "catalogs").mkdir()
    ensure_catalogs(home, mounted=str(tmp_path))
    assert (home / "catalogs").readlink() == tmp_path

    (home / "catalogs").unlink()
    (home / "catalogs").mkdir()
    (home / "catalogs/mine.txt").write_text("mine")
    with pytest.raises(OSError, match="not empty"):
        ensure_catalogs(home, mounted=str(tmp_path))
    assert (home / "catalogs/mine.txt").read_text() == "mine"
