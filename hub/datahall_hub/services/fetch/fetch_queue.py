"""Which datasets are to be fetched, by a few threads, and how each of them stands.

What comes inside installed packages goes first, because it needs no network; what somebody asks for goes
before what is only fetched ahead, and of that what is made here (practice data) before what the network
brings. A failure leaves the earlier version in the store, is remembered with its reason, and is tried again
after a pause that doubles. Nothing is kept on disk: after a restart the store itself says what is there.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import datahall
from datahall import Card, DatahallError, store

log = logging.getLogger("datahall.fetch")

WORKERS = 2  # for what somebody waits for, and as many for what is only fetched ahead
YIELDING = 10  # how far the latter stand back (nice) where processors are busy, as when a hall opens
FIRST_PAUSE = 20.0  # seconds after a first failure
LONGEST_PAUSE = 3600.0
ASKED_PAUSE = 5.0  # seconds before somebody's wish makes us try a failed source again
GLANCE = 2.0  # seconds between two glances whether a card is new or has changed
LOOK_AGAIN = 30.0  # seconds after which everything is looked at, changed or not

PACKAGED, ASKED, MADE, AHEAD = 0, 1, 2, 3

Orders = queue.PriorityQueue[tuple[int, int, str]]  # urgency, order of asking, id
# The last word in a thread's queue; sorts behind everything else.
_STOP = (9, 0, "")


@dataclass
class State:
    """How one dataset stands; `status` is one of present, fetched, fetching, failed."""

    id: str
    status: str
    version: str | None = None
    rows: int | None = None
    error: dict[str, Any] | None = None
    note: dict[str, Any] | None = None  # why it takes its time, in both languages
    failures: int = 0
    tried: float = field(default=0.0, repr=False)
    urgency: int = field(default=AHEAD, repr=False)  # with which it was ordered last
    card: Card | None = field(default=None, repr=False)  # as it was when it was last tried

    def as_json(self) -> dict[str, Any]:
        """Return what programs rely on."""
        answer: dict[str, Any] = {"id": self.id, "version": self.version, "rows": self.rows, "status": self.status}
        answer |= {"error": self.error} if self.error else {}
        return answer | ({"note": self.note} if self.note else {})


class FetchQueue:
    """Fetches datasets in threads of its own; every method may be called from any thread."""

    def __init__(
        self, *, fetch: Callable[[str], str] = store.fetch, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._waited_for: Orders = queue.PriorityQueue()
        self._ahead: Orders = queue.PriorityQueue()
        self._order = count(1)
        self._lock = threading.Lock()
        self._states: dict[str, State] = {}
        self._packaged: set[str] = set()
        self._cards: dict[str, Card] = {}
        self._looked = 0.0
        self._stopping = threading.Event()

    def start(self) -> None:
        """Look at the cards and begin to work; the threads end with the process."""
        self.look_for_cards()
        for number in range(WORKERS):
            threading.Thread(target=self._work, args=[self._waited_for], name=f"fetch-{number}", daemon=True).start()
            threading.Thread(target=self._work_ahead, name=f"ahead-{number}", daemon=True).start()
        threading.Thread(target=self._keep_looking, name="look-for-cards", daemon=True).start()

    def stop(self) -> None:
        """Begin nothing more; what is under way may be cut off, the store bears that."""
        self._stopping.set()
        for _ in range(WORKERS):
            self._waited_for.put(_STOP)
            self._ahead.put(_STOP)

    def is_ready(self) -> bool:
        """Tell whether everything that needs no network has been tried."""
        with self._lock:
            return all(self._states[i].status != "fetching" for i in self._packaged if i in self._states)

    def ask(self, dataset_id: str) -> None:
        """Have a dataset fetched soon, unless it is there or has only just failed."""
        self._enqueue(dataset_id, urgency=ASKED, pause=ASKED_PAUSE)

    def find_state(self, dataset_id: str) -> State:
        """Return how a dataset stands, looking at once at a new card; an id without a card has failed."""
        state = self._copy_state(dataset_id)
        if state is None and _find_refusal(dataset_id) is None:
            self._enqueue(dataset_id, urgency=AHEAD, pause=None)
            state = self._copy_state(dataset_id)
        return state or State(dataset_id, "failed", error=error_of(_unknown(dataset_id)))

    def _copy_state(self, dataset_id: str) -> State | None:
        with self._lock:
            state = self._states.get(dataset_id)
            return State(**vars(state)) if state is not None else None

    def list_states(self) -> list[State]:
        """Return how all datasets stand, by id."""
        with self._lock:
            return [State(**vars(state)) for _, state in sorted(self._states.items())]

    def look_for_cards(self) -> None:
        """Enqueue what is new, has changed, or has failed long enough ago; forget what has no card."""
        found = {dataset.id: dataset for dataset in datahall.datasets()}
        self._cards, self._looked = {i: dataset.card for i, dataset in found.items()}, self._clock()
        with self._lock:
            for gone in self._states.keys() - found.keys():
                del self._states[gone]
            self._packaged = {i for i, dataset in found.items() if urgency_of(dataset.card) == PACKAGED}
        urgencies = {i: urgency_of(dataset.card) for i, dataset in found.items()}
        for dataset_id in sorted(found, key=lambda i: (urgencies[i], i)):
            self._enqueue(dataset_id, urgency=urgencies[dataset_id], pause=None)

    def _enqueue(self, dataset_id: str, *, urgency: int, pause: float | None) -> None:
        refusal = _find_refusal(dataset_id)
        known = None if refusal else _find_present(dataset_id)
        if refusal is not None and refusal["code"] == "not-open":
            withdraw(dataset_id)
        with self._lock:
            state = self._states.setdefault(dataset_id, State(dataset_id, "new"))
            if state.status == "fetching":
                if urgency < state.urgency:  # somebody waits now for what was only to be fetched ahead
                    self._order_fetch(state, urgency=urgency)
                return
            if refusal is not None:
                state.status, state.error = "failed", refusal
                return
            if known is not None:
                if state.status != "fetched":
                    state.status = "present"
                state.version, state.rows, state.error, state.failures = *known, None, 0
                return
            card = _find_card(dataset_id)
            if card is not state.card:  # a corrected card need not wait for what its mistakes have earned
                state.card, state.failures = card, 0
            wait = pause_after(state.failures) if pause is None else pause
            if state.failures and self._clock() < state.tried + wait:
                return
            state.status = "fetching"
            self._order_fetch(state, urgency=urgency)

    def _order_fetch(self, state: State, *, urgency: int) -> None:
        state.urgency = urgency
        orders = self._waited_for if urgency <= ASKED else self._ahead
        orders.put((urgency, next(self._order), state.id))

    def _keep_looking(self) -> None:
        while not self._stopping.wait(GLANCE):
            try:
                if self._has_news() or self._clock() - self._looked > LOOK_AGAIN:
                    self.look_for_cards()
            except (DatahallError, OSError):
                log.exception("Looking for cards failed; it is tried again.")

    def _has_news(self) -> bool:
        """Say whether a card was made, changed or removed; a card is one object until its file changes."""
        found = {dataset.id: dataset.card for dataset in datahall.datasets()}
        return found.keys() != self._cards.keys() or any(card is not self._cards[i] for i, card in found.items())

    def _work_ahead(self) -> None:
        os.nice(YIELDING)  # of this thread alone, on Linux
        self._work(self._ahead)

    def _work(self, orders: Orders) -> None:
        while (order := orders.get()) != _STOP:
            if not self._stopping.is_set() and self._is_still_wanted(order[2]):
                self._fetch_one(order[2])

    def _is_still_wanted(self, dataset_id: str) -> bool:
        """Say whether an order is still open: it may have been given twice, the second time by somebody who waits."""
        with self._lock:
            state = self._states.get(dataset_id)
            return state is not None and state.status == "fetching"

    def _fetch_one(self, dataset_id: str) -> None:
        try:
            version = self._fetch(dataset_id)
            rows = int(store.load_record(dataset_id, version)["rows"])
        except DatahallError as error:
            log.warning("%s: %s", dataset_id, error.message("en"))
            self._note_failure(dataset_id, error_of(error))
        except Exception as error:
            log.exception("%s: fetching failed in a way nobody foresaw", dataset_id)
            self._note_failure(dataset_id, unforeseen(error))
        else:
            log.info("%s: version %s, %s rows", dataset_id, version, rows)
            with self._lock:
                state = self._states.setdefault(dataset_id, State(dataset_id, "new"))
                state.status, state.version, state.rows, state.error, state.failures = "fetched", version, rows, None, 0

    def _note_failure(self, dataset_id: str, error: dict[str, Any]) -> None:
        kept = store.find_latest(dataset_id)
        with self._lock:
            state = self._states.setdefault(dataset_id, State(dataset_id, "new"))
            state.status, state.error, state.version = "failed", error, kept
            state.failures += 1
            state.tried = self._clock()


def pause_after(failures: int) -> float:
    """Return the seconds to wait after so many failures in a row."""
    return min(FIRST_PAUSE * 2.0 ** max(failures - 1, 0), LONGEST_PAUSE)


def urgency_of(card: Card) -> int:
    """Return when a dataset nobody has asked for is fetched; the hall opens once what is packaged is there."""
    if any(source.url is not None or (source.stream and source.stream.url) for source in card.sources):
        return AHEAD
    return MADE if any(source.practice or source.stream for source in card.sources) else PACKAGED


def _find_present(dataset_id: str) -> tuple[str, int] | None:
    """Return version and rows where the store holds what the card describes now."""
    try:
        version = store.find_latest(dataset_id) if store.is_current(dataset_id) else None
        return (version, int(store.load_record(dataset_id, version)["rows"])) if version else None
    except (DatahallError, OSError, ValueError, KeyError):
        return None  # fetching says what is wrong with it


def _find_refusal(dataset_id: str) -> dict[str, Any] | None:
    """Return why a dataset must not come into the store, which everybody can read."""
    try:
        store.require_open(store.find_card(dataset_id))
    except DatahallError as error:
        return error_of(error)
    return None


def _find_card(dataset_id: str) -> Card | None:
    try:
        return datahall.dataset(dataset_id).card
    except DatahallError:
        return None


def withdraw(dataset_id: str) -> None:
    """Take what was open before out of the store; where that fails, the next look tries again."""
    try:
        if store.withdraw(dataset_id):
            log.warning("%s is no longer open: its versions were moved out of the store", dataset_id)
    except (DatahallError, OSError):
        log.exception("%s is no longer open, but its versions are still in the store", dataset_id)


def _unknown(dataset_id: str) -> DatahallError:
    try:
        datahall.dataset(dataset_id)
    except DatahallError as error:
        return error
    return DatahallError(f"{dataset_id} has not been looked at yet; ask again in a moment.", code="not-here-yet")


def error_of(error: DatahallError) -> dict[str, Any]:
    """Return an error in both languages, as programs rely on it."""
    return {
        "code": error.code,
        "message": error.message("en"),
        "hint": error.hint_in("en"),
        "zh": {"message": error.message("zh"), "hint": error.hint_in("zh")},
    }


def unforeseen(error: Exception) -> dict[str, Any]:
    """Return in both languages that something failed which nobody reckoned with."""
    name = type(error).__name__
    return {
        "code": "internal",
        "message": f"Fetching failed in a way nobody foresaw ({name}).",
        "hint": "The operator finds the details in logs/fetch.log.",
        "zh": {"message": f"获取数据时发生意外错误（{name}）。", "hint": "运营者可在 logs/fetch.log 中查看详情。"},
    }
