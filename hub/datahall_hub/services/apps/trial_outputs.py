"""How much a kernel may say while it is tried, held to while it runs: each message by itself, and all of them in sum.

What a kernel sends is written by whoever wrote the app. A message that is too large is refused by its socket before it
is in this process's memory; what comes in small pieces is counted. Either way the `OutputBound` says so, nothing more
is read, and whoever holds the kernel ends it.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any, cast

import zmq
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.connect import channel_socket_types

LOOK_EVERY = 0.2  # seconds between looks for what no single message shows
MOST_WAITING = 100  # messages that lie in a socket unread; then the kernel's side has to wait
# A message of very many parts is not bounded by its socket. Nothing that visitors do meanwhile takes so much.
MOST_GROWTH = 500_000_000  # bytes of this process's memory
STATM = Path("/proc/self/statm")


class OutputBound:
    """What one kernel may still say, in bytes; the whole traffic counts, as a page would have to load it."""

    def __init__(self, largest: int) -> None:
        self.largest = largest
        self.is_exceeded = False
        self._left = largest
        self._monitors: list[zmq.Socket[bytes]] = []
        self._clients: list[BoundedClient] = []

    def count(self, size: int) -> bool:
        """Count a message that has come; return whether it may be looked at."""
        self._left -= size
        self.is_exceeded = self.is_exceeded or self._left < 0
        return not self.is_exceeded

    def join(self, client: BoundedClient) -> None:
        """Note a client that is open."""
        self._clients.append(client)

    def watch(self, connection: Any) -> None:
        """Look after a socket, which cuts off whoever sends too much at once."""
        self._monitors.append(connection.get_monitor_socket(zmq.EVENT_DISCONNECTED))

    def forget(self, client: BoundedClient) -> None:
        """Look after no socket any more; those of a client are about to be closed."""
        self._clients = [each for each in self._clients if each is not client]
        for monitor in self._monitors:
            monitor.close(linger=0)
        self._monitors = []

    def close(self) -> None:
        """Close every client: whoever still executes something fails at once, however much there is left to do."""
        for client in self._clients:
            client.stop_channels()

    async def wait(self) -> None:
        """Return when the bound is exceeded, or a socket was cut off; `is_exceeded` tells the first from the second."""
        before = _read_own_memory()
        while not self.is_exceeded and not self._is_cut_off():
            if _read_own_memory() - before > MOST_GROWTH:
                self.is_exceeded = True
            await asyncio.sleep(LOOK_EVERY)

    def _is_cut_off(self) -> bool:
        # Asked for and not waited for: see `wakeups`.
        return any(not each.closed and int(each.getsockopt(zmq.EVENTS)) & zmq.POLLIN for each in self._monitors)


class BoundedChannel(AsyncZMQSocketChannel):
    """A channel of which no more is read once the bound is exceeded."""

    bound: OutputBound

    async def _recv(self, **kwargs: Any) -> dict[str, Any]:  # type:ignore[override] # as in the class above it
        """Return the next message; called by `get_msg`."""
        parts = await self.socket.recv_multipart(**kwargs)
        if not self.bound.count(sum(map(len, parts))):
            await asyncio.get_running_loop().create_future()  # whoever waits is cancelled when the kernel ends
        _, message = self.session.feed_identities(parts)
        return self.session.deserialize(message)


class BoundedClient(AsyncKernelClient):
    """A client of a kernel that may say only so much; `bound` is that of the kernel's manager, its parent."""

    @property
    def bound(self) -> OutputBound:
        """What the kernel may say."""
        kernel: Any = self.parent
        return cast(OutputBound, kernel.bound)

    def start_channels(self, *_: bool, **__: bool) -> None:
        """Open what an execution needs, and nothing that nobody reads; called by whoever executes."""
        super().start_channels(stdin=False, hb=False, control=False)
        self.bound.join(self)

    def stop_channels(self) -> None:
        """Close what is open; the base class would first open the others."""
        self.bound.forget(self)
        for channel in (self._shell_channel, self._iopub_channel):
            if channel is not None and channel.socket is not None:
                channel.socket.disable_monitor()
                channel.stop()

    @property
    def shell_channel(self) -> BoundedChannel:
        """Requests and their replies."""
        if self._shell_channel is None:
            self._shell_channel = self._open(self.connect_shell(identity=self.session.bsession))
        return cast(BoundedChannel, self._shell_channel)

    @property
    def iopub_channel(self) -> BoundedChannel:
        """What everybody is told."""
        if self._iopub_channel is None:
            self._iopub_channel = self._open(self.connect_iopub())
        return cast(BoundedChannel, self._iopub_channel)

    def _open(self, connection: Any) -> BoundedChannel:
        channel = BoundedChannel(connection, self.session)
        channel.bound = self.bound
        return channel

    def _create_connected_socket(self, channel: str, identity: bytes | None = None) -> Any:
        """Return a socket that refuses what is too large; called for each channel."""
        connection = open_bounded_socket(self, channel, largest=self.bound.largest, identity=identity)
        self.bound.watch(connection)
        connection.connect(self._make_url(channel))
        return connection


def open_bounded_socket(owner: Any, channel: str, *, largest: int, identity: bytes | None = None) -> Any:
    """Return a socket for a channel, not connected yet, which cuts off whoever sends more than `largest` at once."""
    connection = owner.context.socket(channel_socket_types[channel])
    connection.linger = 0
    connection.maxmsgsize = largest
    connection.rcvhwm = MOST_WAITING
    if identity:
        connection.identity = identity
    return connection


def _read_own_memory() -> int:
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
