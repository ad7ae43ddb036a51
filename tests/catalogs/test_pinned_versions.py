"""A kernel for which the hall names versions opens those, wherever no other one is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import datahall
import pytest

from tests.catalogs.card_drafts import CSV, OTHER_CSV, draft, save_card, save_data

ID = "culture/visitors"
pytestmark = pytest.mark.filterwarnings("ignore::datahall.DatahallWarning")  # that a newer version is there


@pytest.fixture
def versions(home: Path) -> tuple[str, str]:
    """An earlier version and the newest."""
    made = []
    for content in (CSV, OTHER_CSV):
        save_data(home, content)
        save_card(home, draft())
        made.append(datahall.dataset(ID).fetch())
    return made[0], made[1]


def pin(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setenv("DATAHALL_PINNED", json.dumps({ID: version}))


def test_a_pinned_version_is_opened_where_none_is_asked_for(
    versions: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier, newest = versions
    assert datahall.dataset(ID).version == newest

    pin(monkeypatch, earlier)

    assert datahall.dataset(ID).version == earlier
    assert datahall.search("visitors")[0].version == earlier
    datahall.dataset(ID).polars()
    datahall.catalog["culture"]["visitors"].read()
    assert datahall.used() == [{"id": ID, "version": earlier}]


def test_whoever_asks_for_a_version_gets_it(versions: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    earlier, newest = versions
    pin(monkeypatch, earlier)

    assert datahall.dataset(f"{ID}@{newest}").version == newest


@pytest.mark.parametrize(
    "text",
    ["", "no JSON", "[]", '{"culture/others": "2024-01-01.00000000"}', '{"culture/visitors": "../../etc"}'],
    ids=["empty", "no JSON", "a list", "another dataset", "no version"],
)
def test_what_pins_nothing_leaves_the_newest(
    versions: tuple[str, str], monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("DATAHALL_PINNED", text)

    assert datahall.dataset(ID).version == versions[1]


def test_a_pinned_version_that_is_not_here_is_said_to_be_missing(
    versions: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pin(monkeypatch, "2001-01-01.00000000")

    with pytest.raises(datahall.DatahallError, match=ID):
        datahall.dataset(ID).polars()
