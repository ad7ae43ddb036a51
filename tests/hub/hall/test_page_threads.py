"""Pages are made in threads, no more at once than there are cores, in the order in which they were asked for."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from datahall_hub.services.hall.page_threads import PageThreads


@pytest.mark.parametrize("count", [1, 2, 3])
def test_no_more_pages_are_made_at_once_than_there_are_threads(count: int) -> None:
    lock, at_once, most = threading.Lock(), 0, 0

    def make() -> None:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.02)
        with lock:
            at_once -= 1

    async def ask() -> None:
        threads = PageThreads(count)
        await asyncio.gather(*(threads.make(make) for _ in range(4 * count)))

    asyncio.run(ask())
    assert most == count


def test_pages_are_made_in_the_order_of_asking() -> None:
    made: list[int] = []

    async def ask() -> None:
        threads = PageThreads(1)
        await asyncio.gather(*(threads.make(made.append, number) for number in range(20)))

    asyncio.run(ask())
    assert made == list(range(20))


def test_who_no_longer_waits_keeps_nobody_from_a_thread() -> None:
    async def ask() -> str:
        threads = PageThreads(1)
        held, free = asyncio.Event(), threading.Event()
        loop = asyncio.get_running_loop()

        def hold() -> None:
            loop.call_soon_threadsafe(held.set)
            free.wait(10)

        holding = asyncio.create_task(threads.make(hold))
        await held.wait()
        waiting = asyncio.create_task(threads.make(str, "never"))
        await asyncio.sleep(0.01)
        waiting.cancel()
        free.set()
        await holding
        return await asyncio.wait_for(threads.make(str, "soon"), 5)

    assert asyncio.run(ask()) == "soon"


def test_what_a_page_raises_reaches_who_asked() -> None:
    async def ask() -> None:
        threads = PageThreads()
        with pytest.raises(ValueError, match="no page"):
            await threads.make(_fail)
        assert await threads.make(int, "7") == 7

    asyncio.run(ask())


def _fail() -> None:
    raise ValueError("no page")
