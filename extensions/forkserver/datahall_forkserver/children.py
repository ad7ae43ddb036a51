"""The children of a fork server: forked, followed into their sandbox, reaped, and how they ended told.

They outlive their clients, and they outlive the server. One that nobody has been told of when it is ready does not
begin. Children of a server that has died are this one's fosters: the process that both come from reaps them.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from datahall_forkserver.birth import GO, INSIDE, LONGEST_REPORT, READY, Birth
from datahall_forkserver.connections import Connection, Connections
from datahall_forkserver.errors import RefusedError
from datahall_forkserver.forking import Forked, fork_child
from datahall_forkserver.process_start import find_inner_pid, find_start, list_children
from datahall_forkserver.protocol import Request
from datahall_forkserver.watch import Watch

REMEMBERED = 1024  # children that have ended and may still be asked about
REMEMBERED_OF_GATE = 128  # of these through one gate; a kilobyte each, and there are as many gates as people
BEGIN_WITHIN = 60.0  # seconds; whatever a child waits for by then will not come
MEMORY = "memory"
UNKNOWN_END = {"code": None}


class Bounds(Protocol):
    """A control group of one child."""

    @property
    def folders(self) -> tuple[Path, ...]:
        """Return where a process joins it."""

    def read_oom_kills(self) -> int:
        """Return how often the system has ended something in it for want of memory."""

    def kill(self) -> None:
        """Kill what is left in it."""

    def remove(self) -> None:
        """Remove it, now or once nothing is in it any more."""


@dataclass(eq=False)
class ForkedChild:
    """A child, from the fork until it has been reaped."""

    pid: int
    started: int
    pidfd: int
    report: int = -1
    gate: object = None  # through which it was asked for
    bounds: Bounds | None = None
    inner_pid: int = 0  # its id in its sandbox
    due: float = 0  # when it has to be ready
    said: bytes = b""
    is_entering: bool = False  # and not yet the process that it will be
    is_ready: bool = False
    is_foster: bool = False
    reason: str = ""  # why it was ended, where somebody who knew ended it
    is_spilling_elsewhere: bool = False  # what its libraries write to disk is not for this server to remove
    watchers: list[Connection] = field(default_factory=list)

    @property
    def name(self) -> dict[str, int]:
        """What it is called by whoever asked for it: inside a sandbox, by its id there."""
        return {"pid": self.pid if self.gate is None else self.inner_pid, "started": self.started}


class Children:
    """All children of a server."""

    def __init__(self, watch: Watch, connections: Connections, *, on_end: Callable[[int], None]) -> None:
        self._watch = watch
        self._connections = connections
        self._on_end = on_end
        self._server = os.getpid()
        self._running: dict[int, ForkedChild] = {}
        self._ended: dict[object, OrderedDict[tuple[int, int], dict[str, Any]]] = {}
        self._has_parent = True
        self.forked = 0

    def __len__(self) -> int:
        return len(self._running)

    def count_of(self, gate: object) -> int:
        """Return how many were asked for through a gate and run."""
        return sum(child.gate is gate for child in self._running.values())

    def fork(
        self, connection: Connection, request: Request, *, gate: object = None, bounds: Bounds | None = None
    ) -> Birth | None:
        """Fork a child; whoever is connected is told once it is ready, and again when it has ended."""
        if len(connection.descriptors) != request.descriptor_count:
            raise RefusedError(
                f"This fork needs {request.descriptor_count} descriptors; {len(connection.descriptors)} came.",
                code="bad-request",
            )
        forked = fork_child(request, connection.take_descriptors, server=self._server)
        if isinstance(forked, Birth):
            return forked
        self.forked += 1
        pid = forked.pid
        child = ForkedChild(
            pid, find_start(pid) or 0, _open_forked(forked), forked.report, gate, bounds, watchers=[connection],
            is_entering=forked.is_entering, inner_pid=find_inner_pid(pid) or 0, due=time.monotonic() + BEGIN_WITHIN,
            is_spilling_elsewhere=request.sandbox is not None or request.identity is not None,
        )  # fmt: skip
        self._hold(child)
        self._watch.add(child.report, lambda: self._hear(child))
        return None

    def find(self, connection: Connection, *, pid: object, started: object, gate: object = None) -> None:
        """Tell who is connected how a child is that was asked for earlier; gates know their own only."""
        if not isinstance(pid, int) or not isinstance(started, int):
            raise RefusedError("A child is named by the numbers pid and started.", code="bad-request")
        for child in self._running.values():
            if child.gate is gate and child.name == {"pid": pid, "started": started}:
                child.watchers.append(connection)
                if child.is_ready:
                    self._tell_birth(connection, child)
                return
        ended = self._ended[gate].get((pid, started)) if gate in self._ended else None
        if ended is None:
            raise RefusedError(f"This server has no child {pid} that started at {started}.", code="no-child")
        self._connections.send(connection, ended)
        self._connections.drop(connection)

    def kill(self, *, pid: object, started: object, reason: str) -> bool:
        """End a child, named as outside, and say so to those who are told of its end; return whether it ran."""
        child = self._running.get(pid) if isinstance(pid, int) else None
        if child is None or child.started != started:
            return False
        child.reason = reason
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(child.pidfd, signal.SIGKILL)
        return True

    def forget_watcher(self, connection: Connection) -> None:
        """Tell a client nothing more; it has gone."""
        for child in self._running.values():
            if connection in child.watchers:
                child.watchers.remove(connection)

    def look_around(self, now: float) -> None:
        """End children that have not begun for too long: who has asked may have handed over what never says a word."""
        for child in self._running.values():
            if not child.is_ready and child.due < now:
                _kill(child)

    def forget_gate(self, gate: object) -> None:
        """Forget the children of a gate that have ended; nobody can ask about them any more."""
        self._ended.pop(gate, None)

    def end_all(self) -> None:
        """Kill what runs."""
        for child in self._running.values():
            _kill(child)

    # ── Fosters ───────────────────────────────────────────────────────────────────────────────────────────────────

    def adopt(self, pid: int, *, gate: object = None, bounds: Bounds | None = None) -> None:
        """Look after a child of a server that has died; its parent tells how it ended."""
        if pid in self._running:
            return
        with contextlib.suppress(OSError):
            pidfd = os.pidfd_open(pid)
            child = ForkedChild(pid, find_start(pid) or 0, pidfd, gate=gate, bounds=bounds, is_ready=True)
            child.is_foster = True
            child.inner_pid = find_inner_pid(pid) or 0
            self._hold(child)

    def end_foster(self, pid: int, started: int, ended: dict[str, Any]) -> None:
        """Take note of how a child of a server that has died ended, which its parent has told."""
        child = self._running.get(pid)
        if child and child.is_foster and child.started == started:
            self._let_go(child)
            self._end(child, ended)
        else:
            self._remember(None, pid, started, ended)

    def lose_parent(self) -> None:
        """Expect nobody to tell how fosters ended; that they did is seen."""
        self._has_parent = False
        for child in list(self._running.values()):
            if child.is_foster and not _runs(child.pidfd):
                self._reap(child)

    # ── What becomes of a child ───────────────────────────────────────────────────────────────────────────────────

    def _hold(self, child: ForkedChild) -> None:
        self._running[child.pid] = child
        self._watch.add(child.pidfd, lambda: self._reap(child))

    def _let_go(self, child: ForkedChild) -> None:
        self._watch.remove(child.pidfd)
        os.close(child.pidfd)
        del self._running[child.pid]

    def _hear(self, child: ForkedChild) -> None:
        """Read what a child says on its way: that it is inside, that it is ready, or what keeps it from starting."""
        if child.report < 0:
            return
        try:
            said = os.read(child.report, LONGEST_REPORT)
        except BlockingIOError:
            return
        except ConnectionResetError:
            said = b""
        child.said += said
        if not said or len(child.said) >= LONGEST_REPORT:
            self._hear_no_more(child)
        self._consider(child)

    def _hear_no_more(self, child: ForkedChild) -> None:
        if child.report >= 0:
            self._watch.remove(child.report)
            os.close(child.report)
            child.report = -1

    def _consider(self, child: ForkedChild) -> None:
        """Answer whoever asked for a child, once it is clear whether that can begin."""
        if child.is_entering or child.is_ready:
            return
        if child.said == READY and child.report >= 0:
            child.is_ready = True
            # Told first: were it the other way round, and the server died in between, nobody would know of the child.
            told = [self._tell_birth(connection, child) for connection in list(child.watchers)]
            if any(told):
                with contextlib.suppress(OSError):
                    os.write(child.report, GO)
            self._hear_no_more(child)
        elif child.report < 0:
            reason = child.said.decode(errors="replace") or "it ended before it was ready"
            for connection in list(child.watchers):
                self._connections.refuse(
                    connection, RefusedError(f"The child did not start: {reason}", code="not-started")
                )
            child.watchers = []

    def reap_strangers(self) -> None:
        """Take note of the end of what children had started and left behind; it became this process's own."""
        if any(child.is_entering for child in self._running.values()):
            return  # one of them may be the process inside, which has not been told of yet
        for pid in list_children(os.getpid()):
            if pid not in self._running:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)

    def _reap(self, child: ForkedChild) -> None:
        if child.is_foster and self._has_parent:
            self._watch.remove(child.pidfd)  # its parent will tell; that may be a moment later
            return
        if child.is_foster:
            self._let_go(child)
            self._end(child, UNKNOWN_END)
            return
        if not child.is_spilling_elsewhere:
            self._on_end(child.pid)  # while the number is still the child's
        pid, status = os.waitpid(child.pid, os.WNOHANG)
        if pid == 0:
            return
        self._hear(child)
        self._let_go(child)
        if child.is_entering and self._follow_inside(child):
            self._consider(child)
            return
        self._hear(child)  # its end is closed now: what it said is complete
        self._hear_no_more(child)
        self._consider(child)
        code = os.waitstatus_to_exitcode(status)
        self._end(child, {"signal": -code} if code < 0 else {"code": code})

    def _follow_inside(self, child: ForkedChild) -> bool:
        """Hold on to the process inside, which is ours now that the one in between has told of it and ended."""
        child.is_entering = False
        line, end, rest = child.said.partition(b"\n")
        if not end or not line.startswith(INSIDE):
            return False
        pid, child.said = int(line.removeprefix(INSIDE)), rest
        try:
            pidfd = os.pidfd_open(pid)
        except OSError:  # never ours, or the machine has no descriptor left: its way here is closed, so it ends
            return False
        child.pid, child.started, child.pidfd = pid, find_start(pid) or 0, pidfd
        child.inner_pid = find_inner_pid(pid) or 0
        self._hold(child)
        return True

    def _end(self, child: ForkedChild, ended: dict[str, Any]) -> None:
        if child.bounds is not None:
            if child.bounds.read_oom_kills():
                child.reason = child.reason or MEMORY
                child.bounds.kill()
            child.bounds.remove()
        if child.reason and ended.get("code") is None:  # who ended otherwise was not ended for that
            ended = {**ended, "reason": child.reason}
        self._remember(child.gate, child.name["pid"], child.started, ended)
        for connection in list(child.watchers):
            self._connections.send(connection, ended)
            self._connections.drop(connection)

    def _remember(self, gate: object, pid: int, started: int, ended: dict[str, Any]) -> None:
        known = self._ended.setdefault(gate, OrderedDict())
        known[pid, started] = ended
        if len(known) > (REMEMBERED if gate is None else REMEMBERED_OF_GATE):
            known.popitem(last=False)

    def _tell_birth(self, connection: Connection, child: ForkedChild) -> bool:
        return self._connections.send(connection, child.name, descriptors=(child.pidfd,))


def _open_forked(forked: Forked) -> int:
    """Return the pidfd of a child that has just been forked; without one there is no such child."""
    try:
        return os.pidfd_open(forked.pid)
    except OSError as error:
        os.kill(forked.pid, signal.SIGKILL)
        os.waitpid(forked.pid, 0)
        os.close(forked.report)
        raise RefusedError(f"The server can't hold a further child: {error.strerror}.", code="no-fork") from error


def _kill(child: ForkedChild) -> None:
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(child.pidfd, signal.SIGKILL)


def _runs(pidfd: int) -> bool:
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return not poll.poll(0)
