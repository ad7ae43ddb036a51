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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from datahall_forkserver.errors import ForkserverError
from datahall_forkserver.process_start import find_start

MEMORY, PROCESSES, CPU = "memory", "pids", "cpu"
USED_CPU = "cpuacct"  # where the first kind counts processor time
CONTROLLERS = (CPU, MEMORY, PROCESSES)
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")  # no dot: no such name is that of a file which the kernel puts there
HALL = re.compile(r"datahall-(\d+)-(\d+)")
PERIOD = 100_000  # microseconds over which a share of processor time is dealt out
LEAST_QUOTA = 1_000  # microseconds; the kernel takes no less
REST = "rest"  # the group of whatever ran where groups are to be made
LOOK_EVERY = 0.01  # seconds; a process leaves its group some milliseconds after its end
MOST_ROUNDS = 100  # of looking for processes that are born while others are ended

NONE = "this machine has no control groups of memory and processes"
NOT_OURS = "the control groups of this machine may not be written by who runs this"


class ControlGroupError(ForkserverError):
    """A control group can't be made or used; the message says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="control-group")


@dataclass(frozen=True)
class GroupLimits:
    """What the processes of a group may have together; None is no bound of its own.

    Parameters
    ----------
    memory
        Bytes, swap included; files that are merely cached do not count in the end.
    cpu
        Processors' worth of time: 0.5 is half of one.
    processes
        Processes and threads.
    """

    memory: int | None = None
    cpu: float | None = None
    processes: int | None = None


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
                if _is_second_kind(folder):
                    _part(Path(folder))
                Path(folder, name).mkdir(mode=0o755, exist_ok=True)
            group.limit(limits or GroupLimits())
        except OSError as error:
            raise ControlGroupError(f"The control group {name} can't be made: {error}") from error
        return group

    def limit(self, limits: GroupLimits) -> None:
        """Bound it; what has no controller here stays without a bound."""
        for folder in self.folders:
            write = _limit_second_kind if _is_second_kind(folder) else _limit_first_kind
            write(Path(folder), limits)

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

    def kill(self) -> None:
        """Kill every process in it and below, also those born meanwhile."""
        at_once = self._find("cgroup.kill")
        if at_once is not None:
            at_once.write_text("1")
            return
        for _ in range(MOST_ROUNDS):
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
        cls, *, owner: int | None = None, mounts: Path = Path("/proc/self/mountinfo"),
        own: Path = Path("/proc/self/cgroup"),
    ) -> ControlGroups | str:  # fmt: skip
        """Return this machine's control groups, ready for `owner` (without one, for this process), or why not.

        The same owner finds the same ones again. Those of owners that have ended are taken away.
        """
        pid = os.getpid() if owner is None else owner
        places, kind = _look_for_places(mounts, own)
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
    def find_controllers(
        *, mounts: Path = Path("/proc/self/mountinfo"), own: Path = Path("/proc/self/cgroup")
    ) -> frozenset[str] | str:
        """Return what could be bounded here, or why nothing could; no group is made."""
        places, _ = _look_for_places(mounts, own)
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


def _look_for_places(mounts: Path, own: Path) -> tuple[dict[str, Path] | str, int]:
    try:
        places, kind = _find_places(mounts.read_text(), own=own.read_text())
    except OSError:
        return NONE, 0
    if not places:
        return NONE, 0
    if not all(os.access(place, os.W_OK) for place in places.values()):
        return NOT_OURS, 0
    return places, kind


def find_group(
    pid: int, *, mounts: Path = Path("/proc/self/mountinfo"), processes: Path = Path("/proc")
) -> Group | None:
    """Return the group that a process is in; None where it has ended or this machine has none to be seen."""
    try:
        places, _ = _find_places(mounts.read_text(), own=(processes / str(pid) / "cgroup").read_text(), is_leaf=True)
    except OSError:
        return None
    return Group(tuple(dict.fromkeys(str(place) for place in places.values()))) if places else None


def _find_places(mounts: str, *, own: str, is_leaf: bool = False) -> tuple[dict[str, Path], int]:
    """Return the folder in which groups can be made, by controller, and which kind of control groups that is.

    Or, for a leaf, the folder of the group itself.
    """
    hierarchies = {name: path for line in own.splitlines() for _, names, path in [line.split(":", 2)]
                   for name in (names.split(",") if names else [""])}  # fmt: skip
    first: dict[str, Path] = {}
    second: dict[str, Path] = {}
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        root, point = (_unescape(word) for word in before.split()[3:5])
        system, _, options = after.split()[:3]
        if system == "cgroup2":
            place = _place(point, root=root, path=hierarchies.get("", ""))
            second = second or (_find_second_kind(Path(point), place, is_leaf=is_leaf) if place else {})
        elif system == "cgroup":
            for name in {*CONTROLLERS, USED_CPU} & set(options.split(",")) & hierarchies.keys():
                if place := _place(point, root=root, path=hierarchies[name]):
                    first.setdefault(name, place)
    if second:
        return second, 2
    return (first, 1) if first.keys() & {MEMORY, PROCESSES} else ({}, 0)


def _place(point: str, *, root: str, path: str) -> Path | None:
    """Return the folder of a group as this mount shows it; None where it does not."""
    if not path.startswith("/") or ".." in path.split("/"):
        return None
    if root not in ("/", path) and not path.startswith(f"{root}/"):
        return None
    return Path(point, path.removeprefix(root if root != "/" else "").lstrip("/"))


def _find_second_kind(root: Path, here: Path, *, is_leaf: bool) -> dict[str, Path]:
    """Return where groups of the second kind can be made: in our own where it is left to us, else above it."""
    try:
        offered = set((here / "cgroup.controllers").read_text().split())
        if not offered & {MEMORY, PROCESSES}:
            return {}
        if is_leaf:
            return dict.fromkeys(offered & set(CONTROLLERS), here)
        if _may_write(here) and (here == root or _is_left_to_us(here)):
            with contextlib.suppress(OSError):
                _part(here)
        places = [here, *(place for place in here.parents if place.is_relative_to(root))]
        for place in places:
            parted = set((place / "cgroup.subtree_control").read_text().split())
            if parted & {MEMORY, PROCESSES} and _may_write(place):
                return dict.fromkeys(parted & set(CONTROLLERS), place)
        return dict.fromkeys(offered & set(CONTROLLERS), here)  # which may not be written: that is said of it
    except OSError:
        return {}


def _part(group: Path) -> None:
    """Have a group of the second kind hand its controllers on to those below; what runs in it moves to one of them."""
    wanted = set((group / "cgroup.controllers").read_text().split()) & set(CONTROLLERS)
    missing = wanted - set((group / "cgroup.subtree_control").read_text().split())
    if not missing:
        return
    asked = " ".join(f"+{name}" for name in sorted(missing))
    try:
        (group / "cgroup.subtree_control").write_text(asked)
    except OSError:  # busy: processes are in it
        rest = group / REST
        rest.mkdir(exist_ok=True)
        for pid in (group / "cgroup.procs").read_text().split():
            with contextlib.suppress(ProcessLookupError):
                (rest / "cgroup.procs").write_text(pid)
        (group / "cgroup.subtree_control").write_text(asked)


def _may_write(group: Path) -> bool:
    return os.access(group, os.W_OK) and os.access(group / "cgroup.procs", os.W_OK)


def _is_left_to_us(group: Path) -> bool:
    """Whether systemd says that it keeps out of a group (its option `Delegate`)."""
    for name in ("user.delegate", "trusted.delegate"):
        with contextlib.suppress(OSError):
            if os.getxattr(group, name) == b"1":
                return True
    return False


def _limit_first_kind(folder: Path, limits: GroupLimits) -> None:
    if (folder / "memory.limit_in_bytes").exists():
        wanted = str(-1 if limits.memory is None else limits.memory)
        files = [folder / "memory.limit_in_bytes", folder / "memory.memsw.limit_in_bytes"]  # the second counts swap too
        if not files[1].exists():
            files.pop()
        try:
            _write_each(files, wanted)
        except OSError:  # the second must never be below the first: raised, they go the other way round
            _write_each(reversed(files), wanted)
    if (folder / "cpu.cfs_quota_us").exists():
        (folder / "cpu.cfs_period_us").write_text(str(PERIOD))
        (folder / "cpu.cfs_quota_us").write_text(str(-1 if limits.cpu is None else _count_quota(limits.cpu)))
    _limit_processes(folder, limits)


def _limit_second_kind(folder: Path, limits: GroupLimits) -> None:
    if (folder / "memory.max").exists():
        (folder / "memory.max").write_text(_as_word(limits.memory))
        if (folder / "memory.swap.max").exists():
            (folder / "memory.swap.max").write_text("max" if limits.memory is None else "0")
    if (folder / "cpu.max").exists():
        quota = _as_word(None if limits.cpu is None else _count_quota(limits.cpu))
        (folder / "cpu.max").write_text(f"{quota} {PERIOD}")
    _limit_processes(folder, limits)


def _limit_processes(folder: Path, limits: GroupLimits) -> None:
    if (folder / "pids.max").exists():
        (folder / "pids.max").write_text(_as_word(limits.processes))


def _count_quota(cpu: float) -> int:
    return max(LEAST_QUOTA, int(cpu * PERIOD))


def _as_word(number: int | None) -> str:
    return "max" if number is None else str(number)


def _write_each(files: Iterable[Path], text: str) -> None:
    for file in files:
        file.write_text(text)


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


def _is_second_kind(folder: str) -> bool:
    return Path(folder, "cgroup.controllers").exists()


def _read_number(file: Path) -> int:
    return int(file.read_text())


def _read_words(file: Path) -> Mapping[str, int]:
    """Return the numbers of a file that has a name and a number in each line."""
    pairs = (line.split() for line in file.read_text().splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdecimal()}


def _unescape(word: str) -> str:
    """Return a path as it is, not as mountinfo writes it."""
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), word)
