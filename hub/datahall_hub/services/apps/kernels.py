"""The kernels of visits: how they start, and when they end.

A visit asks for a seat, waits for its turn to start (starting is nearly all computation, so one more starts at a
time than there are cores, at least three), and gives everything back when its page is left, idle, or its kernel has
died.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.ioloop import PeriodicCallback
from tornado.websocket import WebSocketHandler
from traitlets import Instance, Unicode, default

from .seats import Seats
from .visitor_kernel import KERNEL_NAME, VisitorKernel

# What a page of widgets says to its kernel. Nothing here can carry code.
ALLOWED_MESSAGES = ["comm_open", "comm_msg", "comm_close", "comm_info_request", "kernel_info_request"]
CONNECT_WITHIN = 10  # seconds a finished page has to give its first sign, and then to give the next
SIGNS_FOR = 60  # seconds for which signs alone keep a visit; a slow phone has Voila's bundles by then
SOCKETS = 4  # of one visit: a page has one, and for a moment two when it connects anew
WANTED_FOR = 30  # seconds for which somebody who found no seat counts as waiting for one
LEFT_AFTER = 20  # seconds without a connection after which a page counts as left; a reconnect takes a few
TURN_FOR = 5.0  # seconds after which a start no longer keeps others from theirs
LOOK_EVERY = 5  # seconds between looks for kernels that are left, idle or dead

log = logging.getLogger("datahall.apps")


@dataclass(frozen=True)
class _Want:
    """Somebody who has found no seat."""

    app: str
    address: str | None
    moment: float


class VisitorKernels(AsyncMappingKernelManager):
    """All visits' kernels: seats, turns, ends."""

    seats = Instance(Seats, help="For visitors served at the same time.")
    runtime_folder = Unicode(help="Short folder in which each kernel gets one of its own.")

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)  # type: ignore[no-untyped-call]
        self.allowed_message_types = ALLOWED_MESSAGES
        self.allow_tracebacks = False
        self.buffer_offline_messages = False
        self.cull_connected = True
        self.cull_interval = LOOK_EVERY
        self._turns = asyncio.Semaphore(1 + max(2, os.cpu_count() or 1))
        self._pages: dict[str, set[WebSocketHandler]] = {}
        self._left: dict[str, float] = {}
        self._asked = 0  # turns that are held or waited for
        self.on_free: Callable[[], None] = lambda: None  # called when a seat has become free
        self._expected: dict[str, tuple[float, float]] = {}  # pages without a socket: last sign, last moment
        self._moved: dict[str, float] = {}  # when the visitor last did something
        self._wanted: _Want | None = None  # the last that found no seat
        self._look = PeriodicCallback(self.end_left_and_dead, LOOK_EVERY * 1000)

    @default("seats")
    def _default_seats(self) -> Seats:
        return Seats(12)

    @default("kernel_manager_class")
    def _default_kernel_manager_class(self) -> str:
        return f"{VisitorKernel.__module__}.{VisitorKernel.__name__}"

    def watch(self) -> None:
        """Begin to look for visits that are over; called once the event loop runs."""
        self._look.start()

    @property
    def is_calm(self) -> bool:
        """Whether nobody starts, and nobody waits for that."""
        return not self._asked

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold one of the turns to start; the others wait here. Who takes long goes on, and another's turn begins."""
        self._asked += 1
        try:
            await self._turns.acquire()
            given_back = ExitStack()
            given_back.callback(self._turns.release)
            timer = asyncio.get_running_loop().call_later(TURN_FOR, given_back.close)
            try:
                yield
            finally:
                timer.cancel()
                given_back.close()
        finally:
            self._asked -= 1

    async def start(
        self, kernel_id: str, *, language: str, datasets: Mapping[str, str | None] | None = None
    ) -> VisitorKernel:
        """Start the kernel of the seat `kernel_id`, which opens `datasets` at these versions; return its manager."""
        environment = {"DATAHALL_LANGUAGE": language, "VOILA_KERNEL_ID": kernel_id}
        if datasets:
            environment["DATAHALL_PINNED"] = json.dumps(dict(datasets))
        starting = asyncio.ensure_future(
            self.start_kernel(kernel_id=kernel_id, kernel_name=KERNEL_NAME, env=environment)
        )
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:
            await asyncio.wait([starting])  # or a half-started kernel would be left behind
            raise
        kernel = self.get_kernel(kernel_id)
        assert isinstance(kernel, VisitorKernel)
        return kernel

    async def end(self, kernel_id: str, *, why: str) -> None:
        """End a visit, whatever state it is in; harmless when it has ended already."""
        pages = self._pages.pop(kernel_id, set())
        self._moved.pop(kernel_id, None)
        self._left.pop(kernel_id, None)
        self._expected.pop(kernel_id, None)
        try:
            if kernel_id in self:
                log.info("visit %s ends: %s", kernel_id[:8], why)
                await self.shutdown_kernel(kernel_id, now=True)  # type: ignore[no-untyped-call]
        finally:
            was_taken = self.seats.release(kernel_id)
            for page in pages:
                page.close(code=4410, reason="ended")
            if was_taken:
                self.on_free()

    async def end_all(self) -> None:
        """End every visit; called when the service stops."""
        self._look.stop()
        await asyncio.gather(
            *(self.end(kernel_id, why="the service stops") for kernel_id in list(self.seats)),
            return_exceptions=True,
        )

    def expect_page(self, kernel_id: str) -> None:
        """Begin to wait for the socket of a page; called when the page has been sent."""
        if kernel_id in self and not self._pages.get(kernel_id):
            self._expected[kernel_id] = (self._now(), self._now() + SIGNS_FOR)

    def note_life(self, kernel_id: str) -> None:
        """Wait longer for a page that asks about its visit while it loads, though not for ever."""
        if kernel_id in self._expected:
            self._expected[kernel_id] = (self._now(), self._expected[kernel_id][1])

    def note_move(self, kernel_id: str) -> None:
        """Note that a visitor has done something."""
        if kernel_id in self._pages:
            self._moved[kernel_id] = self._now()

    def note_want(self, *, app: str, address: str | None) -> None:
        """Note that a visitor of `app` from `address` has found no seat: one whose visitor does nothing may end."""
        self._wanted = _Want(app, address, self._now())

    def has_room(self, kernel_id: str) -> bool:
        """Return whether one more socket may join a visit."""
        return len(self._pages.get(kernel_id, ())) < SOCKETS

    def join(self, kernel_id: str, page: WebSocketHandler) -> bool:
        """Note that `page` is connected to a kernel, where there is room; called by the websocket when it opens."""
        if kernel_id not in self or not self.has_room(kernel_id):
            return False
        self._pages.setdefault(kernel_id, set()).add(page)
        self.note_move(kernel_id)
        self._left.pop(kernel_id, None)
        self._expected.pop(kernel_id, None)
        return True

    def leave(self, kernel_id: str, page: WebSocketHandler) -> None:
        """Note that `page` is gone; without another one the kernel ends soon."""
        pages = self._pages.get(kernel_id, set())
        if page not in pages:
            return
        pages.discard(page)
        if not pages and kernel_id in self:
            self._left[kernel_id] = self._now()

    async def end_left_and_dead(self) -> None:
        """End visits whose page was left, whose kernel has died, or whose seat others want more."""
        for kernel_id in list(self.list_kernel_ids()):
            if kernel_id not in self.seats:
                continue
            if not await ensure_async(self.get_kernel(kernel_id).is_alive()):
                await self.end(kernel_id, why="its kernel has died")
            elif self._now() - self._left.get(kernel_id, self._now()) > LEFT_AFTER:
                await self.end(kernel_id, why="its page was left")
            elif self._is_awaited_in_vain(kernel_id):
                await self.end(kernel_id, why="its page never connected")
        await self._end_silent()

    async def _end_silent(self) -> None:
        """End the visit that has been silent for longest, where its seat helps whoever found none.

        The kernel of an app that moves by itself is never idle, whether or not anybody looks at it.
        """
        want, self._wanted = self._wanted, None
        if not want or not self.cull_idle_timeout or self._now() - want.moment > WANTED_FOR:
            return
        if self.seats.has_room(app=want.app, address=want.address):
            return
        longest = [each for each, moved in self._moved.items() if self._now() - moved > self.cull_idle_timeout]
        for kernel_id in sorted(longest, key=self._moved.__getitem__):
            if self.seats.would_help(kernel_id, app=want.app, address=want.address):
                await self.end(kernel_id, why="its visitor does nothing, and others wait")
                return

    def _is_awaited_in_vain(self, kernel_id: str) -> bool:
        if kernel_id not in self._expected:
            return False
        sign, last = self._expected[kernel_id]
        return self._now() > min(sign + CONNECT_WITHIN, last)

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        """End an idle visit together with its page; called by jupyter_server's culler."""
        await super().cull_kernel_if_idle(kernel_id)  # type: ignore[no-untyped-call]
        if kernel_id not in self:
            await self.end(kernel_id, why="idle")

    def pre_start_kernel(self, kernel_name: str | None, kwargs: Any) -> tuple[Any, str, str]:
        """Give the kernel a folder of its own; jupyter_client calls this before each start."""
        kernel, name, kernel_id = super().pre_start_kernel(kernel_name, kwargs)
        folder = Path(self.runtime_folder) / kernel_id
        folder.mkdir(mode=0o700)
        kernel.connection_file = str(folder / "kernel.json")
        kernel.ip = str(folder / "s")
        return kernel, name, kernel_id

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
