"""Run something in a kernel until it is done, or until time, output or the kernel itself come to their end first."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from nbclient.exceptions import CellExecutionError, DeadKernelError

from datahall_hub.app_life.trial_report import Ending

from .trial_kernels import TrialKernel
from .trial_outputs import BoundedClient
from .wakeups import kept_awake

LET_GO_WITHIN = 5.0  # seconds something that was ended has to end
# How often, and how many seconds apart, is looked whether a kernel has died; longer, and one that prints dies of that.
DYING_LOOKS, DYING_PAUSE = 4, 0.1

log = logging.getLogger("datahall.apps")


@asynccontextmanager
async def opened_client(kernel: TrialKernel) -> AsyncIterator[BoundedClient]:
    """Open a client of a kernel, and close it when the block is left."""
    client = kernel.client()
    assert isinstance(client, BoundedClient)
    client.start_channels()
    try:
        async with kept_awake(lambda: client):
            yield client
    finally:
        client.stop_channels()


async def run_bounded(
    work: Coroutine[Any, Any, None], *, kernel: TrialKernel, until: float
) -> tuple[Ending, BaseException | None]:
    """Run `work` and return how it ended: by itself, by an error (returned too), or because more was not allowed.

    What has to end has its clients closed first: nbclient takes a cancellation for a dead kernel, and Voila goes on
    with the next cell.
    """
    working = asyncio.ensure_future(work)
    bound = asyncio.ensure_future(kernel.bound.wait())
    try:
        left = max(0.0, until - time.monotonic())
        await asyncio.wait({working, bound}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        if kernel.bound.is_exceeded:
            return "too-large", None
        if working.done():
            return _judge(working.exception())
        if not bound.done():
            return "too-slow", None
        # Cut off: by its own death, or because it said too much at once.
        return ("too-large" if await _lives_on(kernel) else "died"), None
    finally:
        if not working.done():
            kernel.bound.close()
        await _let_go(working, bound)


def _judge(error: BaseException | None) -> tuple[Ending, BaseException | None]:
    if error is None:
        return "finished", None
    if isinstance(error, CellExecutionError):
        return "failed", error
    if not isinstance(error, DeadKernelError):
        log.warning(
            "a kernel said what no kernel says (%s), or died before it could say anything", type(error).__name__
        )
    return "died", None


async def _lives_on(kernel: TrialKernel) -> bool:
    for _ in range(DYING_LOOKS):
        if not await kernel.is_alive():
            return False
        await asyncio.sleep(DYING_PAUSE)
    return True


async def _let_go(*tasks: asyncio.Future[None]) -> None:
    """End what still runs and hear what it says, which is of no interest any more."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=LET_GO_WITHIN)
    for task in tasks:
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
