"""In which order datasets are fetched: what somebody waits for is not behind what nobody asked for."""

from __future__ import annotations

import threading
from pathlib import Path

import datahall
import pytest
from datahall import DatahallError, NotPresent
from datahall_hub.services.fetch.fetch_queue import WORKERS, FetchQueue

PATIENCE = 30.0


@pytest.fixture(autouse=True)
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have nothing in the store."""
    monkeypatch.setenv("DATAHALL_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DATAHALL_CATALOGS", raising=False)


def test_what_somebody_asks_for_overtakes_what_is_fetched_ahead() -> None:
    asked, begun, busy, may_end = (
        "weather/us-city-weather",
        threading.Event(),
        threading.Semaphore(0),
        threading.Event(),
    )
    times: list[str] = []

    def fetch(dataset_id: str) -> str:
        times.append(dataset_id)
        if dataset_id == asked:
            begun.set()
        elif threading.current_thread().name.startswith("ahead"):
            busy.release()
            may_end.wait(PATIENCE)
        raise fails(dataset_id)

    fetches = FetchQueue(fetch=fetch)
    fetches.start()
    try:
        for _ in range(WORKERS):
            assert busy.acquire(timeout=PATIENCE)  # all that fetch ahead are at work on others
        assert not begun.is_set()
        fetches.ask(asked)
        assert begun.wait(PATIENCE)
    finally:
        fetches.stop()
        may_end.set()
    assert times.count(asked) == 1


def test_a_draft_is_not_fetched_until_it_is_published(tmp_path: Path) -> None:
    file = tmp_path / "towns.csv"
    file.write_text("town,people\nA,5\nB,6\nC,7\n")
    datahall.add(file, save="statistics/towns")
    card = tmp_path / "home/datasets/statistics/towns.yaml"
    fetches = FetchQueue(fetch=datahall.store.fetch)
    fetches.look_for_cards()
    assert "statistics/towns" not in {state.id for state in fetches.list_states()}
    card.write_text(card.read_text().replace("draft: true\n", ""))
    fetches.look_for_cards()
    assert "statistics/towns" in {state.id for state in fetches.list_states()}


def fails(dataset_id: str) -> DatahallError:
    return NotPresent("{id} is not to be had.", id=dataset_id)
