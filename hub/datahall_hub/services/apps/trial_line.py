"""The line of those who want an app tried: one at a time, some wait, and the others are told to come back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

MOST_WAITING = 10


class LineFullError(Exception):
    """So many wait already that nobody knows when it will be one's turn."""


class TrialLine:
    """Who comes first is first; whoever is cancelled while waiting leaves the line."""

    def __init__(self, *, most_waiting: int = MOST_WAITING) -> None:
        self._most_waiting = most_waiting
        self._waiting = 0
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one's turn and hold it.

        Raises
        ------
        LineFullError
            If too many wait.
        """
        if self._turn.locked() and self._waiting >= self._most_waiting:
            raise LineFullError
        self._waiting += 1
        try:
            await self._turn.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turn.release()
