"""Follows the datasets whose data arrives: each is asked as often as its card says, so new values are soon readable.

A feed that fails is asked again after longer and longer pauses; how each stands lies beside its data, for everybody.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import datahall
from datahall import DatahallError
from datahall.streams import Followed, follow_stream

log = logging.getLogger("datahall.fetch")

WORKERS = 4  # feeds asked at the same time
SLOW_WORKERS = 2  # for those that failed or dawdled the last time, so that they keep no others waiting
SLOW = 5.0  # seconds that a round may take before its feed counts as slow
GLANCE = 1.0  # seconds between two looks at what is due
LOOK_AGAIN = 10.0  # seconds between two looks at the cards
LONGEST_PAUSE = 900.0


@dataclass
class _Turn:
    """When a dataset is due (monotonic seconds), and how often it failed in a row."""

    due: float
    failures: int = 0
    is_running: bool = False
    is_slow: bool = False


class StreamFollower:
    """Asks feeds in threads of its own, which end with the process; none before `may_begin` says so."""

    def __init__(
        self,
        *,
        follow: Callable[[str], Followed] = follow_stream,
        may_begin: Callable[[], bool] = lambda: True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._follow = follow
        self._may_begin = may_begin
        self._clock = clock
        self._turns: dict[str, _Turn] = {}
        self._every: dict[str, float] = {}
        self._looked: float | None = None
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._orders: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._slow_orders: queue.SimpleQueue[str] = queue.SimpleQueue()

    def start(self) -> None:
        """Begin to follow; called when the service starts."""
        threading.Thread(target=self._keep_following, name="streams", daemon=True).start()
        lanes = [self._orders] * WORKERS + [self._slow_orders] * SLOW_WORKERS
        for number, orders in enumerate(lanes):
            threading.Thread(target=self._work, args=[orders], name=f"stream-{number}", daemon=True).start()

    def stop(self) -> None:
        """Ask nothing more; what is under way may be cut off, the store bears that."""
        self._stopping.set()

    def find_due(self) -> list[str]:
        """Return the datasets whose turn it is, and count them as being asked."""
        now = self._clock()
        if self._looked is None or now - self._looked >= LOOK_AGAIN:
            self._look_for_cards(now)
        with self._lock:
            due = [i for i, turn in self._turns.items() if not turn.is_running and turn.due <= now]
            for dataset_id in due:
                self._turns[dataset_id].is_running = True
        return due

    def ask(self, dataset_id: str) -> None:
        """Have one round of a dataset, and decide when the next is."""
        pause, failures, begun = self._every.get(dataset_id, LOOK_AGAIN), 0, self._clock()
        try:
            followed = self._follow(dataset_id)
            if followed.refused:
                log.warning(
                    "%s: %s records could not be read; they lie in DATAHALL_HOME/refused", dataset_id, followed.refused
                )
            if followed.has_more:
                pause = 0.0
        except DatahallError as error:
            failures = self._turns[dataset_id].failures + 1 if dataset_id in self._turns else 1
            log.warning("%s: %s", dataset_id, error.message("en"))
        except Exception:
            failures = 1
            log.exception("%s: following failed in a way nobody foresaw", dataset_id)
        with self._lock:
            turn = self._turns.get(dataset_id)
            if turn is not None:  # else its card is gone meanwhile
                turn.failures, turn.is_running = failures, False
                turn.is_slow = failures > 0 or self._clock() - begun > SLOW
                turn.due = self._clock() + min(pause * 2.0**failures, LONGEST_PAUSE)

    def _keep_following(self) -> None:
        while not self._stopping.wait(GLANCE):
            if not self._may_begin():
                continue
            try:
                for dataset_id in self.find_due():
                    self.find_lane(dataset_id).put(dataset_id)
            except (DatahallError, OSError):
                log.exception("Looking for streams failed; it is tried again.")

    def find_lane(self, dataset_id: str) -> queue.SimpleQueue[str]:
        """Return the queue in which a dataset's next round waits."""
        with self._lock:
            turn = self._turns.get(dataset_id)
        return self._slow_orders if turn is not None and turn.is_slow else self._orders

    def _work(self, orders: queue.SimpleQueue[str]) -> None:
        while not self._stopping.is_set():
            self.ask(orders.get())

    def _look_for_cards(self, now: float) -> None:
        found = {
            dataset.id: float(stream.every)
            for dataset in datahall.datasets()
            if (stream := dataset.card.stream) is not None and dataset.card.access == "open"
        }
        with self._lock:
            self._every, self._looked = found, now
            self._turns = {i: self._turns.get(i) or _Turn(now) for i in found}
