"""The bell: starts the workbenches of a class, and tells how far each is.

The spawner has a line of its own in which starts wait their turn; the bell only asks for all of them, a few
milliseconds each, and lets the hub answer everybody else in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from jupyterhub import orm
from jupyterhub.handlers import BaseHandler
from tornado import web

from datahall_hub.class_life.records import ClassPerson

_RINGING: set[asyncio.Task[None]] = set()  # asyncio itself keeps only a weak hold of them


async def start_everyone(handler: BaseHandler, people: Sequence[ClassPerson]) -> int:
    """Ask for the workbench of each who has none; return how many were asked for.

    Parameters
    ----------
    handler
        The request that rings; it may be answered before all are up.
    people
        Whose workbenches are started.
    """
    asked = 0
    for each in people:
        user = handler.users.get(each.person) if orm.User.find(handler.db, each.person) is not None else None
        if user is None:
            continue
        spawner = user.get_or_create_spawner("", "", replace_failed=True)
        if spawner.active:
            continue
        task = asyncio.ensure_future(_start(handler, user))
        _RINGING.add(task)
        task.add_done_callback(_RINGING.discard)
        asked += 1
        await asyncio.sleep(0)
    return asked


def list_readiness(handler: BaseHandler, people: Sequence[ClassPerson]) -> list[dict[str, Any]]:
    """Return for each of `people` whether their workbench is ``off``, ``starting``, ``ready`` or has ``failed``."""
    return [
        {"person": each.person, "part": each.part, "shown_name": each.shown_name, **_tell(handler, each.person)}
        for each in people
    ]


def _tell(handler: BaseHandler, name: str) -> dict[str, str]:
    user = handler.users.get(name) if orm.User.find(handler.db, name) is not None else None
    spawner = user.spawners.get("") if user is not None else None
    if spawner is None:
        return {"state": "off"}
    if spawner.ready:
        return {"state": "ready"}
    if spawner.pending == "spawn":
        return {"state": "starting"}
    failure = spawner._spawn_future.exception() if _has_failed(spawner._spawn_future) else None
    if failure is None:
        return {"state": "off"}
    return {"state": "failed", "reason": str(getattr(failure, "jupyterhub_message", "") or failure)}


def _has_failed(future: Any) -> bool:
    return future is not None and future.done() and not future.cancelled()


async def _start(handler: BaseHandler, user: Any) -> None:
    try:
        await handler.spawn_single_user(user)
    except (web.HTTPError, RuntimeError) as error:  # one that is refused or starts already keeps nobody else waiting
        handler.log.warning("classes: the workbench of %s does not start: %s", user.name, error)
    except Exception:
        handler.log.exception("classes: the workbench of %s does not start", user.name)
