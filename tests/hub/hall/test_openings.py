"""An opening is noted by dataset, version and day, keeps the version for a year, and says nothing of the person."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from datahall import DatahallError
from datahall.openings import today
from datahall.retention import Collection
from datahall_hub.services.fetch.daily_collection import DailyCollection

from tests.hub.hall.small_hall import SmallHall, furnish, write_card

ID = "science/growing"


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallHall]:
    """A hall of its own, whose notes nobody else writes."""
    home = tmp_path_factory.mktemp("openings") / "home"
    furnish(home)
    running = SmallHall(home).start()
    yield running
    running.stop()


def make_version(hall: SmallHall, amount: int) -> str:
    write_card(hall.home, ID, rows=f"name,amount\nx,{amount}\n")
    with hall.fetch_client() as client:
        (state,) = client.post("/fetch", json={"ids": [ID], "wait": 30}).raise_for_status().json()
    return str(state["version"])


def notes(hall: SmallHall) -> dict[str, str]:
    folder = hall.home / "index/openings"
    return {str(file.relative_to(folder)): file.read_text().strip() for file in folder.rglob("*") if file.is_file()}


def test_the_fetch_service_notes_a_version_that_is_there_and_no_other(hall: SmallHall) -> None:
    version = make_version(hall, 1)
    before = notes(hall)
    with hall.fetch_client() as client:
        for body, status in (
            ({"id": ID, "version": "2024-01-01.00000000"}, 404),
            ({"id": "no/where", "version": version}, 404),
            ({"id": "../x", "version": version}, 422),
            ({"id": ID, "version": "../../../x"}, 422),
            ({"id": ID, "version": version + "/../x"}, 422),
        ):
            assert client.post("/openings", json=body).status_code == status
        assert notes(hall) == before
        assert client.post("/openings", json={"id": ID, "version": version}).status_code == 204
    assert notes(hall) == {**before, f"{ID}/{version}": today().isoformat()}


def test_a_download_is_an_opening(hall: SmallHall) -> None:
    first = make_version(hall, 2)
    make_version(hall, 3)
    with hall.client() as visitor:
        assert visitor.head(f"/datasets/{ID}/data.csv?version={first}").is_success
        assert f"{ID}/{first}" not in notes(hall)
        assert visitor.get(f"/datasets/{ID}/data.csv?version={first}").is_success
    assert notes(hall)[f"{ID}/{first}"] == today().isoformat()


def test_only_who_has_signed_in_may_say_what_was_opened(hall: SmallHall) -> None:
    version = make_version(hall, 4)
    with hall.client() as visitor:
        answer = visitor.post("/api/v1/openings", json={"id": ID, "version": version})
    assert (answer.status_code, f"{ID}/{version}" in notes(hall)) == (401, False)


def test_downloads_go_on_without_the_fetch_service(hall: SmallHall) -> None:
    version = make_version(hall, 5)
    hall.stop_service("fetch")
    with hall.client() as visitor:
        assert visitor.get(f"/datasets/{ID}/data.csv?version={version}").text == "name,amount\nx,5\n"
    hall.start_service("fetch")


def test_the_store_is_collected_again_and_again_whatever_happens(tmp_path: Path) -> None:
    asked: list[list[Path]] = []
    enough = threading.Event()

    def collect(*, apps: list[Path], **_: Any) -> Collection:
        asked.append(apps)
        if len(asked) == 1:
            raise DatahallError("app.yaml cannot be read.")
        if len(asked) == 2:
            raise RuntimeError
        enough.set()
        return Collection((), {}, is_rehearsal=False)

    daily = DailyCollection(apps=tmp_path, collect=collect, pauses=(0.01, 0.01))
    daily.start()
    assert enough.wait(10)
    daily.stop()
    assert asked[:3] == [[tmp_path]] * 3
