"""Large answers are made one at a time: one by itself takes little from readers, several would take all there is.

Who waits for a turn holds no thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from datahall_hub.services.hall.faults import Unavailable
from datahall_hub.services.hall.wording import N_

MOST_WAITING = 20  # answers, each of which takes a second at most; programs wait longer than that


class Crowded(Unavailable):
    """Too many large answers are asked for at the same time."""

    code = "busy"


class Turns:
    """The turns of one event loop; safe to make before it runs."""

    def __init__(self, *, most_waiting: int = MOST_WAITING) -> None:
        self._most, self._taken = most_waiting + 1, 0
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def take(self) -> AsyncIterator[None]:
        """Wait for a turn, and have it until the end of the block.

        Raises
        ------
        Crowded
            If too many others wait for theirs.
        """
        if self._taken >= self._most:
            raise Crowded(
                N_("The hall is making other large answers at the moment."), hint=N_("Try again in a moment.")
            )
        self._taken += 1
        try:
            async with self._lock:
                yield
        finally:
            self._taken -= 1
