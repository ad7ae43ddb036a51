"""Remembers for a second what was found out about a version, while its files stay as they are.

A program that reads Parquet by ranges asks hundreds of times a second for the same: looking cards and store up in a
thread each time costs more than the bytes. What is remembered is dropped at once when a newer version comes or a file
goes, and after `SECONDS` in any case, so that a changed card takes effect.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")

SECONDS = 1.0
MOST = 1_000  # versions


class RecentVersions(Generic[T]):
    """What was found out lately, by dataset and the version asked for."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str | None], tuple[float, T, Sequence[Path], tuple[object, ...]]] = {}

    def find(self, dataset_id: str, version: str | None) -> T | None:
        """Return what was found out within the last second; None where that may have changed."""
        known = self._found.get((dataset_id, version))
        if known is None:
            return None
        until, found, watched, marks = known
        if time.monotonic() < until and _mark(watched) == marks:
            return found
        del self._found[dataset_id, version]
        return None

    def note(self, dataset_id: str, version: str | None, found: T, *, watched: Sequence[Path]) -> None:
        """Remember what was found out, as long as the `watched` files stay the same."""
        if len(self._found) >= MOST:
            self._found.clear()
        self._found[dataset_id, version] = time.monotonic() + SECONDS, found, watched, _mark(watched)


def _mark(files: Sequence[Path]) -> tuple[object, ...]:
    """Return by what a change of one of the files is seen."""
    return tuple(_mark_file(file) for file in files)


def _mark_file(file: Path) -> tuple[int, int, int] | None:
    try:
        state = os.stat(file)  # noqa: PTH116 a third of the time of Path.stat, hundreds of times a second
    except OSError:
        return None
    return state.st_ino, state.st_mtime_ns, state.st_size
