"""The fetch service's HTTP interface, on a socket that only this user can open.

``POST /fetch`` asks for datasets and waits a while, ``GET /status`` says how they stand, ``GET /ready``
answers 200 once everything that needs no network has been tried, ``POST /openings`` notes that a version is opened,
``GET /harvests`` says which portals are harvested at the moment, ``POST /harvests/<name>`` has one harvested now.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from datahall import store
from datahall.openings import note_opening
from fastapi import FastAPI, Query
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field, StringConstraints

from datahall_hub.services.fetch.daily_collection import DailyCollection
from datahall_hub.services.fetch.fetch_queue import FetchQueue, State
from datahall_hub.services.fetch.harvest_schedule import HarvestSchedule
from datahall_hub.services.fetch.harvested_queue import HarvestedQueue
from datahall_hub.services.fetch.stream_follower import StreamFollower

LONGEST_WAIT = 60.0
LOOK_EVERY = 0.1  # seconds between two looks while somebody waits

DatasetId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+/[a-z0-9-]+$", max_length=200)]


class Wish(BaseModel):
    """What is asked for, and how long the answer may take."""

    ids: list[DatasetId] = Field(min_length=1, max_length=100)
    wait: float = Field(0, ge=0, le=LONGEST_WAIT)
    asker: str = Field("", max_length=300, description="the person whose wish it is; empty for the hall's own")


class Opening(BaseModel):
    """A version that somebody opens; nothing says who."""

    id: DatasetId
    version: str = Field(pattern=store.VERSION.pattern)


def build_app(
    fetches: FetchQueue,
    *,
    harvested: HarvestedQueue,
    collection: DailyCollection,
    follower: StreamFollower,
    harvests: HarvestSchedule,
) -> FastAPI:
    """Return the application around `fetches` and the others, which it starts and stops."""

    def list_states(ids: list[str], asker: str = "") -> list[State]:
        return [
            harvested.find_state(id, asker=asker) if store.is_harvested(id) else fetches.find_state(id) for id in ids
        ]

    def ask(wish: Wish) -> dict[str, State]:
        """Ask for what is wished; return what this asker alone is refused."""
        refusals: dict[str, State] = {}
        for dataset_id in wish.ids:
            if not store.is_harvested(dataset_id):
                fetches.ask(dataset_id)
            elif (refusal := harvested.ask(dataset_id, asker=wish.asker)) is not None:
                refusals[dataset_id] = refusal
        return refusals

    @asynccontextmanager
    async def run(_app: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(fetches.start)
        harvested.start()
        collection.start()
        follower.start()
        harvests.start()
        yield
        await asyncio.to_thread(harvests.stop)
        follower.stop()
        collection.stop()
        harvested.stop()
        fetches.stop()

    app = FastAPI(title="Datahall fetch", lifespan=run, docs_url=None, redoc_url=None, openapi_url=None)

    @app.post("/fetch")
    async def fetch(wish: Wish) -> list[dict[str, Any]]:
        """Ask for datasets; whoever can open the socket may."""
        refusals = await asyncio.to_thread(ask, wish)
        others = [dataset_id for dataset_id in wish.ids if dataset_id not in refusals]
        deadline = time.monotonic() + wish.wait
        states = await asyncio.to_thread(list_states, others, wish.asker)
        while any(state.status == "fetching" for state in states) and time.monotonic() < deadline:
            await asyncio.sleep(LOOK_EVERY)
            states = await asyncio.to_thread(list_states, others, wish.asker)
        found = refusals | {state.id: state for state in states}
        return [found[dataset_id].as_json() for dataset_id in wish.ids]

    @app.get("/status")
    async def status(
        dataset_id: Annotated[str | None, Query(alias="id", max_length=200)] = None,
    ) -> list[dict[str, Any]]:
        """Say how datasets stand; whoever can open the socket may ask."""
        states = await asyncio.to_thread(list_states, [dataset_id]) if dataset_id else fetches.list_states()
        return [state.as_json() for state in states]

    @app.get("/ready")
    async def ready() -> JSONResponse:
        """Say whether what needs no network has been tried; whoever can open the socket may ask."""
        is_ready = fetches.is_ready()
        return JSONResponse({"ready": is_ready}, status_code=200 if is_ready else 503)

    @app.post("/openings")
    def opening(opened: Opening) -> Response:
        """Note an opening of a version that is in the store, 404 for any other; whoever can open the socket may."""
        if not store.has_version(opened.id, opened.version):
            return Response(status_code=404)
        note_opening(opened.id, opened.version)
        return Response(status_code=204)

    @app.get("/harvests")
    def list_harvests() -> dict[str, str]:
        """Say which portals are harvested now, and which wait for it; whoever can open the socket may ask."""
        return harvests.list_busy()

    @app.post("/harvests/{name}")
    def begin_harvest(name: str) -> Response:
        """Have a portal of the settings harvested now, 404 for any other; whoever can open the socket may."""
        return Response(status_code=202 if harvests.ask(name) else 404)

    return app
