"""The kernels of visits: how many there may be, how they start, and when they end.

A visit asks for a seat, waits for its turn to start (starting is all computation, so as many start at a
time as there are cores), and gives everything back when its page is left, idle, or its kernel has died.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel
from jupyter_core.utils import ensure_async
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager, ServerKernelManager
from tornado.ioloop import PeriodicCallback
from tornado.websocket import WebSocketHandler
from traitlets import Dict, Integer, Unicode, default

KERNEL_NAME = "python3"
PROVISIONER = "datahall-visitor"
# What a page of widgets says to its kernel. Nothing here can carry code.
ALLOWED_MESSAGES = ["comm_open", "comm_msg", "comm_close", "comm_info_request", "kernel_info_request"]
CONNECT_WITHIN = 10  # seconds a finished page has to give its first sign, and then to give the next
SIGNS_FOR = 60  # seconds for which signs alone keep a visit; a slow phone has Voila's bundles by then
SOCKETS = 4  # of one visit: a page has one, and for a moment two when it connects anew
LEFT_AFTER = 20  # seconds without a connection after which a page counts as left; a reconnect takes a few
LOOK_EVERY = 5  # seconds between looks for kernels that are left, idle or dead
STOP_WITHIN = 1.0  # seconds a kernel has to end by itself; it has nothing to save

log = logging.getLogger("datahall.apps")


class NoSeatError(Exception):
    """As many visitors as the operator allows are being served, or as many of one address."""


class VisitorKernelSpecs(KernelSpecManager):
    """Knows one kernel: this Python, started by the visitor's provisioner."""

    provisioner_configuration = Dict(help="catalogs, store, fonts and walled, as the provisioner takes them.")

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the one kernel there is; jupyter_client asks before each start."""
        if kernel_name != KERNEL_NAME:
            raise NoSuchKernel(kernel_name)
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Python 3",
            language="python",
            metadata={
                "kernel_provisioner": {
                    "provisioner_name": PROVISIONER,
                    "config": dict(self.provisioner_configuration),
                }
            },
        )

    def find_kernel_specs(self) -> dict[str, str]:
        """Return where the one kernel's files lie; it has none."""
        return {KERNEL_NAME: ""}


class VisitorKernel(ServerKernelManager):
    """One kernel, spoken to through Unix sockets in its own folder."""

    autorestart = False  # a fresh kernel has not run the notebook: the visit is over
    shutdown_wait_time = STOP_WITHIN

    @default("transport")
    def _default_transport(self) -> str:
        return "ipc"


class VisitorKernels(AsyncMappingKernelManager):
    """All visits' kernels: seats, turns, ends."""

    seats = Integer(12, help="Visitors served at the same time.")
    seats_per_address = Integer(0, help="Of them for one address of the network; 0 for three quarters, at least 4.")
    runtime_folder = Unicode(help="Short folder in which each kernel gets one of its own.")

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)  # type: ignore[no-untyped-call]
        self.allowed_message_types = ALLOWED_MESSAGES
        self.allow_tracebacks = False
        self.buffer_offline_messages = False
        self.cull_connected = True
        self.cull_interval = LOOK_EVERY
        self._taken: dict[str, str | None] = {}  # seats and the addresses they were given to
        self._turns = asyncio.Semaphore(max(2, os.cpu_count() or 1))
        self._pages: dict[str, set[WebSocketHandler]] = {}
        self._left: dict[str, float] = {}
        self._starting: dict[str, asyncio.Task[None]] = {}  # those whose pages are there already
        self._queued: Counter[str] = Counter()  # sockets that wait for one of these
        self._expected: dict[str, tuple[float, float]] = {}  # pages without a socket: last sign, last moment
        self._look = PeriodicCallback(self.end_left_and_dead, LOOK_EVERY * 1000)

    @default("kernel_manager_class")
    def _default_kernel_manager_class(self) -> str:
        return f"{VisitorKernel.__module__}.{VisitorKernel.__name__}"

    def watch(self) -> None:
        """Begin to look for visits that are over; called once the event loop runs."""
        self._look.start()

    @property
    def taken(self) -> int:
        """How many seats are taken."""
        return len(self._taken)

    def take_seat(self, *, address: str | None) -> str:
        """Return the id under which a kernel may be started; raise `NoSeatError` when there is none left.

        `address` is the visitor's, of whose seats there is a share; None has no share of its own.
        """
        if len(self._taken) >= self.seats:
            raise NoSeatError(f"all {self.seats} seats are taken")
        share = self.seats_per_address or max(4, self.seats * 3 // 4)
        if address and list(self._taken.values()).count(address) >= share:
            raise NoSeatError(f"one address has {share} of {self.seats} seats (setting apps_kernels_per_address)")
        kernel_id = str(uuid.uuid4())
        self._taken[kernel_id] = address
        return kernel_id

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold one of the turns to start; the others wait here."""
        async with self._turns:
            yield

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

    def begin(self, kernel_id: str, work: Coroutine[Any, Any, None], *, within: float) -> None:
        """Have the kernel of a page that has been sent already made by `work`, as long as the page gives signs."""
        self._starting[kernel_id] = asyncio.ensure_future(work)
        self._starting[kernel_id].add_done_callback(lambda _: self._starting.pop(kernel_id, None))
        self._expected[kernel_id] = (self._now(), self._now() + within)

    def is_starting(self, kernel_id: str) -> bool:
        """Return whether the kernel of a visit is still being made."""
        return kernel_id in self._starting

    async def wait_for_start(self, kernel_id: str) -> bool:
        """Wait until a visit's kernel is there, or will not be; return at once, and False, where too many wait."""
        if self._queued[kernel_id] >= SOCKETS:
            return False
        self._queued[kernel_id] += 1
        try:
            if task := self._starting.get(kernel_id):
                await asyncio.wait([task])
        finally:
            self._queued[kernel_id] -= 1
            self._queued += Counter()  # without those at nought
        return True

    async def end(self, kernel_id: str, *, why: str) -> None:
        """End a visit, whatever state it is in; harmless when it has ended already."""
        task = self._starting.pop(kernel_id, None)
        if task is not None and task is not asyncio.current_task():
            task.cancel()
            await asyncio.wait([task])
        pages = self._pages.pop(kernel_id, set())
        self._left.pop(kernel_id, None)
        self._expected.pop(kernel_id, None)
        try:
            if kernel_id in self:
                log.info("visit %s ends: %s", kernel_id[:8], why)
                await self.shutdown_kernel(kernel_id, now=True)  # type: ignore[no-untyped-call]
        finally:
            self._taken.pop(kernel_id, None)
            for page in pages:
                page.close(code=4410, reason="ended")

    async def end_all(self) -> None:
        """End every visit; called when the service stops."""
        self._look.stop()
        await asyncio.gather(
            *(self.end(kernel_id, why="the service stops") for kernel_id in list(self._taken)),
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

    def has_room(self, kernel_id: str) -> bool:
        """Return whether one more socket may join a visit."""
        return len(self._pages.get(kernel_id, ())) < SOCKETS

    def join(self, kernel_id: str, page: WebSocketHandler) -> bool:
        """Note that `page` is connected to a kernel, where there is room; called by the websocket when it opens."""
        if kernel_id not in self or not self.has_room(kernel_id):
            return False
        self._pages.setdefault(kernel_id, set()).add(page)
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
        """End visits whose page was left, and visits whose kernel has died."""
        for kernel_id in [each for each in self._starting if self._is_awaited_in_vain(each)]:
            await self.end(kernel_id, why="its page was left while it started")
        for kernel_id in list(self.list_kernel_ids()):
            if kernel_id not in self._taken or kernel_id in self._starting:
                continue
            if not await ensure_async(self.get_kernel(kernel_id).is_alive()):
                await self.end(kernel_id, why="its kernel has died")
            elif self._now() - self._left.get(kernel_id, self._now()) > LEFT_AFTER:
                await self.end(kernel_id, why="its page was left")
            elif self._is_awaited_in_vain(kernel_id):
                await self.end(kernel_id, why="its page never connected")

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
