"""Cards are kept from one process to the next where they are many, and a changed one shows at once."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from datahall import _cards, _compiled_cards, _locations
from datahall._cards import load_card_of, load_shelf

from tests.catalogs.card_drafts import draft, save_card

NAME = "culture/visitors"


@pytest.fixture
def begin_anew(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Forget what this process has read, as a new one has not read anything."""
    return lambda: monkeypatch.setattr(_cards, "_loaded", {})


@pytest.fixture(autouse=True)
def database(home: Path, begin_anew: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three cards, which are enough to be kept here, read once; the shipped ones are left out, to be quick."""
    shipped = _locations.shipped_folder
    monkeypatch.setattr(_locations, "shipped_folder", lambda name: home if name == "datasets" else shipped(name))
    for module in (_cards, _compiled_cards):
        monkeypatch.setattr(module, "WORTHWHILE", 3)
    begin_anew()
    for name in ("visitors", "visitors-1", "visitors-2"):
        save_card(home, draft(), name=name)
    assert NAME in load_shelf().cards
    begin_anew()
    return home / "cards.sqlite"


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are parsed from now on."""
    names: list[str] = []
    parse = _cards._parse_card

    def note(file: Path, *, root: Path) -> _cards._Loading:
        names.append(file.stem)
        return parse(file, root=root)

    monkeypatch.setattr(_cards, "_parse_card", note)
    return names


def test_what_an_earlier_process_has_read_is_not_parsed_again(parsed: list[str]) -> None:
    shelf = load_shelf()
    assert parsed == []
    assert shelf.cards[NAME].card.title.en == "Visitors by day"
    assert shelf.cards[NAME].values()["theme"] == "culture"
    assert shelf.problems == ()


def test_one_card_is_found_without_reading_the_others(parsed: list[str]) -> None:
    found = load_card_of(NAME)
    assert found is not None
    assert found.card.title.zh == "每日访客"
    assert parsed == []


def test_a_changed_card_shows_at_once(home: Path, parsed: list[str]) -> None:
    save_card(home, draft(license="CC-BY-4.0"))
    assert load_shelf().cards[NAME].card.license == "CC-BY-4.0"
    assert parsed == ["visitors"]


def test_so_does_one_of_the_same_size_whose_time_was_set_back(home: Path) -> None:
    file = home / "datasets" / f"{NAME}.yaml"
    before = file.stat()
    file.write_text(file.read_text().replace("Visitors by day", "Visitors by DAY"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert load_shelf().cards[NAME].card.title.en == "Visitors by DAY"


def test_a_card_that_became_invalid_is_a_problem(home: Path) -> None:
    save_card(home, draft(license="no-licence"))
    shelf = load_shelf()
    assert NAME not in shelf.cards
    assert [Path(problem.file).stem for problem in shelf.problems] == ["visitors"]


def test_a_draft_stays_one(home: Path, begin_anew: Callable[[], None]) -> None:
    save_card(home, draft(draft=True))
    load_shelf()
    begin_anew()
    assert load_card_of(NAME) is None
    assert NAME in load_shelf().drafts


def test_a_removed_card_is_gone_and_forgotten(home: Path, database: Path) -> None:
    (home / "datasets" / f"{NAME}.yaml").unlink()
    save_card(home, draft(license="CC-BY-4.0"), name="visitors-1")  # what is new makes it write
    assert NAME not in load_shelf().cards
    with sqlite3.connect(database) as connection:
        kept = [row[0] for row in connection.execute("SELECT file FROM cards WHERE file LIKE '%/visitors.yaml'")]
    connection.close()
    assert kept == []


def test_another_vocabulary_or_edition_of_the_code_has_all_parsed_anew(
    parsed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_compiled_cards, "find_edition", lambda: "another")
    assert NAME in load_shelf().cards
    assert len(parsed) == 3


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100], ids=["empty", "something else"])
def test_a_damaged_file_costs_time_alone(content: bytes, database: Path, begin_anew: Callable[[], None]) -> None:
    database.write_bytes(content)
    assert load_card_of(NAME) is not None
    begin_anew()
    assert NAME in load_shelf().cards
    begin_anew()
    assert NAME in load_shelf().cards


def test_a_kept_form_that_is_no_card_is_read_from_its_file(database: Path) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE cards SET content = '{\"title\": 1}' WHERE file LIKE '%/visitors.yaml'")
    connection.close()
    found = load_card_of(NAME)
    assert found is not None
    assert found.card.title.en == "Visitors by day"


def test_few_cards_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAHALL_HOME", str(tmp_path / "other"))
    save_card(tmp_path / "other", draft())
    assert NAME in load_shelf().cards
    assert not (tmp_path / "other" / "index").exists()
