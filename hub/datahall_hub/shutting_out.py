"""Ends what somebody has open: their sessions, their tokens, and their server, even one that is just starting.

The caller has withdrawn the account or its roles first, so that no new server starts meanwhile
(`datahall_hub.account_records.may_have_server`, asked by the authenticators before each start).
"""

from __future__ import annotations

import asyncio

from jupyterhub import orm
from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User

LOOK_EVERY = 0.1  # seconds
PATIENCE = 8.0  # seconds that an answer waits for the end of a server; the hall gives up after ten
_endings: set[asyncio.Task[None]] = set()  # asyncio itself does not keep them alive


async def shut_out(handler: BaseHandler, user: User) -> None:
    """End the person's sessions, tokens and server."""
    user.orm_user.cookie_id = orm.new_token()
    for token in list(user.orm_user.api_tokens):
        handler.db.delete(token)
    handler.db.commit()
    await end_server(handler, user)


async def end_server(handler: BaseHandler, user: User) -> None:
    """End the person's server; one that takes long to end goes on ending after the answer."""
    task = asyncio.create_task(_end_server(handler, user))
    _endings.add(task)
    task.add_done_callback(_endings.discard)
    done, _ = await asyncio.wait({task}, timeout=PATIENCE)
    if done:
        task.result()


async def _end_server(handler: BaseHandler, user: User) -> None:
    spawner = user.spawner
    while spawner.pending:
        # JupyterHub cannot take back a start, but a start whose process ends is over. Once the server listens,
        # JupyterHub would wait for its answer in vain: that last moment is waited for.
        if spawner.pending == "spawn" and not spawner._waiting_for_response:
            await spawner.stop(now=True)
        await asyncio.sleep(LOOK_EVERY)
    if user.running:
        await handler.stop_single_user(user)
