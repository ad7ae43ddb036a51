"""A bell that any thread may ring, and that one coroutine at a time waits for; a ring that nobody hears is not lost."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress


class Bell:
    """Rung once or often before it is waited for, it is heard once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_rung = False
        self._waiting: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None

    def ring(self) -> None:
        """Wake whoever waits, now or later."""
        with self._lock:
            self._is_rung = True
            if self._waiting is not None:
                loop, heard = self._waiting
                loop.call_soon_threadsafe(heard.set)

    async def wait(self, seconds: float) -> None:
        """Wait until it is rung, at most so long."""
        heard = asyncio.Event()
        with self._lock:
            self._waiting = asyncio.get_running_loop(), heard
            if self._is_rung:
                heard.set()
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(heard.wait(), seconds)
        finally:
            with self._lock:
                self._waiting, self._is_rung = None, False
