"""In which order datasets are fetched: what somebody waits for is not behind what nobody asked for."""

from __future__ import annotations

import threading
from pathlib import Path

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


def fails(dataset_id: str) -> DatahallError:
    return NotPresent("{id} is not to be had.", id=dataset_id)
