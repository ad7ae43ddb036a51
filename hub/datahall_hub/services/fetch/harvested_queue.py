"""Harvested datasets that somebody waits for: fetched by threads of their own, so that they keep no other data waiting.

Nothing is fetched ahead, since there may be a million of them. What waits is bounded, and so are what is remembered and
what one person may have brought in a day; the room that harvested data takes in the store is made before each fetch.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from datahall import DatahallError, store
from datahall._harvested.known_records import get_known, require_open
from datahall._harvested.room import make_room
from datahall.retention import size_of

from datahall_hub.services.fetch.daily_shares import DailyShares
from datahall_hub.services.fetch.fetch_queue import ASKED_PAUSE, State, error_of, pause_after, unforeseen, withdraw
from datahall_hub.services.fetch.harvested_process import Brought, NotFetchedApart, fetch_apart
from datahall_hub.services.fetch.waiting_line import WaitingLine

log = logging.getLogger("datahall.fetch")

WORKERS = 2
MOST_WAITING = 100
MOST_OF_ONE = 10  # that wait for one person
MOST_REMEMBERED = 2_000
MOST_ASKERS = 20  # who waits for the same dataset and is remembered
UNLIMITED = 1 << 62


class HarvestedQueue:
    """Fetches harvested datasets on demand; every method may be called from any thread."""

    def __init__(
        self,
        *,
        apps: Path,
        fetch: Callable[[str], Brought] | None = None,
        clock: Callable[[], float] = time.monotonic,
        most_waiting: int = MOST_WAITING,
        shares: DailyShares | None = None,
    ) -> None:
        self._stopping = threading.Event()
        self._apps = apps
        self._fetch = fetch or partial(fetch_apart, stopping=self._stopping)
        self._clock = clock
        self._shares = shares or DailyShares(UNLIMITED)
        self._waiting = WaitingLine(most_places=max(1, WORKERS - 1))  # one place is always left to the others
        self._askers: dict[str, list[str]] = {}  # of what waits or is fetched
        self._most_waiting = most_waiting
        self._lock = threading.Lock()
        self._states: dict[str, State] = {}  # in the order of the last change
        self._refused: dict[tuple[str, str], State] = {}  # by dataset and person, until that person asks again

    def start(self) -> None:
        """Begin to work; the threads end with the process."""
        for number in range(WORKERS):
            threading.Thread(target=self._work, name=f"harvested-{number}", daemon=True).start()

    def stop(self) -> None:
        """Begin nothing more; what is under way may be cut off, the store bears that."""
        self._stopping.set()
        self._waiting.close()

    def ask(self, dataset_id: str, *, asker: str = "") -> State | None:
        """Have a dataset fetched soon, unless it is there, must not be, has only just failed, or too many wait.

        Returns the refusal that is for this asker alone: somebody who has had too much brought today, or waits for too
        much already. Everything else `find_state` tells everybody.
        """
        found = self._look(dataset_id)
        with self._lock:
            self._refused.pop((dataset_id, asker), None)
            state = self._states.get(dataset_id)
            if state is not None and state.status == "fetching":
                self._note_asker(dataset_id, asker)
                self._waiting.join(dataset_id, asker, most=MOST_OF_ONE)
                return None
            if found is not None:
                self._remember(found)
                return None
            if not self._shares.has_left(asker):
                return State(dataset_id, "failed", error=_share_used(self._shares.most))
            failures = state.failures if state is not None else 0
            pause = ASKED_PAUSE if failures <= 1 else min(pause_after(failures - 1), 300.0)
            if state is not None and failures and self._clock() < state.tried + pause:
                return None
            if asker and self._waiting.count_of(asker) >= MOST_OF_ONE:
                return State(dataset_id, "failed", error=_waits_for_many(MOST_OF_ONE))
            if len(self._waiting) >= self._most_waiting:
                self._remember(State(dataset_id, "failed", error=_busy(self._most_waiting)))
                return None
            self._remember(State(dataset_id, "fetching", failures=failures))
            self._note_asker(dataset_id, asker)
            self._waiting.put(dataset_id, asker)
            return None

    def _note_asker(self, dataset_id: str, asker: str) -> None:
        """Remember who waits for a dataset, with the lock held."""
        askers = self._askers.setdefault(dataset_id, [])
        if asker not in askers and len(askers) < MOST_ASKERS:
            askers.append(asker)

    def find_state(self, dataset_id: str, *, asker: str = "") -> State:
        """Return how a dataset stands; one that nobody asked for is here, or waits for somebody to ask.

        Who had too much brought meanwhile, or waits for their own other datasets, is told so, and nobody else.
        """
        with self._lock:
            if (refusal := self._refused.get((dataset_id, asker))) is not None:
                return refusal
            state = self._states.get(dataset_id)
            if state is not None and state.status != "present" and _still_holds(state):
                note = _WAITS_FOR_TURN if self._waiting.is_held_back(dataset_id, asker) else None
                return State(**vars(state) | {"note": note})
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
        while (taken := self._waiting.take()) is not None:
            dataset_id, first = taken
            try:
                if not self._stopping.is_set():
                    self._serve(dataset_id, first)
            finally:
                self._waiting.leave(first)

    def _serve(self, dataset_id: str, first: str) -> None:
        """Fetch a dataset for the first of those who wait for it that may have more brought today."""
        with self._lock:
            askers = [first, *self._askers.get(dataset_id, ())]
            asker = next((each for each in askers if self._shares.has_left(each)), None)
        if asker is None:  # much was brought for them while this waited
            self._refuse(dataset_id, askers)
        else:
            self._note(self._bring(dataset_id, asker=asker))

    def _refuse(self, dataset_id: str, askers: Iterable[str]) -> None:
        """Leave a dataset as if nobody had asked for it, and tell those who did why they do not get it."""
        refusal = State(dataset_id, "failed", error=_share_used(self._shares.most))
        with self._lock:
            self._states.pop(dataset_id, None)
            self._askers.pop(dataset_id, None)
            self._refused.update({(dataset_id, asker): refusal for asker in askers})
            for key in list(self._refused)[:-MOST_REMEMBERED]:
                del self._refused[key]

    def _bring(self, dataset_id: str, *, asker: str) -> State:
        """Fetch a dataset; what came over the network is charged to the asker, whether or not it is of any use."""
        before, received = _size_in_store(dataset_id), 0
        try:
            for gone in make_room(apps=[self._apps]):
                log.info("%s: removed to make room, %s bytes", gone.id, gone.bytes)
            brought = self._fetch(dataset_id)
            received = brought.received
            rows = int(store.load_record(dataset_id, brought.version)["rows"])
        except DatahallError as error:
            log.warning("%s: %s", dataset_id, error.message("en"))
            return State(dataset_id, "failed", store.find_latest(dataset_id), error=error_of(error))
        except NotFetchedApart as refusal:
            received = refusal.received
            log.warning("%s: %s", dataset_id, refusal)
            return State(dataset_id, "failed", store.find_latest(dataset_id), error=refusal.error)
        except Exception as error:
            log.exception("%s: fetching failed in a way nobody foresaw", dataset_id)
            return State(dataset_id, "failed", store.find_latest(dataset_id), error=unforeseen(error))
        finally:
            self._shares.take(asker, max(received, _size_in_store(dataset_id) - before))
        log.info("%s: version %s, %s rows", dataset_id, brought.version, rows)
        return State(dataset_id, "fetched", brought.version, rows)

    def _note(self, state: State) -> None:
        with self._lock:
            before = self._states.get(state.id)
            self._askers.pop(state.id, None)
            if state.status == "failed":
                state.failures = (before.failures if before is not None else 0) + 1
                state.tried = self._clock()
            self._remember(state)


def _size_in_store(dataset_id: str) -> int:
    return size_of(store.dataset_folder(dataset_id))


def _still_holds(state: State) -> bool:
    return state.status != "fetched" or (state.version is not None and store.has_version(state.id, state.version))


def _busy(waiting: int) -> dict[str, Any]:
    return {
        "code": "too-many-waiting",
        "message": f"{waiting} harvested datasets are waiting to be fetched already.",
        "hint": "Try again in some minutes.",
        "zh": {"message": f"已有 {waiting} 个采集的数据集在等待取回。", "hint": "请过几分钟再试。"},
    }


def _waits_for_many(waiting: int) -> dict[str, Any]:
    return {
        "code": "too-many-waiting",
        "message": f"You are waiting for {waiting} harvested datasets already, as many as one person may at a time.",
        "hint": "Try again when the first of them are here.",
        "zh": {
            "message": f"您已在等待 {waiting} 个采集的数据集，已达每人同时等待的上限。",
            "hint": "请等其中一些取回后再试。",
        },
    }


_WAITS_FOR_TURN = {
    "code": "waits-for-turn",
    "message": "It waits until another harvested dataset that you have asked for is here, "
    "since one place is left to other people.",
    "zh": {"message": "正在等待您请求的另一个采集数据集取回，因为有一个位置留给其他人。"},
}


def _share_used(most: int) -> dict[str, Any]:
    return {
        "code": "daily-share-used",
        "message": f"You have had as much harvested data brought here today as one person may ({most:,} bytes).",
        "hint": "What is here already can be read all the same. Try again tomorrow (UTC), read it from its source by "
        "yourself, or have an operator raise DATAHALL_HARVESTED_PERSON_BYTES.",
        "zh": {
            "message": f"您今天让大厅取回的采集数据已达每人上限（{most:,} 字节）。",
            "hint": "已取回的数据仍可读取。请明天（UTC）再试，或自行从其来源读取，"
            "或请运营者调高 DATAHALL_HARVESTED_PERSON_BYTES。",
        },
    }
