"""When a process started: together with its id it names one process for ever."""

from __future__ import annotations

from pathlib import Path


def find_start(pid: int) -> int | None:
    """Return the moment a process started, in the kernel's ticks since boot; None where there is none."""
    try:
        status = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    # The second field is a name in parentheses that may hold anything; the start is the 22nd field.
    return int(status.rpartition(b")")[2].split()[19])
