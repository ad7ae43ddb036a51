"""Harvested datasets that somebody waits for: fetched by threads of their own, so that they keep no other data waiting.

Nothing is fetched ahead, since there may be a million of them. What waits is bounded, and so is what is remembered; the
room that harvested data takes in the store is made before each fetch.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from datahall import DatahallError, store
from datahall._harvested.known_records import get_known, require_open
from datahall._harvested.room import make_room

from datahall_hub.services.fetch.fetch_queue import ASKED_PAUSE, State, error_of, pause_after, unforeseen, withdraw
from datahall_hub.services.fetch.harvested_process import NotFetchedApart, fetch_apart

log = logging.getLogger("datahall.fetch")

WORKERS = 2
MOST_WAITING = 100
MOST_REMEMBERED = 2_000
_STOP = ""


class HarvestedQueue:
    """Fetches harvested datasets on demand; every method may be called from any thread."""

    def __init__(
        self,
        *,
        apps: Path,
        fetch: Callable[[str], str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._stopping = threading.Event()
        self._apps = apps
        self._fetch = fetch or partial(fetch_apart, stopping=self._stopping)
        self._clock = clock
        self._waiting: queue.Queue[str] = queue.Queue()
        self._most_waiting = most_waiting
        self._lock = threading.Lock()
        self._states: dict[str, State] = {}  # in the order of the last change

    def start(self) -> None:
        """Begin to work; the threads end with the process."""
        for number in range(WORKERS):
            threading.Thread(target=self._work, name=f"harvested-{number}", daemon=True).start()

    def stop(self) -> None:
        """Begin nothing more; what is under way may be cut off, the store bears that."""
        self._stopping.set()
        for _ in range(WORKERS):
            self._waiting.put(_STOP)

    def ask(self, dataset_id: str) -> None:
        """Have a dataset fetched soon, unless it is there, must not be, has only just failed, or too many wait."""
        found = self._look(dataset_id)
        with self._lock:
            state = self._states.get(dataset_id)
            if state is not None and state.status == "fetching":
                return
            if found is not None:
                self._remember(found)
                return
            failures = state.failures if state is not None else 0
            pause = ASKED_PAUSE if failures <= 1 else min(pause_after(failures - 1), 300.0)
            if state is not None and failures and self._clock() < state.tried + pause:
                return
            if self._waiting.qsize() >= self._most_waiting:
                self._remember(State(dataset_id, "failed", error=_busy(self._most_waiting)))
                return
            self._remember(State(dataset_id, "fetching", failures=failures))
            self._waiting.put(dataset_id)

    def find_state(self, dataset_id: str) -> State:
        """Return how a dataset stands; one that nobody asked for is here, or waits for somebody to ask."""
        with self._lock:
            state = self._states.get(dataset_id)
            if state is not None and state.status != "present" and _still_holds(state):
                return State(**vars(state))
        return self._look(dataset_id) or State(dataset_id, "absent")

    def _look(self, dataset_id: str) -> State | None:
        """Return how a dataset stands without fetching; None where it is to be fetched."""
        try:
            require_open(get_known(dataset_id))
            if not store.is_current(dataset_id):
                return None
            version = store.find_latest(dataset_id)
            rows = int(store.load_record(dataset_id, version)["rows"]) if version is not None else None
            return State(dataset_id, "present", version, rows) if version is not None else None
        except DatahallError as error:
            if error.code == "not-open":
                withdraw(dataset_id)
            return State(dataset_id, "failed", error=error_of(error))
        except (OSError, ValueError, KeyError):
            return None  # damaged: it is fetched again

    def _remember(self, state: State) -> None:
        """Keep a state, with the lock held; the oldest that nobody waits for are forgotten."""
        self._states.pop(state.id, None)
        self._states[state.id] = state
        for dataset_id in list(self._states) if len(self._states) > MOST_REMEMBERED else ():
            if len(self._states) <= MOST_REMEMBERED:
                break
            if self._states[dataset_id].status != "fetching":
                del self._states[dataset_id]

    def _work(self) -> None:
        while (dataset_id := self._waiting.get()) != _STOP:
            if not self._stopping.is_set():
                self._fetch_one(dataset_id)

    def _fetch_one(self, dataset_id: str) -> None:
        try:
            for gone in make_room(apps=[self._apps]):
                log.info("%s: removed to make room, %s bytes", gone.id, gone.bytes)
            version = self._fetch(dataset_id)
            rows = int(store.load_record(dataset_id, version)["rows"])
        except DatahallError as error:
            log.warning("%s: %s", dataset_id, error.message("en"))
            self._note(State(dataset_id, "failed", store.find_latest(dataset_id), error=error_of(error)))
        except NotFetchedApart as refusal:
            log.warning("%s: %s", dataset_id, refusal)
            self._note(State(dataset_id, "failed", store.find_latest(dataset_id), error=refusal.error))
        except Exception as error:
            log.exception("%s: fetching failed in a way nobody foresaw", dataset_id)
            self._note(State(dataset_id, "failed", store.find_latest(dataset_id), error=unforeseen(error)))
        else:
            log.info("%s: version %s, %s rows", dataset_id, version, rows)
            self._note(State(dataset_id, "fetched", version, rows))

    def _note(self, state: State) -> None:
        with self._lock:
            before = self._states.get(state.id)
            if state.status == "failed":
                state.failures = (before.failures if before is not None else 0) + 1
                state.tried = self._clock()
            self._remember(state)


def _still_holds(state: State) -> bool:
    return state.status != "fetched" or (state.version is not None and store.has_version(state.id, state.version))


def _busy(waiting: int) -> dict[str, Any]:
    return {
        "code": "too-many-waiting",
        "message": f"{waiting} harvested datasets are waiting to be fetched already.",
        "hint": "Try again in some minutes.",
        "zh": {"message": f"已有 {waiting} 个采集的数据集在等待取回。", "hint": "请过几分钟再试。"},
    }
