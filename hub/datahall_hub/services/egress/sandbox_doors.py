"""The two ports that are open inside one sandbox, for as long as it stands."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from datahall_forkserver.identities import Identity
from datahall_forkserver.listeners import open_listener_inside
from datahall_forkserver.sandboxes import Sandbox, SandboxError

from datahall_hub.services.egress.destinations import Destinations
from datahall_hub.services.egress.forward_proxy import serve_proxy
from datahall_hub.services.egress.hall_relay import choose_source, serve_hall
from datahall_hub.services.egress.places import choose_proxy_port
from datahall_hub.services.egress.seats import Share
from datahall_hub.services.egress.streams import Stream, adopt_connection

TROUBLE_PAUSE = 0.5  # seconds after the system has refused a connection, for want of descriptors say

log = logging.getLogger("datahall.egress")


@dataclass(frozen=True)
class Served:
    """A sandbox and what it is given: the hall always, the internet where the setting allows it."""

    pid: int
    started: int
    identity: Identity | None
    internet: bool

    @property
    def sandbox(self) -> Sandbox:
        """The sandbox that is named."""
        return Sandbox(self.pid, self.started)

    @property
    def number(self) -> int:
        """What tells this person's requests from others': their user where they have one of their own."""
        return self.identity.user if self.identity else self.pid


@dataclass
class Doors:
    """Opens the ports and serves who comes; closes them with the sandbox."""

    served: Served
    hall: tuple[str, int]
    destinations: Destinations
    share: Share
    on_end: Callable[[Doors], object]
    _first: int = -1
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def open(self) -> None:
        """Open the ports.

        Raises
        ------
        SandboxError
            If the sandbox has ended, or nobody can listen in it.
        """
        sandbox, identity = self.served.sandbox, self.served.identity
        try:
            self._first = sandbox.open_first_process()
        except ProcessLookupError as error:
            raise SandboxError(str(error)) from error
        with contextlib.ExitStack() as undo:
            undo.callback(self.close)
            listeners = [(open_listener_inside(sandbox, identity=identity, port=self.hall[1]), self._serve_hall)]
            undo.callback(listeners[0][0].close)
            if self.served.internet:
                port = choose_proxy_port(self.hall[1])
                listeners.append((open_listener_inside(sandbox, identity=identity, port=port), self._serve_proxy))
            undo.pop_all()
        asyncio.get_running_loop().add_reader(self._first, self._note_end)
        for listener, serve in listeners:
            self._begin(self._accept(listener, serve))

    def close(self) -> None:
        """Close the ports and whatever goes through them; fine where they are closed."""
        if self._first >= 0:
            with contextlib.suppress(RuntimeError):  # no loop runs: nothing was added to one
                asyncio.get_running_loop().remove_reader(self._first)
            os.close(self._first)
            self._first = -1
        for task in self._tasks:
            task.cancel()

    async def wait_closed(self) -> None:
        """Return once nothing is open any more."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def describe(self) -> dict[str, Any]:
        """Return what has been done for this sandbox, without a word of where to."""
        share = self.share
        return {
            "pid": self.served.pid, "started": self.served.started, "internet": self.served.internet,
            "connections": share.taken, "served": share.served, "refused": share.refused, "waited": share.waited,
        }  # fmt: skip

    def _note_end(self) -> None:
        self.close()
        self.on_end(self)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self, listener: socket.socket, serve: Callable[[Stream], Awaitable[None]]) -> None:
        """Take one connection after the other, each once there is a seat; the others wait inside."""
        loop = asyncio.get_running_loop()
        with listener:
            while True:
                try:
                    connection, _ = await loop.sock_accept(listener)
                except OSError as error:
                    log.warning("A connection could not be taken: %s", error.strerror)
                    await asyncio.sleep(TROUBLE_PAUSE)
                    continue
                try:
                    await self.share.await_pace()
                    await self.share.take_seat()
                except asyncio.CancelledError:
                    connection.close()
                    raise
                self._begin(self._serve(connection, serve))

    async def _serve(self, connection: socket.socket, serve: Callable[[Stream], Awaitable[None]]) -> None:
        try:
            try:
                stream = await adopt_connection(connection)
            except OSError:
                connection.close()
                return
            await serve(stream)
        except Exception:
            log.exception("A connection was not served to its end")
        finally:
            self.share.leave_seat()

    async def _serve_hall(self, stream: Stream) -> None:
        source = choose_source(self.served.number, host=self.hall[0])
        await serve_hall(stream, hall=self.hall, source=source, share=self.share)

    async def _serve_proxy(self, stream: Stream) -> None:
        await serve_proxy(stream, destinations=self.destinations, share=self.share)
