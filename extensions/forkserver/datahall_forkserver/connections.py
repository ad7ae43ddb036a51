"""Who is connected to a fork server: one request each, one line of it, and the lines that answer it.

A client that is slow, silent or gone keeps nobody waiting.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from datahall_forkserver.birth import Birth
from datahall_forkserver.doors import WAITING, Door
from datahall_forkserver.errors import RefusedError
from datahall_forkserver.handed_descriptors import ALL_DESCRIPTORS, close_all, close_from_strangers, close_unread
from datahall_forkserver.protocol import read_line, write_line
from datahall_forkserver.watch import Watch

PIECE = 65536  # bytes
ASK_WITHIN = 10.0  # seconds a client has to send its one line
MOST_PIECES = 1024  # in which that line may come
COST_OF_REQUEST = 1.0
COST_OF_PIECE = 0.25  # beyond the first
COST_OF_CLOSING = 10.0  # what only another process can close


@dataclass(eq=False)
class Connection:
    """One client."""

    socket: socket.socket
    door: Door
    deadline: float
    line: bytearray = field(default_factory=bytearray)
    pieces: int = 0
    descriptors: list[int] = field(default_factory=list)
    has_asked: bool = False
    rest: bytearray = field(default_factory=bytearray)  # still to be sent
    is_leaving: bool = False
    is_closed: bool = False

    def take_descriptors(self) -> list[int]:
        """Return the descriptors that came with the request; they are the caller's now."""
        descriptors, self.descriptors = self.descriptors, []
        return descriptors


class Connections:
    """All connections of a server; `on_leave` is told of each that is closed."""

    def __init__(self, watch: Watch, *, on_leave: Callable[[Connection], None]) -> None:
        self._watch = watch
        self._on_leave = on_leave
        self._doors: set[Door] = set()

    @property
    def are_any(self) -> bool:
        """Whether anybody is connected."""
        return any(door.connections for door in self._doors)

    @property
    def wants_look(self) -> bool:
        """Whether a door is shut that may be opened soon."""
        return any(door.is_shut for door in self._doors)

    def open_door(self, door: Door) -> None:
        """Let clients in."""
        self._doors.add(door)
        self._watch.add(door.listener.fileno(), lambda: self._accept(door))

    def close_door(self, door: Door) -> None:
        """Let nobody in any more; who is in, may stay."""
        self._watch.remove(door.listener.fileno())
        waiting = []
        with contextlib.suppress(OSError):  # nobody waits any more
            for _ in range(2 * WAITING if door.is_for_strangers else 0):
                waiting.append(door.listener.accept()[0])
        close_unread(waiting)
        door.remove()
        door.is_shut = False
        if not door.connections:
            self._doors.discard(door)

    def turn_out(self, door: Door) -> None:
        """Close the connections of a door."""
        for connection in list(door.connections):
            self.close(connection)

    def abandon(self) -> None:
        """Let go of everything, in a child, whose it is not."""
        for door in self._doors:
            door.listener.close()
            for connection in door.connections:
                connection.socket.close()

    def look_around(self, now: float) -> None:
        """Open doors that were shut for a while; part with clients that took too long."""
        for door in list(self._doors):
            if door.is_shut and door.allowance and not door.allowance.is_overspent:
                door.is_shut = False
                self._watch.add(door.listener.fileno(), lambda door=door: self._accept(door))  # type: ignore[misc]
            for connection in [each for each in door.connections if each.deadline < now]:
                if connection.rest:
                    self.close(connection)
                elif not connection.has_asked:
                    error = RefusedError(f"No request came within {ASK_WITHIN:.0f} s.", code="too-slow")
                    self.refuse(connection, error)

    def send(self, connection: Connection, message: Mapping[str, Any], descriptors: tuple[int, ...] = ()) -> bool:
        """Send a line, and return whether somebody is there; what the socket does not take is kept for when it does."""
        return self.send_line(connection, write_line(message), descriptors)

    def send_line(self, connection: Connection, line: bytes, descriptors: tuple[int, ...] = ()) -> bool:
        """Send a line that is written already."""
        if connection.is_closed:
            return False
        connection.rest += line
        try:
            sent = socket.send_fds(connection.socket, [connection.rest], descriptors, socket.MSG_NOSIGNAL)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.close(connection)
            return False
        del connection.rest[:sent]
        if connection.rest:
            connection.deadline = time.monotonic() + ASK_WITHIN
            self._watch.change(connection.socket.fileno(), writable=True)
        return True

    def refuse(self, connection: Connection, error: RefusedError) -> None:
        """Tell why not, and part."""
        self.send(connection, {"error": {"code": error.code, "message": str(error)}})
        self.drop(connection)

    def drop(self, connection: Connection) -> None:
        """Close a connection, once everything that was to be said is said."""
        if connection.rest:
            connection.is_leaving = True
        else:
            self.close(connection)

    def close(self, connection: Connection) -> None:
        """Close a connection, and what it brought; fine where it is closed."""
        if connection.is_closed:
            return
        connection.is_closed = True
        door = connection.door
        door.connections.discard(connection)
        if door.listener.fileno() < 0 and not door.connections:
            self._doors.discard(door)
        self._watch.remove(connection.socket.fileno())
        if not door.is_for_strangers:
            close_all(connection.take_descriptors())
        elif close_from_strangers(connection.take_descriptors()):
            _spend(door, COST_OF_CLOSING)
        _part_with(connection.socket, door)
        self._on_leave(connection)

    def _accept(self, door: Door) -> None:
        if door.allowance and door.allowance.is_overspent:
            door.is_shut = True
            self._watch.remove(door.listener.fileno())
            return
        try:
            client, _ = door.listener.accept()
        except OSError:  # gone again, or no descriptors left: the next round tries anew
            time.sleep(0.01)
            return
        pid, user = _find_peer(client)
        if len(door.connections) >= door.most or not door.is_welcome(pid, user):
            _part_with(client, door)
            _spend(door, COST_OF_REQUEST)
            return
        client.setblocking(False)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)  # reading past urgent bytes closes what they carry
        connection = Connection(client, door, deadline=time.monotonic() + ASK_WITHIN)
        door.connections.add(connection)
        self._watch.add(client.fileno(), lambda: self._read(connection))

    def _read(self, connection: Connection) -> Birth | None:
        if connection.rest:
            self._send_rest(connection)
            return None
        try:
            data, descriptors, flags, _ = socket.recv_fds(
                connection.socket, PIECE, ALL_DESCRIPTORS, socket.MSG_CMSG_CLOEXEC
            )
        except BlockingIOError:
            return None
        except OSError:
            data, descriptors, flags = b"", [], 0
        connection.descriptors += descriptors
        if not data or connection.has_asked:  # one request each; what is left is to wait or to go
            self.close(connection)
            return None
        connection.line += data
        connection.pieces += 1
        _spend(connection.door, COST_OF_PIECE if connection.pieces > 1 else COST_OF_REQUEST)
        try:
            if flags & socket.MSG_CTRUNC or len(connection.descriptors) > connection.door.most_descriptors:
                raise RefusedError("More descriptors came than a request may carry.", code="bad-request")
            if len(connection.line) > connection.door.longest or connection.pieces > MOST_PIECES:
                raise RefusedError(
                    f"A request has at most {connection.door.longest} bytes, in {MOST_PIECES} pieces.", code="too-long"
                )
            if not connection.line.endswith(b"\n"):
                return None
            connection.has_asked = True
            line = bytes(connection.line)
            connection.line.clear()
            return connection.door.answer(connection, read_line(line))
        except RefusedError as error:
            self.refuse(connection, error)
        except Exception:  # noqa: BLE001 whatever one asks, the others are served
            traceback.print_exc()
            self.refuse(connection, RefusedError("The server has failed at this; its log tells how.", code="failed"))
        return None

    def _send_rest(self, connection: Connection) -> None:
        try:
            del connection.rest[: connection.socket.send(connection.rest, socket.MSG_NOSIGNAL)]
        except BlockingIOError:
            return
        except OSError:
            self.close(connection)
            return
        if not connection.rest:
            self._watch.change(connection.socket.fileno(), writable=False)
            if connection.is_leaving:
                self.close(connection)


def _part_with(client: socket.socket, door: Door) -> None:
    """Close a connection; of a stranger's, what was sent and not read may hold up whoever closes it."""
    if not door.is_for_strangers:
        client.close()
    elif close_unread([client]):
        _spend(door, COST_OF_CLOSING)


def _spend(door: Door, cost: float) -> None:
    if door.allowance:
        door.allowance.spend(cost)


def _find_peer(client: socket.socket) -> tuple[int, int]:
    """Return the process and the user at the other end."""
    credentials = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid, user, _ = struct.unpack("3i", credentials)
    return int(pid), int(user)
