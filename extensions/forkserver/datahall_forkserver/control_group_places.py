"""Where on this machine control groups can be made, and of which kind: read from what the kernel says is mounted.

Groups of the second kind are made in our own group where that is left to us, else above it, where others have parted
one already. Those of the first kind have a folder for each controller.
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

MEMORY, PROCESSES, CPU = "memory", "pids", "cpu"
USED_CPU = "cpuacct"  # where the first kind counts processor time
CONTROLLERS = (CPU, MEMORY, PROCESSES)
REST = "rest"  # the group of whatever ran where groups are to be made
MOUNTS, OWN = Path("/proc/self/mountinfo"), Path("/proc/self/cgroup")

NONE = "this machine has no control groups of memory and processes"
NOT_OURS = "the control groups of this machine may not be written by who runs this"


def look_for_places(mounts: Path, own: Path) -> tuple[dict[str, Path] | str, int]:
    """Return the folder in which groups can be made by controller, and their kind; or why there is none, and 0."""
    try:
        places, kind = find_places(mounts.read_text(), own=own.read_text())
    except OSError:
        return NONE, 0
    if not places:
        return NONE, 0
    if not all(os.access(place, os.W_OK) for place in places.values()):
        return NOT_OURS, 0
    return places, kind


def find_places(mounts: str, *, own: str, is_leaf: bool = False) -> tuple[dict[str, Path], int]:
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
                part(here)
        places = [here, *(place for place in here.parents if place.is_relative_to(root))]
        for place in places:
            parted = set((place / "cgroup.subtree_control").read_text().split())
            if parted & {MEMORY, PROCESSES} and _may_write(place):
                return dict.fromkeys(parted & set(CONTROLLERS), place)
        return dict.fromkeys(offered & set(CONTROLLERS), here)  # which may not be written: that is said of it
    except OSError:
        return {}


def part(group: Path) -> None:
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


def _unescape(word: str) -> str:
    """Return a path as it is, not as mountinfo writes it."""
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), word)
