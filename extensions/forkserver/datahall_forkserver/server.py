"""The fork server's loop: answer requests, fork, reap, tell how children ended.

One thread, `poll`, and nothing else: whatever this process holds is copied into every child. A client that is
slow, silent or gone keeps nobody waiting; children outlive it, and they outlive the server.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import struct
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datahall_forkserver.errors import RefusedError
from datahall_forkserver.namespaces import Entrance, become_subreaper, open_entrance
from datahall_forkserver.process_start import find_start
from datahall_forkserver.protocol import (
    LONGEST_LINE,
    MOST_DESCRIPTORS,
    Request,
    read_line,
    read_request,
    write_line,
)
from datahall_forkserver.sandboxes import SandboxError

ASK_WITHIN = 10.0  # seconds a client has to send its one line
MOST_CONNECTIONS = 1024
REMEMBERED = 1024  # children that have ended and may still be asked about
LOOK_EVERY = 2.0  # seconds between looks whether the socket is still ours and the server still wanted
LONGEST_REPORT = 4096  # bytes that a child may say of what keeps it from starting
# What a child says on its way, a line each: which process it is now that it has entered, and that it is ready.
INSIDE = b"inside "
READY = b"ready\n"
READABLE = select.POLLIN | select.POLLHUP | select.POLLERR


@dataclass(frozen=True)
class Birth:
    """What a child finds when it comes out of the fork: what it is to be, and its descriptors."""

    request: Request
    streams: tuple[int, ...]  # and behind them the descriptors that have names
    life: int | None  # pidfd of the process that it is tied to
    report: int  # where it says that it is ready, or why not
    server: int | None = None  # pidfd of the server, where it dies with that
    entrance: Entrance | None = None  # the way into its sandbox


@dataclass(eq=False)
class _Connection:
    socket: socket.socket
    deadline: float
    line: bytearray = field(default_factory=bytearray)
    descriptors: list[int] = field(default_factory=list)
    has_asked: bool = False
    rest: bytearray = field(default_factory=bytearray)  # still to be sent
    is_leaving: bool = False


@dataclass(eq=False)
class _ForkedChild:
    pid: int
    started: int
    pidfd: int
    report: int
    said: bytes = b""
    is_entering: bool = False  # and not yet the process that it will be
    is_spilling_elsewhere: bool = False  # what its libraries write to disk is not for this server to remove
    is_ready: bool = False
    ended: dict[str, int] | None = None
    watchers: list[_Connection] = field(default_factory=list)


class Server:
    """Serves one listening socket until it is told to retire, or nobody has wanted it for `idle_end` seconds."""

    def __init__(
        self,
        listener: socket.socket,
        *,
        path: Path,
        description: Mapping[str, Any],
        idle_end: float = 0,
        on_end: Callable[[int], None] = lambda pid: None,
    ) -> None:
        listener.setblocking(False)
        self._listener: socket.socket | None = listener
        self._path = path
        self._identity = _identify(path)
        self._description = description
        self._pid = os.getpid()
        self._idle_end = idle_end
        self._on_end = on_end
        self._wanted_at = time.monotonic()
        self._forked = 0
        self._children: dict[int, _ForkedChild] = {}
        self._ended: OrderedDict[tuple[int, int], dict[str, int]] = OrderedDict()
        self._connections: set[_Connection] = set()
        self._poll = select.poll()
        self._handlers: dict[int, Callable[[], Birth | None]] = {}
        self._watch(listener.fileno(), self._accept)
        self._bell, self._bell_end = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._watch(self._bell, self._hear_bell)
        become_subreaper()  # for children that enter a sandbox
        signal.signal(signal.SIGTERM, lambda *_: None)  # heard through the bell, in the loop's own time
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.set_wakeup_fd(self._bell_end, warn_on_full_buffer=False)

    def serve(self) -> Birth | None:
        """Serve; return in the child with what it is to be, in the server with None when its work is over."""
        while self._listener or self._children:
            for descriptor, _ in self._poll.poll(LOOK_EVERY * 1000):
                handle = self._handlers.get(descriptor)  # an earlier one in this round may have closed it
                birth = handle() if handle else None
                if birth is not None:
                    return birth
            self._look_around()
        return None

    def abandon(self) -> None:
        """Let go of everything the server holds; called in the child, whose it is not."""
        signal.set_wakeup_fd(-1)
        for connection in self._connections:
            connection.socket.close()
        if self._listener:
            self._listener.close()

    # ── Who comes, and what they ask ──────────────────────────────────────────────────────────────────────────────

    def _accept(self) -> None:
        assert self._listener
        try:
            client, _ = self._listener.accept()
        except OSError:  # gone again, or no descriptors left: the next round tries anew
            time.sleep(0.01)
            return
        if _find_owner(client) != os.geteuid() or len(self._connections) >= MOST_CONNECTIONS:
            client.close()
            return
        client.setblocking(False)
        connection = _Connection(client, deadline=time.monotonic() + ASK_WITHIN)
        self._connections.add(connection)
        self._watch(client.fileno(), lambda: self._read(connection))

    def _read(self, connection: _Connection) -> Birth | None:
        if connection.rest:
            self._send_rest(connection)
            return None
        try:
            data, descriptors, flags, _ = socket.recv_fds(
                connection.socket, 65536, MOST_DESCRIPTORS, socket.MSG_CMSG_CLOEXEC
            )
        except BlockingIOError:
            return None
        except OSError:
            data, descriptors, flags = b"", [], 0
        connection.descriptors += descriptors
        if not data or connection.has_asked:  # one request each; what is left is to wait or to go
            self._close(connection)
            return None
        connection.line += data
        try:
            if flags & socket.MSG_CTRUNC or len(connection.descriptors) > MOST_DESCRIPTORS:
                raise RefusedError("More descriptors came than a request may carry.", code="bad-request")
            if len(connection.line) > LONGEST_LINE:
                raise RefusedError(f"A request has at most {LONGEST_LINE} bytes.", code="too-long")
            if not connection.line.endswith(b"\n"):
                return None
            connection.has_asked = True
            return self._answer(connection, read_line(bytes(connection.line)))
        except RefusedError as error:
            self._refuse(connection, error)
        return None

    def _answer(self, connection: _Connection, message: Mapping[str, Any]) -> Birth | None:
        match message.get("do"):
            case "fork":
                return self._fork(connection, read_request(message))
            case "watch":
                self._watch_child(connection, pid=message.get("pid"), started=message.get("started"))
            case "describe":
                counts = {"pid": self._pid, "children": len(self._children), "forked": self._forked}
                self._send(connection, {**self._description, **counts})
                self._drop(connection)
            case "retire":
                self._send(connection, {"retiring": True})
                self._drop(connection)
                self._retire()
            case _:
                raise RefusedError("`do` is one of fork, watch, describe, retire.", code="bad-request")
        return None

    def _watch_child(self, connection: _Connection, *, pid: object, started: object) -> None:
        if not isinstance(pid, int) or not isinstance(started, int):
            raise RefusedError("A child is named by the numbers pid and started.", code="bad-request")
        child = self._children.get(pid)
        if child and child.started == started:
            child.watchers.append(connection)
            if child.is_ready:
                self._tell_birth(connection, child)
        elif (pid, started) in self._ended:
            self._send(connection, self._ended[pid, started])
            self._drop(connection)
        else:
            raise RefusedError(f"This server has no child {pid} that started at {started}.", code="no-child")

    # ── Children ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _fork(self, connection: _Connection, request: Request) -> Birth | None:
        if not self._listener:
            raise RefusedError("This server is retiring; ask the next one.", code="retiring")
        if len(connection.descriptors) != request.descriptor_count:
            raise RefusedError(
                f"This fork needs {request.descriptor_count} descriptors; {len(connection.descriptors)} came.",
                code="bad-request",
            )
        entrance = _open_entrance(request)
        descriptors, connection.descriptors = connection.descriptors, []
        report, report_end = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        server = os.pidfd_open(self._pid) if request.dies_with_server else None
        # No signal may reach the child before it has handlers of its own; it unblocks them then.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            pid = os.fork()
            if pid == 0:
                os.close(report)
                life = descriptors.pop() if request.is_tied else None
                return Birth(request, tuple(descriptors), life, report_end, server, entrance)
        except OSError as error:
            os.close(report)
            raise RefusedError(f"The machine gives no further process: {error.strerror}.", code="no-fork") from error
        finally:
            if os.getpid() == self._pid:
                signal.pthread_sigmask(signal.SIG_SETMASK, mask)
                for descriptor in (*descriptors, report_end, *(() if server is None else (server,))):
                    os.close(descriptor)
                if entrance:
                    entrance.close()
        self._forked += 1
        child = _ForkedChild(
            pid, find_start(pid) or 0, os.pidfd_open(pid), report, watchers=[connection],
            is_entering=entrance is not None,
            is_spilling_elsewhere=entrance is not None or request.identity is not None,
        )  # fmt: skip
        self._children[pid] = child
        self._watch(child.pidfd, lambda: self._reap(child))
        self._watch(report, lambda: self._hear(child))
        return None

    def _hear(self, child: _ForkedChild) -> None:
        """Read what a child says on its way: that it is inside, that it is ready, or what keeps it from starting."""
        if child.report < 0:
            return
        try:
            said = os.read(child.report, LONGEST_REPORT)
        except BlockingIOError:
            return
        child.said += said
        if not said or len(child.said) >= LONGEST_REPORT:
            self._hear_no_more(child)
        self._consider(child)

    def _hear_no_more(self, child: _ForkedChild) -> None:
        if child.report >= 0:
            self._forget(child.report)
            os.close(child.report)
            child.report = -1

    def _consider(self, child: _ForkedChild) -> None:
        """Answer whoever asked for a child, once it is clear whether that has begun."""
        if child.is_entering or child.is_ready:
            return
        if child.said == READY:
            child.is_ready = True
            self._hear_no_more(child)
            for connection in list(child.watchers):
                self._tell_birth(connection, child)
        elif child.report < 0:
            reason = child.said.decode(errors="replace") or "it ended before it was ready"
            for connection in list(child.watchers):
                self._refuse(connection, RefusedError(f"The child did not start: {reason}", code="not-started"))
            child.watchers = []

    def _reap(self, child: _ForkedChild) -> None:
        if not child.is_spilling_elsewhere:
            self._on_end(child.pid)  # while the number is still the child's
        pid, status = os.waitpid(child.pid, os.WNOHANG)
        if pid == 0:
            return
        self._hear(child)
        self._forget(child.pidfd)
        os.close(child.pidfd)
        del self._children[child.pid]
        if child.is_entering and self._follow_inside(child):
            self._consider(child)
            return
        code = os.waitstatus_to_exitcode(status)
        child.ended = {"signal": -code} if code < 0 else {"code": code}
        self._ended[child.pid, child.started] = child.ended
        if len(self._ended) > REMEMBERED:
            self._ended.popitem(last=False)
        self._wanted_at = time.monotonic()
        self._hear(child)  # its end of the pipe is closed now: what it said is complete
        self._hear_no_more(child)
        self._consider(child)
        self._tell_end(child)

    def _follow_inside(self, child: _ForkedChild) -> bool:
        """Hold on to the process inside, which is ours now that the one in between has told of it and ended."""
        child.is_entering = False
        line, end, rest = child.said.partition(b"\n")
        if not end or not line.startswith(INSIDE):
            return False
        pid, child.said = int(line.removeprefix(INSIDE)), rest
        child.pid, child.started, child.pidfd = pid, find_start(pid) or 0, os.pidfd_open(pid)
        self._children[pid] = child
        self._watch(child.pidfd, lambda: self._reap(child))
        return True

    def _tell_birth(self, connection: _Connection, child: _ForkedChild) -> None:
        if child.ended is None:
            self._send(connection, {"pid": child.pid, "started": child.started}, descriptors=(child.pidfd,))
        else:
            self._send(connection, {"pid": child.pid, "started": child.started})

    def _tell_end(self, child: _ForkedChild) -> None:
        assert child.ended is not None
        for connection in list(child.watchers):
            self._send(connection, child.ended)
            self._drop(connection)

    # ── The loop's own housekeeping ───────────────────────────────────────────────────────────────────────────────

    def _look_around(self) -> None:
        now = time.monotonic()
        for connection in [each for each in self._connections if each.deadline < now]:
            if connection.rest:
                self._close(connection)
            elif not connection.has_asked:
                self._refuse(connection, RefusedError(f"No request came within {ASK_WITHIN:.0f} s.", code="too-slow"))
        if self._children or self._connections:
            self._wanted_at = now
        is_unwanted = self._idle_end > 0 and now - self._wanted_at > self._idle_end
        if self._listener and (is_unwanted or _identify(self._path) != self._identity):
            self._retire()

    def _hear_bell(self) -> None:
        if signal.SIGTERM in os.read(self._bell, 512):
            self._retire()

    def _retire(self) -> None:
        if self._listener is None:
            return
        if _identify(self._path) == self._identity:
            with contextlib.suppress(OSError):
                self._path.unlink()
        self._forget(self._listener.fileno())
        self._listener.close()
        self._listener = None

    def _send(self, connection: _Connection, message: Mapping[str, Any], descriptors: tuple[int, ...] = ()) -> None:
        """Send a line: what the socket does not take at once is kept for when it does."""
        if connection not in self._connections:
            return
        connection.rest += write_line(message)
        try:
            sent = socket.send_fds(connection.socket, [connection.rest], descriptors, socket.MSG_NOSIGNAL)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._close(connection)
            return
        del connection.rest[:sent]
        if connection.rest:
            connection.deadline = time.monotonic() + ASK_WITHIN
            self._poll.modify(connection.socket.fileno(), READABLE | select.POLLOUT)

    def _send_rest(self, connection: _Connection) -> None:
        try:
            del connection.rest[: connection.socket.send(connection.rest, socket.MSG_NOSIGNAL)]
        except BlockingIOError:
            return
        except OSError:
            self._close(connection)
            return
        if not connection.rest:
            self._poll.modify(connection.socket.fileno(), READABLE)
            if connection.is_leaving:
                self._close(connection)

    def _refuse(self, connection: _Connection, error: RefusedError) -> None:
        self._send(connection, {"error": {"code": error.code, "message": str(error)}})
        self._drop(connection)

    def _drop(self, connection: _Connection) -> None:
        """Close a connection, once everything that was to be said is said."""
        if connection.rest:
            connection.is_leaving = True
        else:
            self._close(connection)

    def _close(self, connection: _Connection) -> None:
        if connection not in self._connections:
            return
        self._connections.discard(connection)
        self._forget(connection.socket.fileno())
        connection.socket.close()
        for descriptor in connection.descriptors:
            os.close(descriptor)
        connection.descriptors = []
        for child in self._children.values():
            if connection in child.watchers:
                child.watchers.remove(connection)

    def _watch(self, descriptor: int, handle: Callable[[], Birth | None]) -> None:
        self._poll.register(descriptor, READABLE)
        self._handlers[descriptor] = handle

    def _forget(self, descriptor: int) -> None:
        self._poll.unregister(descriptor)
        del self._handlers[descriptor]


def _open_entrance(request: Request) -> Entrance | None:
    if request.identity is not None and os.geteuid() != 0:
        raise RefusedError("Only root's server can run a child as somebody else.", code="bad-request")
    if request.sandbox is None:
        return None
    try:
        return open_entrance(request.sandbox, identity=request.identity)
    except SandboxError as error:
        raise RefusedError(str(error), code=error.code) from error


def _find_owner(client: socket.socket) -> int:
    """Return the user at the other end."""
    credentials = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", credentials)[1])


def _identify(path: Path) -> tuple[int, int] | None:
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
