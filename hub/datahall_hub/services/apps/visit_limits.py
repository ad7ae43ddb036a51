"""How much one visit may use: a control group of its own where the machine has them, and limits of each process."""

from __future__ import annotations

import os
from collections.abc import Mapping

from datahall_forkserver.control_group_limits import GroupLimits
from datahall_forkserver.control_groups import ControlGroupError, Group

from datahall_hub.person_limits import ROOM_FOR_RESERVATIONS, find_hall_groups

PROCESSES = 64 + 4 * (os.cpu_count() or 1)  # and threads: libraries start some for each processor
OPEN_FILES = 1024


def limit_processes(memory: int) -> Mapping[str, int]:
    """Return the resource limits of each process of a visit."""
    return {
        "RLIMIT_CORE": 0,
        "RLIMIT_NOFILE": OPEN_FILES,
        "RLIMIT_NPROC": PROCESSES,
        "RLIMIT_DATA": 2 * memory + ROOM_FOR_RESERVATIONS,
    }


def make_group(name: str, *, memory: int, processes: int = PROCESSES) -> Group | None:
    """Return a new control group for a visit, below those of the hall; None where this machine lets us have none."""
    groups = find_hall_groups(os.getppid())  # the supervisor's
    if isinstance(groups, str):
        return None
    try:
        return groups.make(name, GroupLimits(memory=memory, processes=processes))
    except ControlGroupError:
        return None


def remove_group(group: Group) -> bool:
    """Take a visit's group away, with whatever is left in it; return whether it needed more memory than it may use."""
    if not group.is_alive:
        return False
    outgrew = group.read_oom_kills() > 0
    group.kill()
    group.remove(within=2.0)
    return outgrew
