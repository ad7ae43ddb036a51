"""What names a process: its id, here or in a namespace of its own, and together with that the moment it started."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path


def find_start(pid: int) -> int | None:
    """Return the moment a process started, in the kernel's ticks since boot; None where there is none."""
    fields = _read_fields(pid)
    return int(fields[19]) if fields else None


def find_parent(pid: int) -> int | None:
    """Return a process's parent; None where there is no such process."""
    fields = _read_fields(pid)
    return int(fields[1]) if fields else None


def _read_fields(pid: int) -> list[bytes]:
    """Return what `/proc` tells of a process, from the third field on."""
    try:
        status = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return []
    # The second field is a name in parentheses that may hold anything.
    return status.rpartition(b")")[2].split()


def find_inner_pid(pid: int) -> int | None:
    """Return a process's id as it is in its own process namespace; None where there is no such process."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(errors="replace")
    except OSError:
        return None
    words = status.partition("\nNSpid:")[2].partition("\n")[0].split()
    return int(words[-1]) if words else None


def list_children(parent: int) -> Iterator[int]:
    """Return the children of a process, zombies included."""
    for task in Path(f"/proc/{parent}/task").iterdir():
        with contextlib.suppress(OSError):
            yield from (int(word) for word in (task / "children").read_text().split())
