"""How much of the service one sandbox may have at a time, so that nobody takes what others need.

A sandbox may hold as many connections as are still free for everybody, and never more than a fixed number: however
many somebody opens, a newcomer finds room. Whoever has all they may is made to wait, not refused. Of what streams
pass on, one piece of each sandbox goes in a turn of the event loop, however many streams it has.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

MOST_EACH = 128  # connections of one sandbox: pip, git and browsers open some ten at a time
MOST_OF_ALL = 2048  # connections; each may take some 200 kB of memory while neither side reads
DESCRIPTORS_EACH = 2  # of a connection: one inside, one outside
KEPT_BACK = 256  # descriptors for listeners, the control socket, names being looked up
LOOK_EVERY = 0.05  # seconds between two looks of who waits for a seat
CONNECTIONS_PER_SECOND = 100.0  # of one sandbox, in the long run
AT_ONCE = 200.0  # connections that may come in one moment
LOOKUPS_EACH = 4  # names that one sandbox has looked up at the same time


@dataclass
class Hall:
    """All seats there are."""

    seats: int
    taken: int = 0

    @classmethod
    def of_descriptors(cls, limit: int) -> Hall:
        """Return as many seats as a process with `limit` descriptors can serve."""
        return cls(max(MOST_EACH, min(MOST_OF_ALL, (limit - KEPT_BACK) // DESCRIPTORS_EACH)))

    @property
    def free(self) -> int:
        """How many nobody has."""
        return self.seats - self.taken


@dataclass
class Share:
    """What one sandbox has of it."""

    hall: Hall
    taken: int = 0
    served: int = 0
    refused: int = 0
    waited: int = 0
    lookups: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LOOKUPS_EACH))
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _tokens: float = AT_ONCE
    _counted_at: float = field(default_factory=time.monotonic)

    async def take_seat(self) -> None:
        """Take a seat once there is one; whoever has many waits longest."""
        while self.taken >= min(MOST_EACH, self.hall.free):
            self.waited += 1
            await asyncio.sleep(LOOK_EVERY)
        self.taken += 1
        self.hall.taken += 1
        self.served += 1

    def leave_seat(self) -> None:
        """Give a seat back."""
        self.taken -= 1
        self.hall.taken -= 1

    async def await_pace(self) -> None:
        """Wait where connections come quicker than anybody needs; each costs the service time of everybody's."""
        now = time.monotonic()
        self._tokens = min(AT_ONCE, self._tokens + (now - self._counted_at) * CONNECTIONS_PER_SECOND)
        self._counted_at = now
        self._tokens -= 1
        if self._tokens < 0:
            await asyncio.sleep(-self._tokens / CONNECTIONS_PER_SECOND)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold this sandbox's turn to pass a piece on; others' sandboxes go in between."""
        async with self._turn:
            yield
            await asyncio.sleep(0)
