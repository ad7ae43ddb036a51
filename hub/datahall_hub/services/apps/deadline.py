"""A time limit on a stream of pieces that does not end when it is cancelled.

`asyncio.timeout` would not do: nbclient takes a cancellation for a dead kernel, Voila goes on with an empty
cell, and the page would look finished.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

CLEAN_UP_WITHIN = 5.0  # seconds an abandoned stream has to let go


class Deadline:
    """A point in time that can be put off."""

    def __init__(self, seconds: float) -> None:
        self.put_off(seconds)

    def put_off(self, seconds: float) -> None:
        """Begin anew: `seconds` from now."""
        self._at = asyncio.get_running_loop().time() + seconds

    def left(self) -> float:
        """Return the seconds left, below zero when it is over."""
        return self._at - asyncio.get_running_loop().time()


async def take_before(deadline: Deadline, stream: AsyncGenerator[str, None]) -> AsyncIterator[str]:
    """Yield the pieces of `stream`; raise `TimeoutError` when the next one is not there in time."""
    try:
        while True:
            piece = await _take_next(stream, deadline=deadline)
            if piece is None:
                return
            yield piece
    finally:
        await stream.aclose()


async def _take_next(stream: AsyncGenerator[str, None], *, deadline: Deadline) -> str | None:
    async def step() -> str | None:
        return await anext(stream, None)

    task = asyncio.ensure_future(step())
    try:
        while not task.done():
            if deadline.left() <= 0:
                raise TimeoutError
            await asyncio.wait({task}, timeout=deadline.left())
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            # What it says now is of no interest, but it must have been heard.
            await asyncio.wait({task}, timeout=CLEAN_UP_WITHIN)
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
