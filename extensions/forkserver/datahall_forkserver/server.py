"""A fork server: what its owner may ask, and its loop.

One thread, `poll`, and nothing else: whatever this process holds is copied into every child.
"""

from __future__ import annotations

import os
import resource
import signal
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from datahall_forkserver.birth import Birth
from datahall_forkserver.children import Children
from datahall_forkserver.connections import Connection, Connections
from datahall_forkserver.doors import Door
from datahall_forkserver.errors import RefusedError
from datahall_forkserver.gate_folders import find_gates
from datahall_forkserver.gates import Gates
from datahall_forkserver.namespaces import become_subreaper
from datahall_forkserver.protocol import read_gate_order, read_request, write_line
from datahall_forkserver.standby import Parent
from datahall_forkserver.watch import Watch

MOST_CONNECTIONS = 1024
LOOK_EVERY = 2.0  # seconds between looks whether the socket is still ours and the server still wanted
LOOK_OFTEN = 0.1  # while somebody has asked for too much


class Server:
    """Serves one listening socket until it is told to retire, or nobody has wanted it for `idle_end` seconds.

    Parameters
    ----------
    listener, path
        The owner's socket, and where it is found.
    description
        What the server says of itself.
    idle_end
        Seconds, or 0 where it waits for ever.
    life_line
        A descriptor; when its other end is closed, the server's children and then the server end.
    parent
        The process that goes on when this one dies, and tells how children of earlier servers ended.
    on_end
        Called with each child's id before that is given to another process.
    """

    def __init__(
        self,
        listener: socket.socket,
        *,
        path: Path,
        description: Mapping[str, Any],
        idle_end: float = 0,
        life_line: int | None = None,
        parent: Parent | None = None,
        on_end: Callable[[int], None] = lambda pid: None,
    ) -> None:
        self._description = description
        self._pid = os.getpid()
        self._idle_end = idle_end
        self._wanted_at = self._looked_at = time.monotonic()
        self._is_retiring = False
        self._parent = parent
        self._watch = Watch()
        self._connections = Connections(
            self._watch, on_leave=lambda connection: self._children.forget_watcher(connection)
        )
        self._children = Children(self._watch, self._connections, on_end=on_end)
        self._gates = Gates(
            self._watch, self._connections, self._children, folder=find_gates(path), name=path.name,
            description=description,
        )  # fmt: skip
        self._door = Door(
            listener,
            path,
            is_welcome=lambda pid, user: user == os.geteuid(),
            answer=self._answer,
            most=MOST_CONNECTIONS,
        )
        _raise_bound_of_files()
        become_subreaper()  # for children that enter a sandbox
        self._connections.open_door(self._door)
        self._bell, self._bell_end = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._watch.add(self._bell, self._hear_bell)
        if life_line is not None:
            self._watch.add(life_line, lambda: self._end_all(life_line))
        if parent is not None:
            self._watch.add(parent.told, self._hear_parent)
            for end in parent.ends:
                self._children.end_foster(*end)
        self._gates.reopen(parent=parent.pid if parent else None)
        signal.signal(signal.SIGTERM, lambda *_: None)  # heard through the bell, in the loop's own time
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.set_wakeup_fd(self._bell_end, warn_on_full_buffer=False)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})

    def serve(self) -> Birth | None:
        """Serve; return in the child with what it is to be, in the server with None when its work is over."""
        while not self._is_retiring or len(self._children):
            birth = self._watch.wait(LOOK_OFTEN if self._connections.wants_look else LOOK_EVERY)
            if birth is not None:
                return birth
            self._look_around()
        return None

    def abandon(self) -> None:
        """Let go of everything the server holds; called in the child, whose it is not."""
        signal.set_wakeup_fd(-1)
        self._connections.abandon()

    def _answer(self, connection: Connection, message: Mapping[str, Any]) -> Birth | None:
        match message.get("do"):
            case "fork":
                if self._is_retiring:
                    raise RefusedError("This server is retiring; ask the next one.", code="retiring")
                return self._children.fork(connection, read_request(message))
            case "watch":
                self._find_child(connection, message)
            case "end":
                self._tell(connection, {"ended": self._end_child(message)})
            case "describe":
                self._connections.send_line(connection, self._describe())
                self._connections.drop(connection)
            case "open-gate":
                self._tell(connection, {"path": str(self._gates.open(read_gate_order(message)))})
            case "close-gate":
                self._gates.close(message.get("name"))
                self._tell(connection, {"closed": True})
            case "retire":
                self._tell(connection, {"retiring": True})
                self._retire()
            case _:
                raise RefusedError(
                    "`do` is one of fork, watch, end, describe, open-gate, close-gate, retire.", code="bad-request"
                )
        return None

    def _tell(self, connection: Connection, message: Mapping[str, Any]) -> None:
        self._connections.send(connection, message)
        self._connections.drop(connection)

    def _describe(self) -> bytes:
        counts = {"pid": self._pid, "children": len(self._children), "forked": self._children.forked}
        return write_line({**self._description, **counts, "gates": len(self._gates)})

    def _find_child(self, connection: Connection, message: Mapping[str, Any]) -> None:
        pid, started = message.get("pid"), message.get("started")
        if self._parent and isinstance(pid, int) and self._parent.has_child(pid, started=started):
            self._children.adopt(pid)
        self._children.find(connection, pid=pid, started=started)

    def _end_child(self, message: Mapping[str, Any]) -> bool:
        reason = message.get("reason")
        if not isinstance(reason, str) or not reason.isidentifier():
            raise RefusedError("A child is ended for a reason of one word.", code="bad-request")
        return self._children.kill(pid=message.get("pid"), started=message.get("started"), reason=reason)

    def _look_around(self) -> None:
        now = time.monotonic()
        if now - self._looked_at < LOOK_OFTEN:
            return
        self._looked_at = now
        self._children.reap_strangers()
        self._connections.look_around(now)
        self._gates.look_around()
        self._children.look_around(now)
        if len(self._children) or self._connections.are_any or len(self._gates):
            self._wanted_at = now
        is_unwanted = self._idle_end > 0 and now - self._wanted_at > self._idle_end
        if is_unwanted or not self._door.is_ours:
            self._retire()

    def _hear_bell(self) -> None:
        if signal.SIGTERM in os.read(self._bell, 512):
            self._retire()

    def _hear_parent(self) -> None:
        assert self._parent
        for end in self._parent.read_ends():
            self._children.end_foster(*end)
        if not self._parent.is_alive:
            self._watch.remove(self._parent.told)
            self._children.lose_parent()

    def _end_all(self, life_line: int) -> None:
        self._watch.remove(life_line)
        self._children.end_all()
        self._retire()

    def _retire(self) -> None:
        if not self._is_retiring:
            self._is_retiring = True
            self._gates.abandon()
            self._connections.close_door(self._door)


def _raise_bound_of_files() -> None:
    """Have as many descriptors as this process may: each child takes two, and so does each who asks."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
