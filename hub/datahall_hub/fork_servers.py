"""The processes that people's servers and kernels are forked from: whether one answers, or is still loading.

The hall opens before they have imported all they share. What comes sooner waits for them here: that takes less than an
ordinary start beside them would.
"""

from __future__ import annotations

import time

from datahall_forkserver.client import ForkServer
from datahall_forkserver.errors import ForkserverError

from datahall_hub.home import Home
from datahall_hub.status_file import load_status

PROFILES = ("server", "kernel")
LOADED_WITHIN = 60.0  # seconds, on a machine that has much else to do
LOOK_EVERY = 0.1


def name_fork_server(profile: str) -> str:
    """Return what the hall calls the process."""
    return f"fork-{profile}"


def is_forking(home: Home, profile: str) -> bool:
    """Whether a fork server answers."""
    try:
        ForkServer(home.fork_socket(profile)).describe()
    except ForkserverError:
        return False
    return True


def wait_while_loading(home: Home, *profiles: str) -> None:
    """Wait for those that load for the first time since the hall was started, and for no others."""
    deadline = time.monotonic() + LOADED_WITHIN
    for profile in profiles:
        while not is_forking(home, profile) and _is_loading(home, profile) and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY)


def _is_loading(home: Home, profile: str) -> bool:
    """Whether the supervisor starts it, or is about to; without a supervisor there is none to come."""
    status = load_status(home)
    if status is None:
        return False
    child = status["children"].get(name_fork_server(profile))
    return child is None or (child["state"] == "starting" and child["falls"] == 0)
