"""The line in which starts wait: so many at once, in the order they came, and everybody knows their place.

Servers that start at the same moment slow each other down until none is ready in time; a few go on well. A turn does
not last for ever: what runs in a server that starts is its owner's, and may take as long as they like.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

LONGEST_TURN = 10.0  # seconds; a start takes a few tenths


@dataclass(eq=False)
class Place:
    """Somebody's place; `turn` is set when it is theirs, `moved` then and whenever somebody before them has gone."""

    turn: asyncio.Event = field(default_factory=asyncio.Event)
    moved: asyncio.Event = field(default_factory=asyncio.Event)


class StartLine:
    """Lets `at_once` go on at a time, each for at most `longest` seconds; whoever takes longer goes on beside them."""

    def __init__(self, at_once: int, *, longest: float = LONGEST_TURN) -> None:
        self._at_once, self._longest = at_once, longest
        self._waiting: list[Place] = []
        self._going: set[Place] = set()

    @contextlib.asynccontextmanager
    async def turn(self, place: Place) -> AsyncIterator[None]:
        """Wait for one's turn, and make room for the next afterwards; whoever is cancelled leaves the line."""
        self._waiting.append(place)
        self._call_next()
        try:
            await place.turn.wait()
            yield
        finally:
            if place in self._waiting:
                self._waiting.remove(place)
            self._give_back(place)

    def count_before(self, place: Place) -> int | None:
        """Return how many are before this one in the line; None for one whose turn it is, or who has left."""
        return self._waiting.index(place) if place in self._waiting else None

    def _give_back(self, place: Place) -> None:
        self._going.discard(place)
        self._call_next()

    def _call_next(self) -> None:
        while self._waiting and len(self._going) < self._at_once:
            called = self._waiting.pop(0)
            self._going.add(called)
            called.turn.set()
            called.moved.set()
            asyncio.get_running_loop().call_later(self._longest, self._give_back, called)
        for place in self._waiting:
            place.moved.set()
