"""How much a home takes on the disk: what its owner has put there, counted without following any link.

People write while this counts, and would like it to miss something or to run for ever: folders are opened one below the
other, never by a path that could lead elsewhere meanwhile, and another file system is not entered.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from dataclasses import dataclass, field
from pathlib import Path

BLOCK = 512  # bytes in which st_blocks counts
DEEPEST = 200  # folders within each other; each holds a descriptor open
OPENED = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


@dataclass(frozen=True)
class DiskUse:
    """What a home takes; not less than this where counting was given up."""

    size: int
    files: int
    is_whole: bool = True
    took: float = 0  # seconds


@dataclass
class _Count:
    device: int
    most_files: int
    deadline: float
    size: int = 0
    files: int = 0
    is_whole: bool = True
    linked: set[int] = field(default_factory=set)

    @property
    def is_over(self) -> bool:
        if self.files >= self.most_files or (self.files % 256 == 0 and time.monotonic() > self.deadline):
            self.is_whole = False
        return not self.is_whole


def measure_disk_use(folder: Path, *, most_files: int, within: float) -> DiskUse:
    """Return what a folder takes; given up after so many files or `within` seconds.

    Folders that lie too deep within each other cannot be counted: the home then holds as many files as it may.
    """
    begun = time.monotonic()
    root = os.open(folder, OPENED)
    count = _Count(device=os.fstat(root).st_dev, most_files=most_files, deadline=begun + within)
    with contextlib.ExitStack() as stack:
        within_each_other = [_open_listing(root, stack)]
        while within_each_other and not count.is_over:
            below = _count_next(within_each_other[-1], count)
            if below is None:
                within_each_other.pop().close()
            elif below and len(within_each_other) < DEEPEST:
                within_each_other.append(_open_listing(below, stack))
            elif below:
                os.close(below)
                count.files, count.is_whole = most_files, False
    return DiskUse(count.size, count.files, count.is_whole, time.monotonic() - begun)


class _Listing:
    """A folder that is being counted, held open."""

    def __init__(self, folder: int) -> None:
        self.folder = folder
        self.entries = os.scandir(folder)

    def close(self) -> None:
        if self.folder >= 0:
            self.entries.close()
            os.close(self.folder)
            self.folder = -1


def _open_listing(folder: int, stack: contextlib.ExitStack) -> _Listing:
    listing = _Listing(folder)
    stack.callback(listing.close)
    return listing


def _count_next(listing: _Listing, count: _Count) -> int | None:
    """Count the next entry; return the descriptor of a folder to be counted as well, 0 for none, None at the end."""
    entry = next(listing.entries, None)
    if entry is None:
        return None
    try:
        status = entry.stat(follow_symlinks=False)
        _add(status, count)
        if stat.S_ISDIR(status.st_mode) and status.st_dev == count.device:
            return os.open(entry.name, OPENED, dir_fd=listing.folder)
    except OSError:  # it is gone again
        pass
    return 0


def _add(status: os.stat_result, count: _Count) -> None:
    if status.st_nlink > 1 and not stat.S_ISDIR(status.st_mode):
        if status.st_ino in count.linked:  # another name of a file that has been counted
            return
        count.linked.add(status.st_ino)
    count.files += 1
    count.size += status.st_blocks * BLOCK
