"""Speaks with a Chromium through its pipe: messages of JSON, each ended by a zero byte. Bounded in time and size.

Chromium has read what strangers wrote, so its answers are data: nothing in them is believed but their shape.
"""

from __future__ import annotations

import json
import os
import select
import time
from collections.abc import Callable, Iterator
from typing import Any

LARGEST = 30_000_000  # bytes of all that a browser may say; a screenshot has two at most
PIECE = 1 << 16  # bytes read or written at once

Event = dict[str, Any]


class BrowserFailed(Exception):
    """The browser has ended, says what nobody asked for, or takes too long."""


class BrowserCrashed(BrowserFailed):
    """The browser has ended, or a part of it."""


class Pipe:
    """One conversation. `hear` is given every event while an answer is waited for, and may only `tell`."""

    def __init__(self, *, sending: int, receiving: int, until: float) -> None:
        self._sending, self._receiving, self._until = sending, receiving, until
        self._number, self._received, self._rest = 0, 0, bytearray()
        self.hear: Callable[[Event], None] = lambda _: None
        os.set_blocking(sending, False)
        os.set_blocking(receiving, False)

    def ask(self, method: str, *, session: str = "", **parameters: Any) -> dict[str, Any]:
        """Return the answer to a question; raise `BrowserFailed`."""
        number = self.tell(method, session=session, **parameters)
        for message in self._listen():
            if message.get("id") == number:
                result = message.get("result")
                if not isinstance(result, dict):
                    raise BrowserFailed(f"{method} is refused: {str(message.get('error'))[:200]}")
                return result
        raise BrowserCrashed("it has ended")

    def tell(self, method: str, *, session: str = "", **parameters: Any) -> int:
        """Send a question whose answer nobody waits for; return its number."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        self._send(json.dumps(message | ({"sessionId": session} if session else {})).encode() + b"\0")
        return self._number

    def wait_for(self, method: str) -> None:
        """Wait for an event; raise `BrowserFailed`."""
        for message in self._listen():
            if message.get("method") == method:
                return
        raise BrowserCrashed("it has ended")

    def _listen(self) -> Iterator[dict[str, Any]]:
        """Yield its messages until it ends; those that are events are heard before."""
        while True:
            end = self._rest.find(b"\0")
            if end < 0:
                if not self._receive():
                    return
                continue
            content = bytes(self._rest[:end])
            del self._rest[: end + 1]
            message = _read(content)
            if "method" in message:
                self.hear(message)
            yield message

    def _receive(self) -> bool:
        self._wait(self._receiving, select.POLLIN)
        piece = os.read(self._receiving, PIECE)
        self._received += len(piece)
        if self._received > LARGEST:
            raise BrowserFailed("it says too much")
        self._rest += piece
        return bool(piece)

    def _send(self, message: bytes) -> None:
        left = memoryview(message)
        while left:
            self._wait(self._sending, select.POLLOUT)
            try:
                left = left[os.write(self._sending, left[:PIECE]) :]
            except BlockingIOError:
                continue
            except BrokenPipeError as error:
                raise BrowserCrashed("it has ended") from error

    def _wait(self, descriptor: int, what: int) -> None:
        poll = select.poll()
        poll.register(descriptor, what)
        left = self._until - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise BrowserFailed("it takes too long")


def _read(content: bytes) -> dict[str, Any]:
    try:
        message = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BrowserFailed("it says what is no JSON") from error
    if not isinstance(message, dict):
        raise BrowserFailed("it says what is no message")
    return message
