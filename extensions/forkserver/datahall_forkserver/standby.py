"""How a fork server survives itself: the process that has preloaded forks the one that serves, and waits.

Where that one dies, the next is forked at once; importing anew would take seconds. Children of the dead one become
children of the process that waits, which reaps them and tells the next server how they ended. Where the process that
waits dies, the one that serves goes on, until another takes over its socket.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, NoReturn

from datahall_forkserver.children import REMEMBERED
from datahall_forkserver.namespaces import become_subreaper
from datahall_forkserver.process_start import find_parent, find_start, list_children

STEADY = 1.0  # seconds that a server lives if nothing is wrong with it
MOST_FALLS = 5  # of servers that were not steady, until the next one has to wait
PAUSE = 1.0  # seconds
LONGEST_TOLD = 65536  # bytes

End = tuple[int, int, dict[str, Any]]  # which process, when it had started, and how it ended


@dataclass
class Parent:
    """The process that waits, as the one that serves knows it."""

    pid: int
    told: int  # where it tells how children of earlier servers ended
    ends: list[End]  # what it had to tell before
    is_alive: bool = True
    _rest: bytes = field(default=b"", repr=False)

    def has_child(self, pid: int, *, started: object) -> bool:
        """Whether a process is one that an earlier server has left behind."""
        return find_parent(pid) == self.pid and find_start(pid) == started

    def read_ends(self) -> Iterator[End]:
        """Return how further children ended."""
        try:
            data = os.read(self.told, LONGEST_TOLD)
        except BlockingIOError:
            return
        self.is_alive = bool(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            pid, started, ended = json.loads(line)
            yield pid, started, ended


def stand_by(*, life_line: int | None, on_end: Callable[[int], None]) -> Parent:
    """Fork the process that serves, and return in that one, SIGTERM blocked; wait in this one, and never return."""
    become_subreaper()
    return _Waiting(life_line, on_end).fork_servers()


class _Waiting:
    def __init__(self, life_line: int | None, on_end: Callable[[int], None]) -> None:
        self._life_line = life_line
        self._on_end = on_end
        self._ends: deque[End] = deque(maxlen=REMEMBERED)
        self._server = 0
        self._is_retiring = False
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, self._retire)

    def fork_servers(self) -> Parent:
        falls = 0
        while True:
            began = time.monotonic()
            told, tell = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
            self._server = os.fork()
            if self._server == 0:
                os.close(tell)
                return Parent(os.getppid(), told, list(self._ends))
            os.close(told)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
            code = self._wait_for_server(tell)
            os.close(tell)
            if code == 0 or self._is_retiring:
                self._leave()
            print(f"The fork server ended ({code}); the next one serves.", file=sys.stderr, flush=True)
            falls = 0 if time.monotonic() - began > STEADY else falls + 1
            if falls >= MOST_FALLS:
                time.sleep(PAUSE)

    def _wait_for_server(self, tell: int) -> int:
        while True:
            pid, started, code = self._reap_one()
            if pid == self._server:
                return code
            ended = {"signal": -code} if code < 0 else {"code": code}
            self._ends.append((pid, started, ended))
            with contextlib.suppress(OSError):  # that server may have ended as well
                os.write(tell, json.dumps([pid, started, ended]).encode() + b"\n")

    def _reap_one(self) -> tuple[int, int, int]:
        found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)  # its number stays its own until the next line but two
        assert found
        started = find_start(found.si_pid) or 0
        self._on_end(found.si_pid)
        _, status = os.waitpid(found.si_pid, 0)
        return found.si_pid, started, os.waitstatus_to_exitcode(status)

    def _leave(self) -> NoReturn:
        """End, once the last child that an earlier server has left behind has; with the life line, so do they."""
        if self._life_line is not None and _is_closed(self._life_line):
            for pid in list_children(os.getpid()):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while True:
                self._reap_one()
        os._exit(0)

    def _retire(self, number: int, frame: FrameType | None) -> None:
        self._is_retiring = True
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._server, signal.SIGTERM)


def _is_closed(life_line: int) -> bool:
    poll = select.poll()
    poll.register(life_line, select.POLLIN)
    return bool(poll.poll(0))
