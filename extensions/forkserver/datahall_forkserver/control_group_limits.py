"""How a control group is bounded: the same few limits, as either kind of control groups has them written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PERIOD = 100_000  # microseconds over which a share of processor time is dealt out
LEAST_QUOTA = 1_000  # microseconds; the kernel takes no less


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


def write_limits(folder: Path, limits: GroupLimits) -> None:
    """Bound the group of a folder; what has no controller there stays without a bound."""
    write = _limit_second_kind if is_second_kind(folder) else _limit_first_kind
    write(folder, limits)


def is_second_kind(folder: Path) -> bool:
    """Whether a group is one of the second kind."""
    return (folder / "cgroup.controllers").exists()


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
