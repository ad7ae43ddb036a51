"""Counts uses of datasets for `datahall.uses`, in the memory of one process, and writes them every few seconds.

What is kept is a number by day, dataset and kind. So that no script in a loop decides what stands first, a place (an
address or an account) counts for a dataset only so often a day (`daily_marks`). Robots are not counted, as far as they
say what they are.
"""

from __future__ import annotations

import logging
import re
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

from datahall.openings import today
from datahall.uses import UseKind, add_uses, tell_sandboxes

from datahall_hub.daily_marks import DailyMarks

log = logging.getLogger("datahall.uses")

PAUSE = 10.0  # seconds between two writes; a crash loses at most as much
TELLING_PAUSE = 600.0  # seconds between two tellings to sandboxes, which read sums of thirty days
MOST_A_DAY = 20  # uses of one dataset from one place: a school behind one address counts, a loop does not
_ROBOT = re.compile(r"bot\b|bot/|crawl|spider|slurp|archiver|monitor|preview|headlesschrome", re.IGNORECASE)


def is_robot(user_agent: str | None) -> bool:
    """Tell whether a browser says of itself that nobody sits before it."""
    return _ROBOT.search(user_agent or "") is not None


class UseCounter:
    """The counts of one process; every method may be called from any thread."""

    def __init__(self, home: Path, *, pause: float = PAUSE, clock: Callable[[], date] = today) -> None:
        self._home, self._pause, self._clock = home, pause, clock
        self._counts: dict[date, Counter[tuple[str, UseKind]]] = {}
        self._marks = DailyMarks(clock=clock)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to write every few seconds; called when the service starts."""
        self._thread = threading.Thread(target=self._keep_writing, name="use-counter", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what is left and end; called when the service stops."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        self.write()

    def count(self, dataset_id: str, kind: UseKind, *, place: str | None, is_first_only: bool = False) -> None:
        """Count a use from `place`; with `is_first_only` just the first of the day from there."""
        most = 1 if is_first_only else MOST_A_DAY
        if place is None or self._marks.has_room(f"{kind} {dataset_id}", place=place, most=most):
            with self._lock:
                self._counts.setdefault(self._clock(), Counter())[dataset_id, kind] += 1

    def write(self) -> None:
        """Add what was counted to the table; what cannot be written now is tried again."""
        with self._lock:
            counts, self._counts = self._counts, {}
        for day, numbers in counts.items():
            try:
                add_uses(numbers, home=self._home, day=day)
            except (sqlite3.Error, OSError) as error:
                log.warning("Uses could not be written yet: %s", error)
                with self._lock:
                    self._counts.setdefault(day, Counter()).update(numbers)

    def _keep_writing(self) -> None:
        self._tell()
        told = time.monotonic()
        while not self._stopping.wait(self._pause):
            self.write()
            if time.monotonic() - told >= TELLING_PAUSE:
                self._tell()
                told = time.monotonic()

    def _tell(self) -> None:
        try:
            tell_sandboxes(home=self._home)
        except OSError as error:  # a full disk: the former counts stay
            log.warning("Uses could not be told to sandboxes yet: %s", error)
