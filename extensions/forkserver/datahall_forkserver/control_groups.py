"""Control groups: how much memory, processor time and how many processes a few processes may have together.

Both kinds that Linux has are used, the second where its controllers are there, else the first. A hall's groups lie
below the group that it was started in, so that whatever bounds the hall bounds them too. A group is known by its
folders: one for the second kind, one for each controller of the first. It either holds processes or is parted
into further groups, which is what the second kind demands.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from datahall_forkserver.control_group_limits import GroupLimits, is_second_kind, write_limits
from datahall_forkserver.control_group_places import MOUNTS, NOT_OURS, OWN, USED_CPU, find_places, look_for_places, part
from datahall_forkserver.errors import ForkserverError
from datahall_forkserver.process_start import find_start

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")  # no dot: no such name is that of a file which the kernel puts there
HALL = re.compile(r"datahall-(\d+)-(\d+)")
LOOK_EVERY = 0.01  # seconds; a process leaves its group some milliseconds after its end
MOST_ROUNDS = 100  # of looking for processes that are born while others are ended


class ControlGroupError(ForkserverError):
    """A control group can't be made or used; the message says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="control-group")


@dataclass(frozen=True)
class Group:
    """A control group, by its folders."""

    folders: tuple[str, ...]

    @property
    def is_alive(self) -> bool:
        """Whether it is there."""
        return all(Path(folder).is_dir() for folder in self.folders)

    def make(self, name: str, limits: GroupLimits | None = None) -> Group:
        """Return a new group within this one; fine where it is there already, which is then bounded anew.

        Raises
        ------
        ControlGroupError
            If the name is none, or the machine refuses.
        """
        if not NAME.fullmatch(name):
            raise ControlGroupError(f"{name!r} is no name of a control group.")
        group = Group(tuple(str(Path(folder, name)) for folder in self.folders))
        try:
            for folder in self.folders:
                if is_second_kind(Path(folder)):
                    part(Path(folder))
                Path(folder, name).mkdir(mode=0o755, exist_ok=True)
            group.limit(limits or GroupLimits())
        except OSError as error:
            raise ControlGroupError(f"The control group {name} can't be made: {error}") from error
        return group

    def limit(self, limits: GroupLimits) -> None:
        """Bound it; what has no controller here stays without a bound."""
        for folder in self.folders:
            write_limits(Path(folder), limits)

    def add(self, pid: int) -> None:
        """Take a process in; its children are born here from then on."""
        try:
            for folder in self.folders:
                Path(folder, "cgroup.procs").write_text(str(pid))
        except OSError as error:
            raise ControlGroupError(f"Process {pid} can't join the control group {self.folders[0]}: {error}") from error

    def read_processes(self) -> set[int]:
        """Return the processes in it and below; those that this process can't see are left out."""
        found = set()
        for folder in self.folders[:1]:
            for place, _, _ in os.walk(folder):
                with contextlib.suppress(OSError):
                    found |= {int(line) for line in Path(place, "cgroup.procs").read_text().split()}
        return found - {0}

    def read_memory(self) -> int | None:
        """Return the bytes in use, in it and below, without files that are only cached; None where nobody counts."""
        if (current := self._find("memory.current")) is not None:
            return max(0, _read_number(current) - _read_words(current.with_name("memory.stat")).get("inactive_file", 0))
        if (usage := self._find("memory.usage_in_bytes")) is not None:
            cached = _read_words(usage.with_name("memory.stat")).get("total_inactive_file", 0)
            return max(0, _read_number(usage) - cached)
        return None

    def read_cpu_seconds(self) -> float | None:
        """Return the processor time used in it and below; None where nobody counts."""
        if (used := self._find("cpuacct.usage")) is not None:
            return _read_number(used) / 1e9
        told = self._find("cpu.stat")
        used_microseconds = None if told is None else _read_words(told).get("usage_usec")
        return None if used_microseconds is None else used_microseconds / 1e6

    def read_process_count(self) -> int | None:
        """Return how many processes and threads are in it and below; None where nobody counts."""
        current = self._find("pids.current")
        return None if current is None else _read_number(current)

    def read_oom_kills(self) -> int:
        """Return how many of its own processes the system has killed because memory had come to its bound."""
        for name in ("memory.events.local", "memory.events", "memory.oom_control"):
            if (told := self._find(name)) is not None:
                return _read_words(told).get("oom_kill", 0)
        return 0

    def kill(self, *, rounds: int = MOST_ROUNDS) -> None:
        """Kill every process in it and below, also those born meanwhile; where the system can't, in so many rounds."""
        at_once = self._find("cgroup.kill")
        if at_once is not None:
            at_once.write_text("1")
            return
        for _ in range(rounds):
            living = self.read_processes()
            for pid in living:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if not living:
                return
            time.sleep(LOOK_EVERY)

    def remove(self, *, within: float = 0) -> bool:
        """Take it and those below away, once they are empty; return whether that came about `within` seconds."""
        deadline = time.monotonic() + within
        while not all([_remove_tree(Path(folder)) for folder in self.folders]):
            if time.monotonic() >= deadline:
                return False
            time.sleep(LOOK_EVERY)
        return True

    def _find(self, name: str) -> Path | None:
        for folder in self.folders:
            if (file := Path(folder, name)).is_file():
                return file
        return None


@dataclass(frozen=True)
class ControlGroups:
    """All groups of one hall; they are left over once the process whose they are has ended."""

    base: Group
    kind: int
    controllers: frozenset[str]
    _places: tuple[str, ...] = field(repr=False)
    _name: str = field(repr=False)

    @classmethod
    def find(
        cls, *, owner: int | None = None, mounts: Path = MOUNTS,
        own: Path = OWN,
    ) -> ControlGroups | str:  # fmt: skip
        """Return this machine's control groups, ready for `owner` (without one, for this process), or why not.

        The same owner finds the same ones again. Those of owners that have ended are taken away.
        """
        pid = os.getpid() if owner is None else owner
        places, kind = look_for_places(mounts, own)
        if isinstance(places, str):
            return places
        parents = tuple(dict.fromkeys(str(place) for place in places.values()))
        found = cls(
            base=Group(tuple(f"{parent}/datahall-{pid}-{find_start(pid)}" for parent in parents)),
            kind=kind,
            controllers=frozenset(places) - {USED_CPU},
            _places=parents,
            _name=f"datahall-{pid}-{find_start(pid)}",
        )
        found.remove_leftovers()
        try:
            Group(parents).make(found._name)
        except ControlGroupError:  # a read-only mount, as in many containers
            return NOT_OURS
        return found

    @staticmethod
    def find_controllers(*, mounts: Path = MOUNTS, own: Path = OWN) -> frozenset[str] | str:
        """Return what could be bounded here, or why nothing could; no group is made."""
        places, _ = look_for_places(mounts, own)
        return places if isinstance(places, str) else frozenset(places) - {USED_CPU}

    def make(self, name: str, limits: GroupLimits | None = None, parent: Group | None = None) -> Group:
        """Return a new group, within `parent` where one is given."""
        if parent is None:
            parent = Group(self._places).make(self._name)  # which somebody may have taken away while it was empty
        return parent.make(name, limits)

    def remove(self, *, within: float = 5.0) -> bool:
        """Take all of them away, once they are empty."""
        return self.base.remove(within=within)

    def remove_leftovers(self) -> None:
        """Take away the groups of owners that have ended, as far as they are empty."""
        names = {entry.name for place in self._places for entry in Path(place).iterdir()}
        for name in names:
            hall = HALL.fullmatch(name)
            if hall and find_start(int(hall[1])) != int(hall[2]):
                Group(tuple(f"{place}/{name}" for place in self._places)).remove()


def find_group(pid: int, *, mounts: Path = MOUNTS, processes: Path = Path("/proc")) -> Group | None:
    """Return the group that a process is in; None where it has ended or this machine has none to be seen."""
    try:
        places, _ = find_places(mounts.read_text(), own=(processes / str(pid) / "cgroup").read_text(), is_leaf=True)
    except OSError:
        return None
    return Group(tuple(dict.fromkeys(str(place) for place in places.values()))) if places else None


def _remove_tree(folder: Path) -> bool:
    """Remove a group and those below, each if it is empty; return whether nothing is left."""
    try:
        below = [Path(entry.path) for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False)]
        if not all([_remove_tree(each) for each in below]):
            return False
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:  # busy
        return False
    return True


def _read_number(file: Path) -> int:
    return int(file.read_text())


def _read_words(file: Path) -> Mapping[str, int]:
    """Return the numbers of a file that has a name and a number in each line."""
    pairs = (line.split() for line in file.read_text().splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdecimal()}
