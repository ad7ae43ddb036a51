"""Exports tell of our own datasets and of the harvested ones, page by page, each once, and know when they changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from datahall._exports.pages import Page
from datahall._exports.shelf import find_entry, open_shelf
from datahall._harvesting.detection import read_content
from datahall._records.harvest_run import HarvestRun
from datahall._records.records_file import find_file, writing
from datahall.cli import run

pytestmark = pytest.mark.usefixtures("home")


def harvest(*names: str) -> None:
    content = {"dataset": [{"identifier": name, "title": f"Rain {name}", "accessLevel": "public"} for name in names]}
    with writing(find_file()) as connection:
        written = HarvestRun(connection, name="portal", address="https://portal.example/data.json")
        written.keep_page("1", read_content(json.dumps(content).encode()))
        written.finish(kind="dcat-us")


def test_harvested_datasets_follow_our_own_and_each_stands_on_one_page() -> None:
    harvest("a", "b", "c")
    shelf = open_shelf()
    own = len(shelf.own)

    pages = [shelf.take(Page(shelf.total, number, size=own - 1)) for number in (1, 2)]
    ids = [entry.id for page in pages for entry in page]

    assert shelf.total == own + 3
    assert ids == [entry.id for entry in shelf.entries()]
    assert ids[-3:] == ["harvested/portal--a", "harvested/portal--b", "harvested/portal--c"]
    assert len(set(ids)) == len(ids)


def test_what_a_portal_no_longer_has_is_not_exported_but_still_described() -> None:
    harvest("a", "b")
    harvest("b")

    assert [entry.id for entry in open_shelf().entries() if entry.is_harvested] == ["harvested/portal--b"]
    gone = find_entry("harvested/portal--a")
    assert gone is not None
    assert gone.entry.missing_since is not None


def test_the_dates_of_pages_are_of_the_same_datasets_in_the_same_order() -> None:
    harvest("a", "b")
    shelf = open_shelf()

    dates = [each for number in (1, 2) for each in shelf.take_dates(Page(shelf.total, number, size=shelf.total - 1))]

    assert [id for id, _ in dates] == [entry.id for entry in shelf.entries()]
    assert dates[-1][1] is not None


def test_the_mark_changes_with_every_change_only() -> None:
    first = open_shelf()
    same = open_shelf()
    harvest("a")
    later = open_shelf()

    assert first.mark == same.mark != later.mark
    assert later.changed >= first.changed


@pytest.mark.parametrize("form", ["dcat-ap", "dcat-ap-turtle", "dcat-ap-rdf", "dcat-us", "gov-cn"])
def test_the_command_writes_each_form_with_the_harvested(form: str, tmp_path: Path) -> None:
    harvest("a")
    file = tmp_path / "catalog"

    code = run(["export", form, "--base-url", "https://hall.example/services/hall", "--output", str(file)])

    assert code == 0
    assert "https://hall.example/services/hall/datasets/harvested/portal--a" in file.read_text()


def test_json_is_asked_for_and_given(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "dcat-ap-turtle", "--json"]) == 0

    assert json.loads(capfd.readouterr().out)["@graph"]


@pytest.mark.parametrize("address", ["ftp://hall.example", "hall.example", "http://a b", "https://", "http://x/<"])
def test_an_address_that_is_no_hall_is_misuse(address: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "dcat-us", "--base-url", address, "--json"]) == 2

    assert json.loads(capfd.readouterr().out)["error"]["code"] == "misuse"
