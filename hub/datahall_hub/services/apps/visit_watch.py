"""Visits on machines without control groups: looked at from outside, and who goes beyond is ended.

What is seen is a moment old, so a visit may have more memory for that moment; and what lies in its temporary folders
counts as nobody's: their own sizes bound it. Without control groups processor time is shared among processes, not among
visits, so a visit with very many processes at work would starve all others: it is ended too.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

from datahall_forkserver.sandboxes import Sandbox

from datahall_hub.services.limits.ending import end_process
from datahall_hub.services.limits.processes import (
    Seen,
    find_namespace,
    read_free_memory,
    read_private_memory,
    see_processes,
)

LOOK_EVERY, GLANCE_EVERY = 1.0, 0.1  # seconds
GOES_FAST = 0.1  # of what a visit may have, gone from the machine's memory since the last look
MOST_PROCESSES = 32  # at work at the same time; threads are not counted

Beyond = Literal["memory", "processes"]

log = logging.getLogger("datahall.apps")


@dataclass
class WatchedVisit:
    """A visit that is looked at."""

    sandbox: Sandbox
    memory: int  # bytes that it may use
    beyond: Beyond | None = None  # what it has had too much of
    cpu: dict[tuple[int, int], float] = field(default_factory=dict)  # seconds of each process, at the last look


class VisitWatch:
    """Looks at all visits, as long as there are any; a thread of its own does it."""

    def __init__(self, fork_server: Path) -> None:
        self._fork_server = fork_server
        self._watched: dict[int, WatchedVisit] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def add(self, sandbox: Sandbox, *, memory: int) -> None:
        """Look after a visit from now on."""
        namespace = find_namespace(sandbox.pid)
        if namespace is None:  # it has ended
            return
        with self._changed:
            self._watched[namespace] = WatchedVisit(sandbox, memory)
            if self._thread is None:
                self._thread = threading.Thread(target=self._look_on, name="visit-watch", daemon=True)
                self._thread.start()
            self._changed.notify()

    def remove(self, sandbox: Sandbox) -> Beyond | None:
        """Look after a visit no longer; return what it has had too much of."""
        with self._changed:
            for namespace, visit in list(self._watched.items()):
                if visit.sandbox == sandbox:
                    return self._watched.pop(namespace).beyond
        return None

    def _look_on(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._watched)
                watched = dict(self._watched)
            try:
                free = read_free_memory()
                self._look(watched)
                least = min(visit.memory for visit in watched.values())
                _wait(until_below=free - int(GOES_FAST * least))
            except OSError as error:  # a machine without descriptors, say: better again than never
                log.warning("Looking after visits failed: %s", error)
                time.sleep(LOOK_EVERY)

    def _look(self, watched: Mapping[int, WatchedVisit]) -> None:
        seen: dict[int, list[Seen]] = {namespace: [] for namespace in watched}
        for process in see_processes():
            if process.namespace in seen:
                seen[process.namespace].append(process)
        for namespace, visit in watched.items():
            self._look_at(visit, seen[namespace])

    def _look_at(self, visit: WatchedVisit, seen: list[Seen]) -> None:
        """End a visit that has too much. What it shares with the fork server is seen first, and then left out."""
        if not visit.sandbox.is_alive:  # the number of its namespace may be another's by now
            return
        before, visit.cpu = visit.cpu, {(each.pid, each.started): each.cpu for each in seen}
        if sum(cpu > before.get(process, 0) for process, cpu in visit.cpu.items()) > MOST_PROCESSES:
            visit.beyond = "processes"
            visit.sandbox.kill()  # one by one, those that are left would start others meanwhile
            return
        if sum(each.memory for each in seen) <= visit.memory:
            return
        if sum(read_private_memory(each.pid) for each in seen) <= visit.memory:
            return
        visit.beyond = "memory"
        for each in seen:
            if each.pid != visit.sandbox.pid:
                end_process(self._fork_server, pid=each.pid, started=each.started, reason="memory")


def _wait(*, until_below: int) -> None:
    """Wait until it is time to look again, or the machine has less memory left than that."""
    due = time.monotonic() + LOOK_EVERY
    while time.monotonic() < due and read_free_memory() >= until_below:
        time.sleep(GLANCE_EVERY)


@cache
def find_visit_watch(fork_server: str) -> VisitWatch:
    """Return this service's watch."""
    return VisitWatch(Path(fork_server))
