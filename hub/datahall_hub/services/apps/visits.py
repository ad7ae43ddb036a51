"""Visits of pages that are there at once: each gets a kernel when its page gives a sign, or a place in the line.

Whoever only fetches a page (a robot, a preview of a link, a reader without scripts) costs no kernel. The id of a visit
is told to its page alone; behind it stands a kernel that nobody else has had.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from tornado.ioloop import PeriodicCallback

from .cell_runs import CellRun, run_cells
from .executed_kernels import ExecutedKernels
from .kernels import CONNECT_WITHIN, SOCKETS, VisitorKernels
from .seats import NoSeatError, ShareUsedUpError

MOST_PROMISED = 5_000  # pages that have been sent and have given no sign yet; the oldest are forgotten
MOST_IN_LINE = 500
SHARE = 4  # a quarter of the promises, and of the line, at most are for one address
REMEMBERED = 120.0  # seconds for which a page may ask why its visit did not come about
LOOK_EVERY = 1.0  # seconds
log = logging.getLogger("datahall.apps")

Step = Literal["waiting", "starting", "running", "full", "slow", "failed"]


@dataclass(frozen=True)
class VisitState:
    """What a page is told of its visit; `place` counts from 1 where it waits in line."""

    step: Step
    place: int = 0


@dataclass
class Visit:
    """A page that has been sent, and what has become of it."""

    run: CellRun
    address: str | None
    sign: float = field(default_factory=time.monotonic)  # the last
    step: Step = "waiting"
    kernel_id: str = ""  # the seat it has
    is_over: bool = False
    sockets: int = 0  # that wait for it
    changed: asyncio.Event = field(default_factory=asyncio.Event)  # its kernel is there, or will not be
    work: asyncio.Task[None] | None = None


class Visits:
    """All visits of kept pages."""

    def __init__(self, kernels: VisitorKernels, *, limit: float) -> None:
        """Take the kernels, and the seconds that an app may take until it is ready."""
        self._kernels, self._limit = kernels, limit
        self.executed = ExecutedKernels(kernels, limit=limit)
        self._promised: OrderedDict[str, Visit] = OrderedDict()
        self._known: dict[str, Visit] = {}
        self._line: OrderedDict[str, Visit] = OrderedDict()
        self._look = PeriodicCallback(self._look_around, LOOK_EVERY * 1000)
        kernels.on_free = self._seat_line

    def watch(self) -> None:
        """Begin to look for pages that are gone; called once the event loop runs."""
        self._look.start()
        self.executed.start()

    async def stop(self) -> None:
        """End what is being started."""
        self._look.stop()
        await self.executed.stop()
        for visit_id in list(self._known):
            await self.end(visit_id, why="the service stops")

    def __contains__(self, visit_id: str) -> bool:
        """Return whether there is such a visit, in whatever state."""
        return visit_id in self._promised or visit_id in self._known

    def promise(self, run: CellRun, *, address: str | None) -> str:
        """Return the id of a new visit, for its page; `address` is the visitor's, None where it is nobody's own."""
        visit_id = str(uuid.uuid4())
        self._promised[visit_id] = Visit(run, address)
        own = [each for each, visit in self._promised.items() if visit.address == address] if address else []
        if len(own) > MOST_PROMISED // SHARE:
            del self._promised[own[0]]
        while len(self._promised) > MOST_PROMISED:
            self._promised.popitem(last=False)
        return visit_id

    def give_sign(self, visit_id: str) -> VisitState | None:
        """Note that the page of a visit is there, and return how its visit stands; None where there is none."""
        visit = self._promised.pop(visit_id, None)
        if visit is not None:
            self._begin(visit_id, visit)
        visit = self._known.get(visit_id)
        if visit is None:
            return None
        visit.sign = time.monotonic()
        if visit.step == "running":
            if visit.kernel_id not in self._kernels:
                self._known.pop(visit_id)
                return None
            self._kernels.note_life(visit.kernel_id)
        return VisitState(visit.step, self._find_place(visit_id) if visit.step == "waiting" else 0)

    async def wait_for_kernel(self, visit_id: str, *, is_open: Callable[[], bool]) -> str | None:
        """Return the kernel of a visit when it is there, as long as `is_open` says that somebody waits for it.

        None where there is none, or too many sockets wait for it.
        """
        if self.give_sign(visit_id) is None:
            return None
        visit = self._known[visit_id]
        if visit.sockets >= SOCKETS:
            return None
        visit.sockets += 1
        try:
            while not visit.changed.is_set() and is_open():
                with suppress(TimeoutError):
                    await asyncio.wait_for(visit.changed.wait(), LOOK_EVERY)
                visit.sign = time.monotonic()
        finally:
            visit.sockets -= 1
        return visit.kernel_id if visit.step == "running" else None

    async def end(self, visit_id: str, *, why: str) -> bool:
        """End a visit, whatever state it is in; return whether there was one."""
        self._promised.pop(visit_id, None)
        self._line.pop(visit_id, None)
        visit = self._known.pop(visit_id, None)
        if visit is None:
            return False
        await self._finish(visit, why=why)
        return True

    def _begin(self, visit_id: str, visit: Visit) -> None:
        self._known[visit_id] = visit
        self.executed.note(visit.run)
        self._line[visit_id] = visit
        self._seat_line()
        if visit_id in self._line and self._is_crowded(visit.address):
            del self._line[visit_id]
            visit.step = "full"
            visit.changed.set()

    def _is_crowded(self, address: str | None) -> bool:
        own = sum(each.address == address for each in self._line.values()) if address else 0
        return len(self._line) > MOST_IN_LINE or own > MOST_IN_LINE // SHARE

    def _find_place(self, visit_id: str) -> int:
        return next((place for place, each in enumerate(self._line, 1) if each == visit_id), 1)

    def _seat_line(self) -> None:
        """Give what seats there are to those who have waited longest; nobody waits behind another's share."""
        used_up = set[str | None]()  # apps and addresses with all that they may have
        for visit_id, visit in list(self._line.items()):
            app, address = visit.run.app.slug, visit.address
            if app in used_up or (address and address in used_up):
                continue
            try:
                self._seat(visit)
            except ShareUsedUpError as error:
                if not used_up:
                    self._kernels.note_want(app=app, address=address)
                used_up |= {error.app or error.address}
                continue
            except NoSeatError:
                self.executed.make_room()
                if not (used_up or self._kernels.seats.spare):
                    self._kernels.note_want(app=app, address=address)
                return
            self._line.pop(visit_id, None)

    def _seat(self, visit: Visit) -> None:
        executed = self.executed.take(visit.run, address=visit.address)
        if executed is not None:
            visit.kernel_id, visit.step = executed, "running"
            self._kernels.expect_page(executed)
            visit.changed.set()
            log.info("%s opened as visit %s (%s), at once", visit.run.app.slug, executed[:8], visit.run.language)
            return
        visit.kernel_id = self._kernels.seats.take(app=visit.run.app.slug, address=visit.address)
        visit.step = "starting"
        visit.work = asyncio.ensure_future(self._start(visit))

    async def _start(self, visit: Visit) -> None:
        slug = visit.run.app.slug
        try:
            await run_cells(visit.run, self._kernels, visit.kernel_id, limit=self._limit)
        except TimeoutError:
            log.error("%s took longer than %d s to start", slug, self._limit)
            await self._fail(visit, "slow")
        except Exception:  # whatever an app or its kernel does, the visit ends and its page is told
            if not visit.is_over:
                log.exception("%s could not be started", slug)
            await self._fail(visit, "failed")
        else:
            visit.step = "running"
            self._kernels.expect_page(visit.kernel_id)
            log.info("%s opened as visit %s (%s)", slug, visit.kernel_id[:8], visit.run.language)
        finally:
            visit.changed.set()

    async def _fail(self, visit: Visit, step: Step) -> None:
        visit.step = step
        await self._kernels.end(visit.kernel_id, why=step)

    async def _finish(self, visit: Visit, *, why: str) -> None:
        visit.is_over = True
        if visit.work is not None and not visit.work.done():
            visit.work.cancel()
            await asyncio.wait([visit.work])
        if visit.kernel_id:
            await self._kernels.end(visit.kernel_id, why=why)
        if visit.step != "running":
            visit.step = "failed"
        visit.changed.set()

    async def _look_around(self) -> None:
        """End visits whose page gives no sign, and forget those that are over."""
        now = time.monotonic()
        for visit_id, visit in list(self._known.items()):
            silent = now - visit.sign
            if visit.step in ("waiting", "starting") and silent > CONNECT_WITHIN:
                await self.end(visit_id, why="its page was left while it started")
            elif (visit.step == "running" and visit.kernel_id not in self._kernels) or (
                visit.step in ("full", "slow", "failed") and silent > REMEMBERED
            ):
                self._known.pop(visit_id, None)
        self._seat_line()
