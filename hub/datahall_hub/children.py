"""The hall's processes as the supervisor has them: a `Child` is one plan being carried out.

It starts the process in a session of its own, writes its log, and counts its falls and renewals.
"""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from datahall_hub.listening_sockets import VARIABLE, describe_sockets
from datahall_hub.parent_death import end_with_parent
from datahall_hub.process_marks import ProcessMark, find_mark
from datahall_hub.process_plans import Plan

LONGEST_PAUSE = 60.0  # seconds between two tries of a child that keeps falling
STEADY = 60.0  # seconds after which a child counts as well and its pause begins anew
LARGEST_LOG = 10 * 1024**2  # bytes; a larger log is set aside when its child starts


@dataclass
class Child:
    """A plan that the supervisor carries out."""

    plan: Plan
    log: Path
    process: subprocess.Popen[bytes] | None = None
    mark: ProcessMark | None = None
    is_ready: bool = False
    falls: int = 0
    renewals: int = 0
    pause: float = 0.0
    started_at: float = 0.0
    due_at: float = 0.0
    _earlier: list[subprocess.Popen[bytes]] = field(default_factory=list, repr=False)

    def start(self) -> None:
        """Start the process; it ends with the supervisor, however that ends."""
        _set_aside(self.log)
        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self.process = subprocess.Popen(
                self.plan.argv,
                env={**self.plan.environment, VARIABLE: describe_sockets(self.plan.sockets)},
                pass_fds=[*(listener.fileno() for listener in self.plan.sockets.values()), *self.plan.descriptors],
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which then ends them in order
                preexec_fn=end_with_parent,
            )
        finally:
            os.close(descriptor)
        self.mark = find_mark(self.process.pid)
        self.started_at = time.monotonic()
        self.is_ready = False

    def renew(self) -> None:
        """Start a fresh process beside this one, which goes on until the fresh one takes over, and ends by itself."""
        assert self.process is not None
        before = self.process
        self.start()
        self._earlier.append(before)
        self.renewals += 1
        self.is_ready = True

    def find_earlier(self) -> list[int]:
        """Return the ids of processes that were renewed and have not ended."""
        self._earlier = [process for process in self._earlier if process.poll() is None]
        return [process.pid for process in self._earlier]

    def note_fall(self) -> int:
        """Count that the process has ended, decide when to start it again, and return its exit code."""
        code = self.process.wait() if self.process else 0
        steady = time.monotonic() - self.started_at > STEADY
        self.pause = 1.0 if steady or not self.pause else min(self.pause * 2, LONGEST_PAUSE)
        self.due_at = time.monotonic() + self.pause
        self.falls += 1
        self.process = None
        self.is_ready = False
        return code


def _set_aside(log: Path) -> None:
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".log.1"))
