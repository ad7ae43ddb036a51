"""Another hall harvests this one over HTTP, and has its cards as they are here."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from datahall import cli
from datahall._entries.record_entries import describe_record
from datahall._records.harvesting import Harvested, harvest
from datahall._records.record_store import RecordStore
from datahall.card import Card

from tests.hub.hall.small_hall import SmallHall


@pytest.fixture
def other_home(tmp_path: Path, small_hall: SmallHall, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of a hall that may ask the small one."""
    monkeypatch.setenv("DATAHALL_HOME", str(tmp_path / "other"))
    monkeypatch.setenv("DATAHALL_TRUSTED_HOSTS", f"127.0.0.1:{small_hall.port}")
    return tmp_path / "other"


def read_cards(visitor: httpx.Client) -> dict[str, dict[str, object]]:
    ids: set[str] = set()
    total, page = 1, 1
    while len(ids) < total:  # the order may change under way, as data arrives
        answer = visitor.get("/api/v1/datasets", params={"page": page, "source": "own"}).raise_for_status().json()
        ids |= {each["id"] for each in answer["results"]}
        total, page = answer["total"], page % answer["pages"] + 1
    return {each: visitor.get(f"/api/v1/datasets/{each}").raise_for_status().json()["card"] for each in ids}


@pytest.mark.usefixtures("other_home")
@pytest.mark.parametrize("place", ["", "/api/v1/cards?rows=40"], ids=["the hall's address", "its cards in small pages"])
def test_a_hall_that_is_harvested_over_http_gives_identical_cards(
    small_hall: SmallHall, visitor: httpx.Client, place: str
) -> None:
    cards = read_cards(visitor)
    found = harvest(small_hall.url + place, name="there")
    assert found.kind == "datahall"
    assert found.result["harvested"] == len(cards) > 100
    kept = {stored.record.id: stored for stored in RecordStore().changes()}
    assert {id: stored.card for id, stored in kept.items()} == cards
    for id, stored in kept.items():
        card = Card.model_validate_json(json.dumps(stored.card))
        assert stored.record.title == {"en": card.title.en, "zh": card.title.zh}
        assert (stored.record.theme, stored.record.license) == (card.theme, card.license), id
        assert (stored.record.access, stored.record.frequency) == (card.access, card.frequency), id
        described = describe_record(stored.record, id=stored.id, source=stored.source)
        assert described.synthetic == card.synthetic, id
        assert [(f.name, f.type, f.unit, dict(f.title)) for f in described.fields] == [
            (f.name, f.type, f.unit, f.title.model_dump()) for f in card.fields
        ], id
        assert stored.id == f"harvested/there--{id.replace('/', '-')}"


@pytest.mark.usefixtures("other_home")
def test_a_terminal_shows_the_card_of_another_hall_s_dataset(
    small_hall: SmallHall, visitor: httpx.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    harvest(small_hall.url, name="there")
    capsys.readouterr()
    assert cli.run(["show", "harvested/there--weather-seattle-weather", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["card"] == visitor.get("/api/v1/datasets/weather/seattle-weather").json()["card"]


@pytest.mark.usefixtures("other_home")
def test_harvested_again_nothing_is_new_but_data_that_has_arrived_meanwhile(small_hall: SmallHall) -> None:
    first: Harvested = harvest(small_hall.url, name="there")
    store = RecordStore()
    before, last = {stored.id: stored for stored in store.changes()}, store.last_change
    again = harvest(small_hall.url, name="there")
    assert (again.result["added"], again.result["missing"]) == (0, 0)
    assert again.result["unchanged"] + again.result["updated"] == first.result["harvested"]
    for stored in store.changes(after=last):
        assert stored.card == before[stored.id].card
        assert stored.record.distributions
        assert not before[stored.id].record.distributions


def test_cards_come_in_pages_that_join_without_gap_or_overlap(visitor: httpx.Client) -> None:
    whole = visitor.get("/api/v1/cards", params={"rows": 1000}).json()
    ids: list[str] = []
    address: str | None = "/api/v1/cards?rows=70"
    while address:
        answer = visitor.get(address).raise_for_status().json()
        ids += [each["id"] for each in answer["cards"]]
        address = answer["next"] and f"/api/v1/{answer['next']}"
    assert ids == [each["id"] for each in whole["cards"]] == sorted(ids)
    assert len(ids) == whole["total"]


def test_cards_that_have_not_changed_are_not_sent_again(visitor: httpx.Client) -> None:
    for _ in range(5):  # data may arrive between two looks
        answer = visitor.get("/api/v1/cards")
        again = visitor.get("/api/v1/cards", headers={"If-None-Match": answer.headers["etag"]})
        if again.status_code == 304:
            break
    assert (again.status_code, again.content) == (304, b"")
