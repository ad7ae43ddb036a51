"""A bell wakes who waits, is not lost on who comes later, and lasts no longer than one hearing."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from datahall_hub.services.hall.app_desk.bell import Bell

LONG = 20.0  # seconds; nobody waits so long


def listen(bell: Bell, *, seconds: float = LONG) -> float:
    """Wait for the bell in a loop of its own and return how long that took."""
    began = time.monotonic()
    asyncio.run(bell.wait(seconds))
    return time.monotonic() - began


def test_a_ring_before_is_heard_at_once_and_only_once() -> None:
    bell = Bell()
    bell.ring()
    bell.ring()
    assert listen(bell) < LONG / 2
    assert listen(bell, seconds=0.2) >= 0.2


def test_a_ring_from_another_thread_wakes() -> None:
    bell = Bell()
    ringing = threading.Timer(0.1, bell.ring)
    ringing.start()
    assert 0.05 < listen(bell) < LONG / 2
    ringing.join()


@pytest.mark.parametrize("times", [1, 3])
def test_nobody_needs_to_listen(times: int) -> None:
    bell = Bell()
    listen(bell, seconds=0.01)  # whose loop has ended
    for _ in range(times):
        bell.ring()
    assert listen(bell) < LONG / 2
