"""A newer file of a dataset is held against its card, kept where it fits, and public only when it is published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import datahall
import pytest
from datahall._locations import find_home
from datahall.cli import run

from tests.catalogs.added_files import Write, complete_draft
from tests.catalogs.card_drafts import draft, save_card, save_data, url_source

ID = "statistics/towns"
FIRST = "town,people,day\nAlt,5,2024-01-01\nBerg,6,2024-01-02\nCham,7,2024-01-03\n"
SECOND = "day,town,people\n2025-01-01,Alt,5\n2025-01-02,Berg,9\n2025-01-03,Cham,7\n2025-01-04,Dorf,1\n"


@pytest.fixture
def first(write: Write) -> str:
    """The version of a dataset that was added and published."""
    datahall.add(write(FIRST), save=ID)
    complete_draft(ID)
    return str(datahall.publish(ID).version)


def files() -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (find_home() / "datasets/statistics").iterdir()}


def offer(write: Write, content: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    code = run(["add", str(write(content, name="later.csv")), "--save", ID, "--json"])
    return code, json.loads(capsys.readouterr().out)["edition"]


def test_a_newer_file_that_fits_becomes_the_next_version_when_it_is_published(
    first: str, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    code, edition = offer(write, SECOND, capsys)
    assert (code, edition["fits"], edition["rows"], edition["rows_before"]) == (0, True, 4, 3)
    assert edition["differences"] == []
    assert datahall.store.fetch(ID) == first  # nobody sees it before
    published = datahall.publish(ID)
    assert (published.status, published.earlier, published.rows) == ("updated", first, 4)
    assert published.difference is not None
    assert published.difference.rows == {"added": 1, "removed": 0, "changed": 3, "unchanged": 0}
    assert set(files()) == {"towns.yaml", "towns.csv"}
    assert files()["towns.csv"] == SECOND.encode()
    assert datahall.publish(ID).status == "unchanged"


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        ("town,people\nAlt,5\nBerg,6\n", ["edition-column-gone"]),
        (FIRST.replace("day", "date"), ["edition-column-renamed"]),
        (FIRST.replace("\n", ",1\n").replace("day,1", "day,more"), ["edition-column-new"]),
        (FIRST.replace(",6,", ",six,"), ["edition-unreadable", "edition-type"]),
        ("town,people,day\n", ["edition-empty"]),
        (FIRST.replace(",", ";"), ["edition-column-gone"] * 3 + ["edition-column-new"]),
    ],
    ids=["gone", "renamed", "new", "retyped", "empty", "other-delimiter"],
)
def test_a_newer_file_that_does_not_fit_is_told_and_changes_nothing(
    first: str, write: Write, capsys: pytest.CaptureFixture[str], content: str, codes: list[str]
) -> None:
    before = files()
    code, edition = offer(write, content, capsys)
    assert (code, edition["fits"]) == (1, False)
    assert [finding["code"] for finding in edition["differences"]] == codes
    assert files() == before
    assert datahall.publish(ID).version == first


def test_columns_that_have_grown_emptier_and_rows_that_are_missing_are_told(
    first: str, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    code, edition = offer(write, "town,people,day\nAlt,,2024-01-01\n", capsys)
    assert code == 0
    assert [finding["code"] for finding in edition["differences"]] == ["edition-fewer", "edition-missing"]


def test_a_newer_file_with_personal_data_is_not_published_and_waits(
    first: str, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    assert offer(write, FIRST.replace("Alt", "alt@example.org"), capsys)[0] == 0
    with pytest.raises(datahall.NotPublished, match="town"):
        datahall.publish(ID)
    assert files()["towns.csv"] == FIRST.encode()
    assert datahall.store.fetch(ID) == first
    assert datahall.publish(ID, accept_personal_data=["town"]).earlier == first


def test_a_draft_takes_a_newer_file_in_place_of_its_own(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    datahall.add(write(FIRST), save=ID)
    assert offer(write, SECOND, capsys)[0] == 0
    assert set(files()) == {"towns.yaml", "towns.csv"}
    assert files()["towns.csv"] == SECOND.encode()


def test_a_publication_that_was_killed_is_taken_up_again(first: str, write: Write, capsys: Any) -> None:
    offer(write, SECOND, capsys)
    folder = find_home() / "datasets/statistics"
    (folder / "towns.csv").rename(folder / ".towns.csv.before")
    (folder / ".towns.csv.edition").rename(folder / "towns.csv")  # and here it was killed
    assert datahall.publish(ID).earlier == first
    assert set(files()) == {"towns.yaml", "towns.csv"}


def test_a_killed_publication_whose_file_is_gone_is_taken_up_again(first: str, write: Write, capsys: Any) -> None:
    offer(write, SECOND, capsys)
    folder = find_home() / "datasets/statistics"
    (folder / "towns.csv").rename(folder / ".towns.csv.before")
    assert datahall.publish(ID).earlier == first


@pytest.mark.parametrize("source", ["address", "digest"])
def test_a_card_that_no_file_can_follow_says_so(
    home: Path, write: Write, capsys: pytest.CaptureFixture[str], source: str
) -> None:
    content = FIRST.encode()
    made = url_source("https://example.org/towns.csv", content)
    if source == "digest":
        made = {**{key: value for key, value in made.items() if key != "url"}, "path": "statistics/towns.csv"}
        save_data(home, content, name="statistics/towns.csv")
    fields = [{"name": "town", "type": "string", "title": {"en": "Town", "zh": "城镇"}}]
    save_card(home, draft(theme="statistics", sources=[made], fields=fields), name="towns")
    code, edition = offer(write, FIRST, capsys)
    assert code == 1
    expected = "edition-digest" if source == "digest" else "edition-elsewhere"
    assert [finding["code"] for finding in edition["differences"]] == [expected]


def test_people_are_told_what_comes_next(first: str, write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["add", str(write(SECOND)), "--save", ID]) == 0
    told = capsys.readouterr()
    assert "Rows: 4; before: 3" in told.out
    assert f"datahall publish {ID}" in told.err
    assert run(["add", str(write("a,b\n1,2\n")), "--save", ID]) == 1
    assert "nothing was changed" in capsys.readouterr().err
