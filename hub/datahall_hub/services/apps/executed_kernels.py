"""Kernels that have run an app's cells and wait for a visitor, so that whoever comes next need not wait.

Only for apps whose page is the same for all: whoever gets such a kernel finds it as the page shows it, and nobody has
had it before. As many wait as lately came; where nobody has come for two minutes none does. They have seats that nobody
wants, are made when nobody else starts, and the first who comes without finding a seat gets one of theirs.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque

from .cell_runs import CellRun, run_cells
from .kernels import VisitorKernels
from .seats import NoSeatError

LATELY = 60.0  # seconds; half as many kernels wait as visitors came in them
FORGOTTEN = 120.0  # seconds after which an app without visitors has no kernels that wait
SHARE = 4  # a quarter of all seats at most are for kernels that wait
LOOK_EVERY = 0.5  # seconds
log = logging.getLogger("datahall.apps")

Key = tuple[str, str, str]


class ExecutedKernels:
    """All of them, by the app, its version and the language."""

    def __init__(self, kernels: VisitorKernels, *, limit: float) -> None:
        """Take the kernels, and the seconds that an app may take until it is ready."""
        self._kernels, self._limit = kernels, limit
        self._ready: dict[Key, deque[str]] = {}
        self._came: dict[Key, deque[float]] = {}
        self._runs: dict[Key, CellRun] = {}
        self._filling: asyncio.Task[None] | None = None
        self._making_room: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to make kernels where they are wanted."""
        self._filling = asyncio.ensure_future(self._keep_filling())

    async def stop(self) -> None:
        """Make no more."""
        if self._filling:
            self._filling.cancel()
            await asyncio.wait([self._filling])

    def note(self, run: CellRun) -> None:
        """Note that a visitor of an app has come."""
        self._runs[run.key] = run
        self._came.setdefault(run.key, deque(maxlen=4 * self._kernels.seats.number)).append(time.monotonic())

    def take(self, run: CellRun, *, address: str | None) -> str | None:
        """Return a kernel, which is now that of a visitor from `address`; None where none waits.

        Raises
        ------
        NoSeatError
            If the app or the address has its share of seats.
        """
        ready = self._ready.get(run.key, ())
        while ready:
            if ready[0] not in self._kernels:  # it has died
                ready.popleft()
                continue
            self._kernels.seats.give_away(ready[0], address=address)
            return ready.popleft()
        return None

    def make_room(self) -> None:
        """End one of those that wait, for somebody who has no seat."""
        ready = max(self._ready.values(), key=len, default=None)
        if ready and not self._making_room:
            task = asyncio.ensure_future(self._kernels.end(ready.popleft(), why="a visitor needs its place"))
            self._making_room.add(task)
            task.add_done_callback(self._making_room.discard)

    async def _keep_filling(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self._end_unwanted()
                run = self._find_wanted()
                if run is not None:
                    await self._fill(run)
            except Exception:  # one that cannot be made: visitors start theirs themselves
                log.exception("a kernel for the next visitor could not be made")

    async def _end_unwanted(self) -> None:
        for key, ready in list(self._ready.items()):
            while len(ready) > self._count_wanted(key):
                await self._kernels.end(ready.pop(), why="nobody has come for it")
            if not ready and not self._count_wanted(key):
                for known in (self._ready, self._came, self._runs):
                    known.pop(key, None)

    def _count_wanted(self, key: Key) -> int:
        came, now = self._came.get(key), time.monotonic()
        if not came or now - came[-1] > FORGOTTEN:
            return 0
        lately = sum(now - moment <= LATELY for moment in came)
        seats = self._kernels.seats
        return min(seats.number // SHARE, seats.count_left(app=key[0]), max(1, (lately + 1) // 2))

    def _find_wanted(self) -> CellRun | None:
        """Return what of which most are missing, if there is room and nobody starts."""
        seats = self._kernels.seats
        is_full = seats.free <= 1 or seats.spare >= seats.number // SHARE
        if is_full or not self._kernels.is_calm:
            return None
        missing = {key: self._count_wanted(key) - len(self._ready.get(key, ())) for key in self._runs}
        key = max(missing, key=lambda each: missing[each], default=None)
        return self._runs[key] if key is not None and missing[key] > 0 else None

    async def _fill(self, run: CellRun) -> None:
        try:
            kernel_id = self._kernels.seats.take_spare(app=run.app.slug)
        except NoSeatError:
            return
        try:
            await run_cells(run, self._kernels, kernel_id, limit=self._limit)
        except BaseException:
            self._came.pop(run.key, None)  # what fails once is not tried until somebody comes again
            with contextlib.suppress(Exception):
                await self._kernels.end(kernel_id, why="it did not start")
            raise
        self._ready.setdefault(run.key, deque()).append(kernel_id)
