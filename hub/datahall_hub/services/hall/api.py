"""What of the hall's own API acts for a person, and whether the hall is open.

What acts for a person needs a token of the hub, or the session of this address; what reads the catalog, which needs
neither, is in `api_v1`.
"""

from __future__ import annotations

from typing import Annotated

from datahall import store
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field, StringConstraints
from starlette.concurrency import run_in_threadpool

from datahall_hub.roles import RIGHT_IDS
from datahall_hub.services.hall.addresses import BASE
from datahall_hub.services.hall.api_v1.models import FOR_PERSONS, NOT_FOUND, REFUSED, FetchState, Person
from datahall_hub.services.hall.faults import NotAllowed, NotFound
from datahall_hub.services.hall.hall import TheHall, ThePerson, check_same_origin
from datahall_hub.services.hall.wording import N_

router = APIRouter(prefix=BASE, tags=["api"])

DatasetId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+/[a-z0-9-]+$", max_length=200)]
PRIVATE = {"cache-control": "private, no-store"}


class Opening(BaseModel):
    """The version that somebody opens in a notebook."""

    id: DatasetId
    version: str = Field(pattern=store.VERSION.pattern)


class Wish(BaseModel):
    """The datasets somebody wants to read."""

    ids: list[DatasetId] = Field(min_length=1, max_length=50)


@router.get("/health", tags=["service"])
async def health(hall: TheHall) -> JSONResponse:
    """Answer 200 once the hall and the data that needs no network are there; for probes, anybody may."""
    if hall.is_open or await hall.fetch.is_ready():
        hall.is_open = True  # a fetch service that falls later takes nothing away from what is in the store
        return JSONResponse({"status": "ok"}, headers={"cache-control": "no-store"})
    return JSONResponse({"status": "starting"}, status_code=503, headers={"cache-control": "no-store"})


@router.get("/api/v1/me", response_model=Person, responses=FOR_PERSONS)
async def show_me(person: ThePerson) -> JSONResponse:
    """Return who the token or session belongs to; whoever holds one may."""
    content = {"name": person.name, "roles": list(person.roles), "rights": list(person.rights)}
    return JSONResponse(content, headers=PRIVATE)


@router.get(
    "/api/v1/rights/{right}",
    status_code=204,
    response_class=Response,
    responses=REFUSED | NOT_FOUND | FOR_PERSONS,
)
async def check_right(right: str, person: ThePerson) -> Response:
    """Answer 204 where the person holds the right, else 403; whoever holds a token or session may ask."""
    if right not in RIGHT_IDS:
        raise NotFound(N_("There is no right {right}."), code="unknown-right", right=right)
    if not person.may(right):
        raise NotAllowed(N_("{name} may not do this ({right})."), name=person.name, right=right)
    return Response(status_code=204, headers=PRIVATE)


@router.post("/api/v1/fetch", response_model=list[FetchState], responses=REFUSED | FOR_PERSONS)
async def fetch(request: Request, hall: TheHall, person: ThePerson, wish: Wish) -> JSONResponse:
    """Ask for datasets to be brought into the store; anybody who has signed in may. Ask again until done."""
    check_same_origin(request, hall)
    return JSONResponse(await hall.fetch.fetch(wish.ids, asker=person.name), headers=PRIVATE)


@router.post("/api/v1/openings", status_code=204, response_class=Response, responses=REFUSED | FOR_PERSONS)
async def note_opening(request: Request, hall: TheHall, person: ThePerson, opening: Opening) -> Response:
    """Note that a version is opened, so that it stays for a year, but not by whom; anybody who has signed in may."""
    check_same_origin(request, hall)
    if await run_in_threadpool(store.has_version, opening.id, opening.version):
        await hall.fetch.note_opening(opening.id, opening.version)
        hall.uses.count(opening.id, "opening", place=f"account {person.name}", is_first_only=True)
    return Response(status_code=204, headers=PRIVATE)
