"""What the limits service does at each look: measure, tell, and end what goes beyond.

Memory is looked after here only where there are no control groups: what a kernel alone has, once in a while, and at
once where the machine's own goes fast. Disk: free space is looked at always, homes are
counted seldom, soon where the disk fills fast, and again as soon as somebody may have come to their quota. Beyond it
what writes is ended: kernels and terminals first, so that a notebook can still be saved, and the server only where the
home grows on all the same.
"""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from datahall_forkserver.control_groups import Group

from datahall_hub.limited_people import USE, LimitedPerson, forget_person, load_people, write_whole
from datahall_hub.person_limits import PersonLimits
from datahall_hub.services.limits.disk_use import DiskUse, measure_disk_use
from datahall_hub.services.limits.ending import end_process
from datahall_hub.services.limits.processes import (
    Seen,
    find_namespace,
    find_trees,
    measure_unlinked,
    read_free_memory,
    read_private_memory,
    read_written,
    see_processes,
)

LOOK_EVERY, LOOK_OFTEN = 2.0, 0.2  # seconds; often while something fills or grows fast
WARN_AT = 0.9
CALM, EAGER = 50, 4  # times as long as counting takes, a home is left alone, calm and when the disk fills
LEAST_PAUSE, CALM_PAUSE, LONGEST_PAUSE = 0.5, 30.0, 600.0  # seconds between two counts of a home
COUNT_WITHIN = 60.0  # seconds
GROWS_FAST = 0.1  # of what a kernel may have, from one look to the next
# Bytes and files that are no mere log or history of commands: who makes more of them fills the disk.
WRITES, MAKES = 1_000_000, 100
MOST_ENDINGS = 3  # of what the server has started, until it is taken for what fills the disk itself
FILLS_FAST = 0.1  # of a quota, from one glance at the disk to the next: a fast disk takes a gigabyte a second

log = logging.getLogger("datahall.limits")


class Room(NamedTuple):
    """What is free on the disk."""

    size: int = 0
    files: int = 0


@dataclass
class Watched:
    """What is known of one person from one look to the next."""

    person: LimitedPerson
    namespace: int
    disk: DiskUse | None = None
    free_then: Room = field(default_factory=Room)  # what was free when their home was counted
    counted_at: float = 0
    due: float = 0
    base: DiskUse | None = None  # what they had when there was no room any more, and nobody had been ended since
    has_grown: bool = False  # their home, from then on
    endings: int = 0  # how often something was ended for want of disk since there was room
    counting: Future[DiskUse] | None = None
    counting_since: float = 0
    ended_at: float = 0  # when something was last ended for want of disk
    written: dict[tuple[int, int], int] = field(default_factory=dict)  # by each process, while there was room
    busy: dict[tuple[int, int], float] = field(default_factory=dict)  # processor time of each, at the last look
    memory: dict[int, int] = field(default_factory=dict)  # of each kernel, at the last look
    cpu: tuple[float, float] | None = None  # seconds used, and when that was
    told: dict[str, Any] = field(default_factory=dict)


class LimitsWatch:
    """Looks after everybody whose server runs."""

    def __init__(
        self, limits: PersonLimits, *, people: Path, homes: Path, reserve: int, kernels: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._limits = limits
        self._people = people
        self._homes = homes
        self._reserve = reserve
        self._kernels = kernels
        self._clock = clock
        self._watched: dict[str, Watched] = {}
        self._free = Room()  # at the last look
        self._free_memory = 0  # then
        self._counters = ThreadPoolExecutor(1, thread_name_prefix="count")

    def look(self) -> float:
        """Look once; return after how many seconds to look again."""
        self._know_people()
        fills_fast = self.fills_fast()
        self._free = free = self._see_room()
        self._free_memory = read_free_memory() if self._bounds_memory else 0
        self._count_homes(free)
        seen = self._see()
        is_urgent = [self._look_after(each, seen.get(each.namespace, {}), free=free) for each in self._watched.values()]
        return LOOK_OFTEN if fills_fast or any(is_urgent) or free.size < 3 * self._reserve else LOOK_EVERY

    def fills_fast(self) -> bool:
        """Whether so much has gone since the last look that the next should not wait; a quick glance."""
        free = self._see_room()
        return (
            (self._bounds_memory and self._free_memory - read_free_memory() > GROWS_FAST * self._limits.kernel_memory)
            or self._free.size - free.size > FILLS_FAST * self._limits.disk
            or self._free.files - free.files > FILLS_FAST * self._limits.files
        )

    @property
    def _bounds_memory(self) -> bool:
        """Whether there is somebody whose memory nothing else bounds."""
        return any(not each.person.groups for each in self._watched.values())

    def _see_room(self) -> Room:
        status = os.statvfs(self._homes)
        return Room(status.f_bavail * status.f_frsize, status.f_favail)

    def close(self) -> None:
        """Leave off counting."""
        self._counters.shutdown(wait=False, cancel_futures=True)

    # ── Who is looked after ───────────────────────────────────────────────────────────────────────────────────────

    def _know_people(self) -> None:
        noted = {person.name: person for person in load_people(self._people)}
        for name, person in list(noted.items()):
            if not person.sandbox.is_alive:
                forget_person(self._people, name)
                with contextlib.suppress(OSError):
                    Path(person.shown, USE).unlink()
                del noted[name]
        for name in self._watched.keys() - noted.keys():
            del self._watched[name]
        for name, person in noted.items():
            known = self._watched.get(name)
            namespace = find_namespace(person.pid)
            if namespace is not None and (known is None or known.person != person):
                self._watched[name] = Watched(person, namespace)

    def _see(self) -> Mapping[int, dict[int, Seen]]:
        """Return the processes of each sandbox; only where somebody needs them, for they are many."""
        if all(each.person.groups and not self._is_near(each) for each in self._watched.values()):
            return {}
        found: dict[int, dict[int, Seen]] = {each.namespace: {} for each in self._watched.values()}
        for process in see_processes():
            if process.namespace in found:
                found[process.namespace][process.pid] = process
        return found

    # ── Disk ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _count_homes(self, free: Room) -> None:
        now = self._clock()
        for each in self._watched.values():
            if each.counting is not None and each.counting.done():
                self._take_count(each, free=free, now=now)
            if each.counting is None and (now >= each.due or self._may_be_full(each, free)):
                each.counting_since = now
                each.counting = self._counters.submit(self._count, each)

    def _count(self, each: Watched) -> DiskUse:
        """Count a home, and what its owner's processes hold open that has no name any more."""
        counted = measure_disk_use(Path(each.person.home), most_files=4 * self._limits.files, within=COUNT_WITHIN)
        own = [process.pid for process in see_processes() if process.namespace == each.namespace]
        return replace(counted, size=counted.size + measure_unlinked(own, folder=each.person.home))

    def _take_count(self, each: Watched, *, free: Room, now: float) -> None:
        assert each.counting is not None
        try:
            each.disk = each.counting.result()
        except OSError as error:
            log.warning("The home of %s cannot be counted: %s", each.person.name, error)
        self._note_growth(each)
        each.counting, each.free_then, each.counted_at = None, free, now
        took = each.disk.took if each.disk else 1.0
        near = self._is_near(each)
        pause = took * (EAGER if near else CALM)
        each.due = now + min(LONGEST_PAUSE, max(LEAST_PAUSE if near else CALM_PAUSE, pause))

    def _note_growth(self, each: Watched) -> None:
        """Note whether a home grows that is full; what was written by who has been ended by now is nobody else's."""
        if each.disk is None or self._find_share(each.disk) <= 1:
            each.base, each.has_grown, each.endings = None, False, 0
        elif each.base is None:
            each.base = each.disk if each.counting_since > each.ended_at else None
        else:
            grown = Room(each.disk.size - each.base.size, each.disk.files - each.base.files)
            each.has_grown = grown.size > WRITES or grown.files > MAKES

    def _may_be_full(self, each: Watched, free: Room) -> bool:
        """Whether somebody were near their quota, had they alone written what has gone since their home was counted."""
        if each.disk is None:
            return True
        if self._clock() < each.counted_at + max(LEAST_PAUSE, EAGER * each.disk.took):
            return False
        gone = Room(max(0, each.free_then.size - free.size), max(0, each.free_then.files - free.files))
        if gone.size < WRITES and gone.files < MAKES:
            return False
        may_be = DiskUse(each.disk.size + gone.size, each.disk.files + gone.files)
        return self._find_share(may_be) >= WARN_AT

    def _is_near(self, each: Watched) -> bool:
        return each.disk is not None and self._find_share(each.disk) >= WARN_AT

    def _find_share(self, disk: DiskUse) -> float:
        return max(disk.size / self._limits.disk, disk.files / self._limits.files)

    # ── What is done ──────────────────────────────────────────────────────────────────────────────────────────────

    def _look_after(self, each: Watched, seen: Mapping[int, Seen], *, free: Room) -> bool:
        """Bound one person, and tell them; return whether to look again soon."""
        trees = find_trees(seen, first=each.person.pid, server=each.person.server) if seen else {}
        is_fast = not each.person.groups and self._bound_memory(each, seen, trees)
        is_full = free.size < self._reserve or (each.disk is not None and self._find_share(each.disk) > 1)
        is_near = self._is_near(each)
        if seen and (is_full or is_near):
            self._bound_disk(each, seen, trees, is_full=is_full)
        self._tell(each, seen, is_full=is_full)
        return is_fast or is_near or is_full

    def _bound_memory(self, each: Watched, seen: Mapping[int, Seen], trees: Mapping[int, list[int]]) -> bool:
        """End a kernel that has outgrown its memory, or the largest of too many, or all; return whether one grows."""
        rough = {root: sum(seen[pid].memory for pid in pids) for root, pids in trees.items()}
        exact = {
            root: sum(read_private_memory(pid) for pid in trees[root])
            for root, size in rough.items()
            if size > self._limits.kernel_memory or sum(rough.values()) > self._limits.memory
        }
        beyond = [root for root, size in exact.items() if size > self._limits.kernel_memory]
        if not beyond and sum(exact.values()) > self._limits.memory:
            beyond = [max(exact, key=lambda root: exact[root])]
        for root in beyond:
            self._end(each, trees[root], seen, reason="memory")
        own = seen.keys() - {pid for pids in trees.values() for pid in pids}
        if sum(seen[pid].memory for pid in own) > self._limits.memory < sum(map(read_private_memory, own)):
            self._end_server(each, reason="memory")
        fast = GROWS_FAST * self._limits.kernel_memory
        grows = any(size - each.memory.get(root, size) > fast for root, size in rough.items())
        each.memory = rough
        return grows or bool(exact)

    def _bound_disk(
        self, each: Watched, seen: Mapping[int, Seen], trees: Mapping[int, list[int]], *, is_full: bool
    ) -> None:
        """End what has written where there is no room, or else, where a home grows, what is busy; else everything."""
        before, each.busy = each.busy, {_name(seen[pid]): seen[pid].cpu for pids in trees.values() for pid in pids}
        written = {_name(process): read_written(pid) for pid, process in seen.items()}
        if not is_full or not each.written:
            each.written = written
            return
        # Since there is no room: who writes slowly writes too.
        wrote = {name for name, size in written.items() if size - each.written.get(name, 0) > WRITES}
        works = {name for name, cpu in each.busy.items() if cpu - before.get(name, 0) > 0}
        ended: list[int] = []
        for names in (wrote, *((works, works | each.busy.keys()) if each.has_grown else ())):
            ended = ended or [root for root, pids in trees.items() if any(_name(seen[pid]) in names for pid in pids)]
        for root in ended:
            self._end(each, trees[root], seen, reason="disk")
        if each.has_grown and (not ended or each.endings >= MOST_ENDINGS):
            self._end_server(each, reason="disk")
        if ended:
            each.ended_at, each.base, each.has_grown = self._clock(), None, False
            each.endings += 1
        each.due = 0  # count again: there may be room now

    def _end(self, each: Watched, pids: Collection[int], seen: Mapping[int, Seen], *, reason: str) -> None:
        for pid in pids:
            log.info("%s: process %s is ended for want of %s", each.person.name, pid, reason)
            if not end_process(self._kernels, pid=pid, started=seen[pid].started, reason=reason):
                log.debug("Process %s had ended.", pid)

    def _end_server(self, each: Watched, *, reason: str) -> None:
        """End all that is somebody's: what goes beyond is the server itself, and nothing that it has started."""
        log.warning("%s: the server is ended for want of %s", each.person.name, reason)
        each.person.sandbox.kill()

    def _tell(self, each: Watched, seen: Mapping[int, Seen], *, is_full: bool) -> None:
        use = {**self._describe(each, seen), "is_full": is_full}
        if use == each.told:
            return
        with contextlib.suppress(OSError):  # a full disk; they are told at the next look
            write_whole(Path(each.person.shown, USE), use)
            each.told = use

    def _describe(self, each: Watched, seen: Mapping[int, Seen]) -> dict[str, Any]:
        memory, cpu, processes = read_use(each.person, seen)
        disk = each.disk
        return {
            "memory": memory, "memory_limit": self._limits.memory,
            "processes": processes, "process_limit": self._limits.processes,
            "cpu_percent": self._find_cpu_percent(each, cpu), "cpu_limit": self._limits.cpu,
            "disk": disk.size if disk else None, "disk_limit": self._limits.disk,
            "files": disk.files if disk else None, "file_limit": self._limits.files,
            "is_near_full": self._is_near(each),
        }  # fmt: skip

    def _find_cpu_percent(self, each: Watched, used: float | None) -> float | None:
        if used is None:
            return None
        before, each.cpu = each.cpu, (used, self._clock())
        if before is None or each.cpu[1] <= before[1]:
            return 0.0
        return round(max(0.0, 100 * (used - before[0]) / (each.cpu[1] - before[1])), 1)


def read_use(person: LimitedPerson, seen: Mapping[int, Seen]) -> tuple[int | None, float | None, int | None]:
    """Return the memory, seconds of processor time and number of processes that a person uses."""
    if person.groups:
        group = Group(person.groups)
        with contextlib.suppress(OSError):
            return group.read_memory(), group.read_cpu_seconds(), group.read_process_count()
        return None, None, None
    # Private memory is dear to read; what is shared with the fork server is in this, and said to be too much rather.
    return sum(each.memory for each in seen.values()), sum(each.cpu for each in seen.values()), len(seen)


def _name(process: Seen) -> tuple[int, int]:
    return process.pid, process.started
