"""Recognise a process again after its starter is gone: its id together with the moment it was started.

A process id alone is reused by the system; the pair is not. Marks are plain values, so that they can be
written to a file or the hub's database and read back after a restart.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil

DEAD_STATES = frozenset({psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD})


@dataclass(frozen=True)
class ProcessMark:
    """A process id, and when that process was started (boot and clock ticks since then)."""

    pid: int
    started: str

    @property
    def is_alive(self) -> bool:
        """Whether this very process still runs; one that only waits to be reaped does not."""
        if find_mark(self.pid) != self:
            return False
        try:
            return psutil.Process(self.pid).status() not in DEAD_STATES
        except psutil.NoSuchProcess:
            return False

    def send(self, signal_number: int) -> None:
        """Send a signal to this very process; nothing happens where it has gone."""
        if self.is_alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal_number)

    def descendants(self) -> list[ProcessMark]:
        """Return the marks of everything that this process has started, nearest first."""
        if not self.is_alive:
            return []
        try:
            children = psutil.Process(self.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []
        return [mark for child in children if (mark := find_mark(child.pid)) is not None]


def is_listening(marks: Iterable[ProcessMark], *, port: int) -> bool:
    """Return whether one of `marks` listens on the TCP port, rather than a stranger who was quicker."""
    for mark in marks:
        with contextlib.suppress(psutil.Error):
            connections = psutil.Process(mark.pid).net_connections(kind="tcp")
            if any(c.status == psutil.CONN_LISTEN and c.laddr.port == port for c in connections):
                return True
    return False


def find_mark(pid: int) -> ProcessMark | None:
    """Return the mark of the process that has this id now."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The command stands in parentheses and may hold any character: count fields from the last one.
    ticks = stat.rpartition(")")[2].split()[19]
    return ProcessMark(pid=pid, started=f"{_boot_id()}:{ticks}")


def end_processes(marks: Iterable[ProcessMark], *, grace: float) -> None:
    """Ask `marks` to end, and kill after `grace` seconds those that have not."""
    remaining = list(marks)
    for signal_number, seconds in ((signal.SIGTERM, grace), (signal.SIGKILL, 2.0)):
        for mark in remaining:
            mark.send(signal_number)
        deadline = time.monotonic() + seconds
        while remaining and time.monotonic() < deadline:
            remaining = [mark for mark in remaining if mark.is_alive]
            time.sleep(0.05 if remaining else 0)


@cache
def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
