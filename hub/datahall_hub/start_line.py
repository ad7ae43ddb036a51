"""The line in which starts wait: so many at once, in the order they came, and everybody knows their place.

Servers that start at the same moment slow each other down until none is ready in time; a few go on well.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field


@dataclass(eq=False)
class Place:
    """Somebody's place; `turn` is set when it is theirs, `moved` then and whenever somebody before them has gone."""

    turn: asyncio.Event = field(default_factory=asyncio.Event)
    moved: asyncio.Event = field(default_factory=asyncio.Event)


class StartLine:
    """Lets `at_once` go on at a time."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._waiting: list[Place] = []
        self._going = 0

    @contextlib.asynccontextmanager
    async def turn(self, place: Place) -> AsyncIterator[None]:
        """Wait for one's turn, and make room for the next afterwards; whoever is cancelled leaves the line."""
        self._waiting.append(place)
        self._call_next()
        try:
            await place.turn.wait()
            yield
        finally:
            if place.turn.is_set():
                self._going -= 1
            else:
                self._waiting.remove(place)
            self._call_next()

    def count_before(self, place: Place) -> int | None:
        """Return how many are before this one in the line; None for one whose turn it is, or who has left."""
        return self._waiting.index(place) if place in self._waiting else None

    def _call_next(self) -> None:
        while self._waiting and self._going < self._at_once:
            self._going += 1
            called = self._waiting.pop(0)
            called.turn.set()
            called.moved.set()
        for place in self._waiting:
            place.moved.set()
