"""Large answers are made one at a time: one by itself takes little from readers, several would take all there is.

Who waits for a turn holds no thread.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from datahall_hub.services.hall.faults import Unavailable
from datahall_hub.services.hall.wording import N_

MOST_WAITING = 20  # answers, each of which takes a second at most; programs wait longer than that
MOST_OF_ONE = 2  # answers of one client: one in the making, one that waits


class Crowded(Unavailable):
    """Too many large answers are asked for at the same time."""

    code = "busy"


class Turns:
    """The turns of one event loop; safe to make before it runs."""

    def __init__(self, *, most_waiting: int = MOST_WAITING) -> None:
        self._most = most_waiting + 1
        self._taken: Counter[str] = Counter()  # by client; none is held at nought
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def take(self, client: str) -> AsyncIterator[None]:
        """Wait for a turn of `client`, and have it until the end of the block.

        Raises
        ------
        Crowded
            If too many others wait for theirs, or this client has as many as one may.
        """
        if self._taken.total() >= self._most or self._taken[client] >= MOST_OF_ONE:
            raise Crowded(
                N_("The hall is making other large answers at the moment."), hint=N_("Try again in a moment.")
            )
        self._taken[client] += 1
        try:
            async with self._lock:
                yield
        finally:
            self._taken -= Counter((client,))  # which forgets whoever has none left
