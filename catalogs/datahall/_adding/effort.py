"""Effort: how many bytes there are to go through, and how many are done, told to whoever draws a bar."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int | None], None]


class Effort:
    """Calls `progress` with the bytes just done and those there are in all, None while nobody knows."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._expected = self._done = 0

    def expect(self, size: int) -> None:
        """Say that there are `size` bytes more to go through, or fewer where it is below zero."""
        self._expected += size

    def advance(self, size: int) -> None:
        """Say that `size` bytes are done."""
        self._done += size
        if self._progress is not None:
            self._progress(size, self._expected if self._expected > self._done else None)
