"""Work at the desk for apps, done in a thread; what is refused there is told in the hall's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa
from starlette.concurrency import run_in_threadpool

from datahall_hub.app_life.faults import AppLifeError
from datahall_hub.services.hall.app_desk.refusals import refuse, refuse_for_lack_of_database, refuse_for_lack_of_room

Done = TypeVar("Done")


async def do_at_desk(work: Callable[[], Done]) -> Done:
    """Return what comes of `work`; raise a `Fault` for what the life of apps, the disk or the database refuses."""
    try:
        return await run_in_threadpool(work)
    except AppLifeError as error:
        raise refuse(error) from error
    except OSError as error:
        raise refuse_for_lack_of_room(error) from error
    except sa.exc.SQLAlchemyError as error:
        raise refuse_for_lack_of_database(error) from error
