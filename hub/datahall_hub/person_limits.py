"""How much one person may use: what the settings and this machine make of it together.

Where control groups can be had they bound memory, processor time and processes; else, as always for the rest,
each process has limits of its own, and the limits service (`datahall_hub.services.limits`) looks after memory.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from datahall_forkserver.control_group_limits import GroupLimits
from datahall_forkserver.control_groups import ControlGroups, Group

from datahall_hub.settings import Settings

GB = 1_000_000_000
LEAST_QUOTA, MOST_RESERVE = GB, 10 * GB
DISK_SHARE, RESERVE_SHARE = 20, 50  # a person's part of the disk, and what stays free
# Libraries reserve address space that they never use (arrow, polars and thread stacks: 1.5 GB on two processors).
ROOM_FOR_RESERVATIONS = 8 << 30
SERVER = "server"  # the group of a person's server within theirs
LACKING = "the control groups of this machine lack memory or processes"
# What is done then, and what is weaker.
INSTEAD = (
    "instead each process has limits of its own and memory is looked at, so that a kernel or visit may have too much "
    "for a moment, memory in temporary files and shared segments counts for nobody, up to all that the machine has, "
    "and nobody's share of the processors is bounded"
)
NICE = 5  # how far people's kernels step back behind the hub, the proxy and the hall


@dataclass(frozen=True)
class PersonLimits:
    """What one person may use, in bytes and numbers; 0 as `cpu` is no bound."""

    memory: int
    kernel_memory: int
    cpu: float
    processes: int
    open_files: int
    disk: int
    files: int

    @property
    def group(self) -> GroupLimits:
        """What the control group of all that is theirs has."""
        return GroupLimits(memory=self.memory, cpu=self.cpu or None, processes=self.processes)

    @property
    def of_process(self) -> Mapping[str, int]:
        """The resource limits of each of their processes."""
        return {
            "RLIMIT_CORE": 0,
            "RLIMIT_NOFILE": self.open_files,
            "RLIMIT_FSIZE": self.disk,
        }

    @property
    def inside(self) -> Mapping[str, int]:
        """The resource limits of each process in a sandbox.

        Processes are counted for each user namespace since Linux 5.14; before, and without a namespace, all that the
        hall's own user runs on this machine would count.
        """
        return {**self.of_process, **({"RLIMIT_NPROC": self.processes} if _counts_by_namespace() else {})}

    @property
    def of_kernel(self) -> Mapping[str, int]:
        """The resource limits of a kernel; who asks for far too much at once gets Python's own error, and lives."""
        return {**self.inside, "RLIMIT_DATA": 2 * self.kernel_memory + ROOM_FOR_RESERVATIONS}

    @property
    def environment(self) -> dict[str, str]:
        """What a person's server tells them of it."""
        return {"DATAHALL_KERNEL_MEMORY": str(self.kernel_memory), "DATAHALL_DISK_QUOTA": str(self.disk)}


def plan_limits(settings: Settings, *, homes: Path) -> PersonLimits:
    """Return what one person may use, where homes lie in `homes`."""
    disk, files = _measure_disk(homes)
    return PersonLimits(
        memory=settings.server_memory,
        kernel_memory=min(settings.kernel_memory, settings.server_memory),
        cpu=settings.cpu_share,
        processes=settings.processes,
        open_files=settings.open_files,
        disk=settings.disk_quota or max(LEAST_QUOTA, disk // DISK_SHARE),
        files=settings.disk_files or max(10_000, files // DISK_SHARE),
    )


def plan_reserve(settings: Settings, *, homes: Path) -> int:
    """Return the bytes of the disk that nobody's home may take."""
    return settings.disk_reserve or min(MOST_RESERVE, _measure_disk(homes)[0] // RESERVE_SHARE)


def _counts_by_namespace() -> bool:
    major, minor = (int(number) for number in re.findall(r"\d+", os.uname().release)[:2])
    return (major, minor) >= (5, 14)


def _measure_disk(folder: Path) -> tuple[int, int]:
    """Return how many bytes and files a disk can hold; some file systems know no bound of the second."""
    found = os.statvfs(folder)
    return found.f_blocks * found.f_frsize, found.f_files or 20_000_000


@cache
def find_hall_groups(supervisor: int) -> ControlGroups | str:
    """Return the control groups of the hall with this supervisor, or why there are none."""
    return ControlGroups.find(owner=supervisor)


@dataclass(frozen=True)
class PersonGroups:
    """The control groups of one person: all of theirs, and within it the server's; kernels get theirs beside it."""

    person: Group
    server: Group

    def remove(self) -> bool:
        """End whatever is left in them, and take them away."""
        if self.person.is_alive:
            self.person.kill()
        return self.person.remove(within=5.0)

    def get_state(self) -> list[str]:
        """Return what `find_person_groups` needs to know them again."""
        return list(self.person.folders)


def make_person_groups(limits: PersonLimits, *, name: str, supervisor: int) -> PersonGroups | None:
    """Return new control groups for a person's server and kernels; None where this machine has none."""
    groups = find_hall_groups(supervisor)
    if isinstance(groups, str):
        return None
    person = groups.make(name, limits.group)
    return PersonGroups(person, person.make(SERVER))


def find_person_groups(state: object) -> PersonGroups | None:
    """Return the groups that an earlier hub made; None where it made none."""
    if not isinstance(state, list) or not state:
        return None
    folders = tuple(map(str, state))
    return PersonGroups(Group(folders), Group(tuple(f"{folder}/{SERVER}" for folder in folders)))


def describe_control_groups() -> str:
    """Return ``on``, or ``off: why`` and what is done instead; nothing is made for it."""
    found = ControlGroups.find_controllers()
    if isinstance(found, str):
        return f"off: {found}; {INSTEAD}"
    return "on" if {"memory", "pids"} <= found else f"off: {LACKING}; {INSTEAD}"


def remove_hall_groups() -> None:
    """Take away the control groups of this process's hall; called by the supervisor when all has ended."""
    groups = ControlGroups.find()
    if not isinstance(groups, str):
        groups.remove(within=1.0)
