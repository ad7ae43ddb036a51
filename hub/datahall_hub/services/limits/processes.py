"""The processes in people's sandboxes, seen from outside: who they belong to, what they use, what they write.

One pass over ``/proc`` finds everybody's. What ends while it is being looked at is left out.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from datahall_hub.services.limits.disk_use import BLOCK

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Seen:
    """A process, as it was a moment ago.

    Parameters
    ----------
    parent
        Its parent as the machine sees it; of what was forked into a sandbox, the fork server.
    namespace
        The inode of its process namespace, which is its sandbox's.
    cpu
        Seconds of processor time.
    memory
        Bytes of memory that no file is behind; what it shares with the fork server is among them.
    """

    pid: int
    started: int
    parent: int
    namespace: int
    cpu: float
    memory: int


def find_namespace(pid: int) -> int | None:
    """Return the inode of a process's process namespace."""
    try:
        return os.stat(f"/proc/{pid}/ns/pid").st_ino  # noqa: PTH116 many times a second
    except OSError:
        return None


def see_processes() -> Iterator[Seen]:
    """Return every process that is in another namespace than this one."""
    own = find_namespace(os.getpid())
    for name in os.listdir("/proc"):  # noqa: PTH208 many times a second
        if not name.isdecimal():
            continue
        namespace = find_namespace(int(name))
        if namespace is None or namespace == own:
            continue
        with contextlib.suppress(OSError, ValueError, IndexError):
            yield _read(int(name), namespace)


def _read(pid: int, namespace: int) -> Seen:
    # The second field is a name in parentheses that may hold anything.
    words = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    _, resident, shared = (int(word) for word in Path(f"/proc/{pid}/statm").read_bytes().split()[:3])
    return Seen(
        pid=pid,
        started=int(words[19]),
        parent=int(words[1]),
        namespace=namespace,
        cpu=(int(words[11]) + int(words[12])) / TICKS,
        memory=(resident - shared) * PAGE,
    )


def read_free_memory() -> int:
    """Return the bytes that the machine could still give to programs; a quick glance."""
    for line in Path("/proc/meminfo").read_bytes().splitlines():
        if line.startswith(b"MemAvailable:"):
            return int(line.split()[1]) << 10
    return 0


def read_private_memory(pid: int) -> int:
    """Return the bytes that a process alone has, exactly; dearer than what `see_processes` says. 0 where it ended."""
    size = 0
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_bytes().splitlines():
            if line.startswith((b"Private_Dirty:", b"Private_Clean:", b"Swap:")):
                size += int(line.split()[1]) << 10
    return size


def read_written(pid: int) -> int:
    """Return the bytes that a process has written to disks in all its life, memory and sockets left out.

    0 where that is not to be seen.
    """
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/io").read_bytes().splitlines():
            if line.startswith(b"write_bytes:"):
                return int(line.split()[1])
    return 0


def measure_unlinked(pids: Iterable[int], *, folder: str) -> int:
    """Return the bytes of files on the disk of `folder` that have no name any more and that processes hold.

    Held are files that are open or, where this is root, mapped; not those whose descriptor is on its way between two
    processes. Those of a process that may not be looked into count as none.
    """
    held: dict[int, int] = {}
    with contextlib.suppress(OSError):
        device = os.stat(folder).st_dev  # noqa: PTH116
        for pid in pids:
            for path in _list_held(pid):
                with contextlib.suppress(OSError):
                    status = os.stat(path)  # noqa: PTH116
                    if status.st_nlink == 0 and status.st_dev == device and stat.S_ISREG(status.st_mode):
                        held[status.st_ino] = status.st_blocks * BLOCK
    return sum(held.values())


def _list_held(pid: int) -> Iterator[str]:
    """Yield where the files lie that a process has open, and those without a name that it has mapped."""
    with contextlib.suppress(OSError):  # it has ended
        for entry in os.scandir(f"/proc/{pid}/fd"):
            yield entry.path
        with open(f"/proc/{pid}/maps", "rb") as maps:  # noqa: PTH123
            for line in maps:
                if line.endswith(b" (deleted)\n"):
                    begin, end = line.split(maxsplit=1)[0].decode().split("-")
                    yield f"/proc/{pid}/map_files/{int(begin, 16):x}-{int(end, 16):x}"


def find_trees(seen: Mapping[int, Seen], *, first: int, server: int) -> dict[int, list[int]]:
    """Return the processes of one sandbox below each that the server or a fork server has started, that one first.

    Those are the kernels and terminals. The first process and the server are in none: they are never ended.
    """
    trees: dict[int, list[int]] = {}
    for pid in seen:
        root, steps = pid, 0
        while (parent := seen[root].parent) in seen and parent not in (first, server) and steps < len(seen):
            root, steps = parent, steps + 1
        if root not in (first, server):
            trees.setdefault(root, [root])
            if pid != root:
                trees[root].append(pid)
    return trees
