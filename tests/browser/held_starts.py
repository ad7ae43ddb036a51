"""Starts that take long: what forks people's servers is stopped for a while, as on a machine that stalls."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator

from datahall_forkserver import ForkServer
from datahall_hub.home import resolve_home

from tests.running_hall import RunningHall


@contextlib.contextmanager
def held_back(hall: RunningHall) -> Iterator[None]:
    """Let nobody's server start meanwhile; who has asked for one waits, for as long as the hub has patience (30 s)."""
    hall.wait_until_whole()
    pid = ForkServer(resolve_home(hall.home).fork_socket("server")).describe()["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
