"""Let the hub take up what a class asks for one by one, so that nobody else waits until it is through with all of it.

Whatever has arrived is taken up in the same turn of tornado's loop, and a request costs the hub some milliseconds
before it even knows who asks: a hundred at once are most of a second in which nobody is answered.
"""

from __future__ import annotations

import asyncio
from typing import Any

from tornado.web import RequestHandler


def take_up_one_by_one() -> None:
    """Pace the requests that start a server, and those that follow a start; called once, before the hub starts."""
    from jupyterhub.apihandlers.users import SpawnProgressAPIHandler, UserServerAPIHandler
    from jupyterhub.handlers.pages import SpawnHandler, SpawnPendingHandler

    turn = asyncio.Lock()
    for handler in (SpawnProgressAPIHandler, UserServerAPIHandler, SpawnHandler, SpawnPendingHandler):
        let_in_by(turn, handler)


def let_in_by(turn: asyncio.Lock, handler: type[RequestHandler]) -> None:
    """Let at most one request of those handlers that share `turn` begin to prepare itself in a turn of the loop."""
    prepare: Any = handler.prepare

    async def await_turn_and_prepare(self: RequestHandler) -> None:
        async with turn:
            await asyncio.sleep(0)  # everybody else is answered meanwhile
        await prepare(self)

    handler.prepare = await_turn_and_prepare  # type: ignore[method-assign]
