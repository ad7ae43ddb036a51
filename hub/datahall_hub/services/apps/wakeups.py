"""Wake a kernel's client that sleeps although the answer it waits for is there.

pyzmq tells asyncio of new messages by edges of a file descriptor. On a busy machine an edge is lost now and then, and
the reader sleeps for ever beside its message: the cell has run, its reply lies in the socket, the page never ends
(seen in one to three of twenty renderings; Voila and nbclient by themselves hang in the same way). Asking a socket
for its events wakes its reader, so that is asked a few times a second for as long as a page is being rendered.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import zmq

ASK_EVERY = 0.1  # seconds; a lost edge costs a visitor no more than this


@asynccontextmanager
async def kept_awake(find_client: Callable[[], Any]) -> AsyncGenerator[None, None]:
    """Keep the client that `find_client` returns (None where there is none yet) awake until the block ends."""
    asking = asyncio.create_task(_ask(find_client))
    try:
        yield
    finally:
        asking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asking


async def _ask(find_client: Callable[[], Any]) -> None:
    while True:
        await asyncio.sleep(ASK_EVERY)
        client = find_client()
        if client is not None and client.channels_running:
            for channel in (client.shell_channel, client.iopub_channel):
                if not channel.socket.closed:
                    channel.socket.get(zmq.EVENTS)
