"""A person's server once it has been started: whether it runs, how it ends, how a later hub knows it again.

A server with walls ends with its sandbox. What one without has started is known by its environment, since it may have
left its keeper. Ending blocks: call it in a thread.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datahall_forkserver.child_handles import Child, reopen_child
from datahall_forkserver.sandboxes import Sandbox

from datahall_hub.person_limits import PersonGroups, find_person_groups
from datahall_hub.process_marks import ProcessMark, end_processes, find_mark

PREFIX = "JUPYTERHUB_SERVICE_PREFIX"  # in the environment of a server and of what it starts: whose they are
KEEPER_NAME = "datahall-keeper"  # followed by whose it is, among the words of a keeper's command
GRACE = 5.0  # seconds in which a server may end its kernels before it is killed

log = logging.getLogger("jupyterhub")


class LaunchedServer:
    """A server that was started, by this hub or the one before."""

    def __init__(
        self,
        child: Child,
        *,
        sandbox: Sandbox | None,
        prefix: str,
        keeper: subprocess.Popen[bytes] | None = None,
        groups: PersonGroups | None = None,
    ) -> None:
        self._child = child
        self._groups = groups
        self._prefix = prefix
        self._sandbox = sandbox
        self._keeper = keeper  # of a server without walls that was not forked; the child is the keeper then

    def poll(self) -> int | None:
        """Return None while it runs, else its exit code (255 where nobody knows)."""
        if self._sandbox is not None:
            self._sandbox.reap_keeper()
        if self._keeper is not None:
            self._keeper.poll()
        ended = self._child.poll()
        return None if ended is None else ended.returncode

    def end(self, *, at_once: bool) -> None:
        """Ask the server to end, then take away whatever is left of it and of what it started."""
        if self._sandbox is not None:
            if not at_once:
                self._child.send_signal(signal.SIGTERM)
                self._wait(GRACE)
            self._sandbox.end()
        elif self.poll() is None and (own := find_mark(self._child.pid)) is not None:
            family = [own, *own.descendants()]
            if not at_once:
                _find_server(family).send(signal.SIGTERM)
                self._wait(GRACE)
            end_processes([*family, *own.descendants(), *_find_scattered(self._prefix)], grace=0.5)
        self._wait(GRACE)
        self._child.close()
        if self._groups is not None and not self._groups.remove():
            log.warning("Something stays in the control group %s.", self._groups.person.folders[0])

    def _wait(self, seconds: float) -> None:
        try:
            self._child.wait(seconds)
        except TimeoutError:
            log.debug("Server %s still runs after %s s.", self._child.pid, seconds)

    def get_state(self) -> dict[str, Any]:
        """Return what a later hub needs to know the server again."""
        state: dict[str, Any] = {"server": _write_mark(self._child.pid), "prefix": self._prefix}
        if self._groups is not None:
            state["groups"] = self._groups.get_state()
        return state | describe_place(self._sandbox)


def describe_place(sandbox: Sandbox | None) -> dict[str, Any]:
    """Return what a later hub needs to find a server's sandbox again."""
    return {} if sandbox is None else {"sandbox": _write_mark(sandbox.pid)}


def describe_begun(gate: str, *, prefix: str) -> dict[str, Any]:
    """Return what a later hub needs to find what was begun to be started, before anything of it has a mark."""
    return {"begun": gate, "prefix": prefix}


def find_launched(state: Mapping[str, Any]) -> LaunchedServer | None:
    """Return the server that an earlier hub started, or None where it has ended; then nothing of it is left."""
    if "begun" in state:
        end_processes(_find_begun(str(state["begun"]), prefix=str(state.get("prefix", ""))), grace=0)
        return None
    sandbox = mark = None
    groups = find_person_groups(state.get("groups"))
    if (noted := _read_mark(state.get("sandbox"))) is not None:
        sandbox = Sandbox(noted.pid, _read_ticks(noted))
    if (mark := _read_mark(state.get("server"))) is not None:
        child = reopen_child(pid=mark.pid, started=_read_ticks(mark))
        if child is not None:
            return LaunchedServer(child, sandbox=sandbox, prefix=str(state.get("prefix", "")), groups=groups)
    if sandbox is not None:
        sandbox.end()
    if groups is not None:
        groups.remove()
    return None


def _find_server(family: list[ProcessMark]) -> ProcessMark:
    """Return the server among its keeper's descendants or itself, nearest first: the first that is no shell."""
    for mark in family:
        try:
            name = Path(f"/proc/{mark.pid}/comm").read_text().strip()
        except OSError:
            continue
        if name != "sh":
            return mark
    return family[-1]


def _find_begun(gate: str, *, prefix: str) -> list[ProcessMark]:
    """Return the keepers of a server that no note names; a sandbox ends with its keeper."""
    supervisor = find_mark(os.getppid())
    keepers = []
    for mark in supervisor.descendants() if supervisor else []:
        try:
            words = Path(f"/proc/{mark.pid}/cmdline").read_bytes().split(b"\0")
        except OSError:  # it has ended, or became somebody else
            continue
        if words[3:5] == [KEEPER_NAME.encode(), gate.encode()]:  # behind the shell, -c and what it does
            keepers.append(mark)
    return [*keepers, *_find_scattered(prefix)]


def _find_scattered(prefix: str) -> list[ProcessMark]:
    """Return what a server without walls has started that is no descendant of it any more, nor of a kernel."""
    supervisor = find_mark(os.getppid())
    wanted = f"{PREFIX}={prefix}".encode()
    scattered = []
    for mark in supervisor.descendants() if supervisor and prefix else []:
        try:
            environment = Path(f"/proc/{mark.pid}/environ").read_bytes()
        except OSError:  # it has ended, or became somebody else
            continue
        if wanted in environment.split(b"\0"):
            scattered.append(mark)
    return scattered


def _write_mark(pid: int) -> list[Any]:
    mark = find_mark(pid)
    return [mark.pid, mark.started] if mark else []


def _read_mark(noted: object) -> ProcessMark | None:
    """Return the mark that was noted, where the machine has not been started anew since."""
    if not isinstance(noted, list) or len(noted) != 2:
        return None
    mark = ProcessMark(pid=int(noted[0]), started=str(noted[1]))
    return mark if find_mark(mark.pid) == mark else None


def _read_ticks(mark: ProcessMark) -> int:
    return int(mark.started.rpartition(":")[2])
