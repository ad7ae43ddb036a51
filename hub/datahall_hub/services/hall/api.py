"""The hall's own API, version 1, and the whole catalog for Intake.

Reading needs no account and is open to scripts of every site; what acts for a person needs a token of the
hub, or the session of this address.
"""

from __future__ import annotations

from typing import Annotated, Any

import datahall
from datahall import Dataset, store
from datahall.uses import load_use
from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, Field, StringConstraints
from starlette.concurrency import run_in_threadpool

from datahall_hub.roles import RIGHT_IDS
from datahall_hub.services.hall.addresses import BASE, base_url, data_path
from datahall_hub.services.hall.arrival import find_arrival
from datahall_hub.services.hall.data import OPEN_TO_ALL
from datahall_hub.services.hall.faults import NotAllowed, NotFound
from datahall_hub.services.hall.hall import MaybePerson, TheHall, ThePerson, check_same_origin
from datahall_hub.services.hall.live import tell_stream
from datahall_hub.services.hall.parts import list_parts
from datahall_hub.services.hall.shelf import FACETS, get_dataset, load_version_record, search
from datahall_hub.services.hall.wording import N_

router = APIRouter(prefix=BASE, tags=["api"])

DatasetId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+/[a-z0-9-]+$", max_length=200)]
Word = Annotated[str | None, Query(max_length=100)]
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


@router.get("/catalog.yaml", tags=["catalog"], response_class=Response)
def read_catalog(request: Request, hall: TheHall) -> Response:
    """Return the catalog as Intake 2 YAML with absolute addresses; anybody may."""
    text = datahall.to_intake_yaml(datahall.datasets(), base_url=base_url(request.headers, settings=hall.settings))
    # Without a length: fsspec would ask for it first, and cut off what has grown by a version until it reads.
    return StreamingResponse(
        iter([text]), media_type="application/yaml", headers=OPEN_TO_ALL | {"cache-control": "public, no-cache"}
    )


@router.get("/api/v1/datasets")
def list_datasets(
    request: Request,
    hall: TheHall,
    q: Annotated[str, Query(max_length=200)] = "",
    theme: Word = None,
    license: Word = None,
    access: Word = None,
    publisher: Word = None,
    format: Word = None,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> JSONResponse:
    """Search the datasets; anybody may."""
    words = {"theme": theme, "license": license, "access": access, "publisher": publisher, "format": format}
    found = search(q, chosen={name: word for name, word in words.items() if word}, page=page)
    base = base_url(request.headers, settings=hall.settings)
    content = {
        "total": found.total,
        "page": found.page,
        "pages": found.pages,
        "results": [_summary(dataset, base=base) for dataset in found.datasets],
        "facets": {name: {value.id: value.count for value in found.facets[name]} for name in FACETS},
    }
    return JSONResponse(content, headers=OPEN_TO_ALL | {"cache-control": "public, no-cache"})


@router.get("/api/v1/datasets/{theme}/{name}")
async def show_dataset(request: Request, hall: TheHall, person: MaybePerson, theme: str, name: str) -> JSONResponse:
    """Return a dataset's card, versions and state; anybody may. Why a fetch failed is told to those who can mend it."""
    dataset = await run_in_threadpool(get_dataset, f"{theme}/{name}")
    content = await run_in_threadpool(_details, dataset, base_url(request.headers, settings=hall.settings))
    content |= await find_arrival(hall, dataset, present=bool(content["versions"]), person=person)
    return JSONResponse(content, headers=OPEN_TO_ALL | (PRIVATE if person else {"cache-control": "no-cache"}))


@router.get("/api/v1/me")
async def show_me(person: ThePerson) -> JSONResponse:
    """Return who the token or session belongs to; whoever holds one may."""
    content = {"name": person.name, "roles": list(person.roles), "rights": list(person.rights)}
    return JSONResponse(content, headers=PRIVATE)


@router.get("/api/v1/rights/{right}", status_code=204, response_class=Response)
async def check_right(right: str, person: ThePerson) -> Response:
    """Answer 204 where the person holds the right, else 403; whoever holds a token or session may ask."""
    if right not in RIGHT_IDS:
        raise NotFound(N_("There is no right {right}."), code="unknown-right", right=right)
    if not person.may(right):
        raise NotAllowed(N_("{name} may not do this ({right})."), name=person.name, right=right)
    return Response(status_code=204, headers=PRIVATE)


@router.post("/api/v1/fetch")
async def fetch(request: Request, hall: TheHall, person: ThePerson, wish: Wish) -> JSONResponse:
    """Ask for datasets to be brought into the store; anybody who has signed in may. Ask again until done."""
    check_same_origin(request, hall)
    return JSONResponse(await hall.fetch.fetch(wish.ids), headers=PRIVATE)


@router.post("/api/v1/openings", status_code=204, response_class=Response)
async def note_opening(request: Request, hall: TheHall, person: ThePerson, opening: Opening) -> Response:
    """Note that a version is opened, so that it stays for a year, but not by whom; anybody who has signed in may."""
    check_same_origin(request, hall)
    if await run_in_threadpool(store.has_version, opening.id, opening.version):
        await hall.fetch.note_opening(opening.id, opening.version)
        hall.uses.count(opening.id, "opening", place=f"account {person.name}", is_first_only=True)
    return Response(status_code=204, headers=PRIVATE)


def _summary(dataset: Dataset, *, base: str) -> dict[str, Any]:
    card = dataset.card
    return {
        "id": dataset.id,
        "title": {"en": card.title.en, "zh": card.title.zh},
        "theme": card.theme,
        "publisher": card.publisher,
        "license": card.license,
        "access": card.access,
        "synthetic": card.synthetic,
        "version": dataset.version,
        "url": f"{base}/datasets/{dataset.id}",
    }


def _details(dataset: Dataset, base: str) -> dict[str, Any]:
    versions = dataset.versions()
    open_data = dataset.card.access == "open" and versions
    return _summary(dataset, base=base) | {
        "card": dataset.card.model_dump(mode="json", exclude_none=True),
        "rows": dataset.rows,
        "versions": [load_version_record(dataset.id, version) for version in versions],
        **tell_stream(dataset),
        "quality": dataset.known_quality().as_json(),
        "uses": load_use(dataset.id).as_json(),
        "data": _addresses(dataset, base=base) if open_data else {},
    }


def _addresses(dataset: Dataset, *, base: str) -> dict[str, Any]:
    """Return where the rows are; where they lie in parts, of each part, too."""
    addresses: dict[str, Any] = {
        suffix: base + data_path(dataset.id, suffix=suffix).removeprefix(BASE) for suffix in ("parquet", "csv", "json")
    }
    parts = list_parts(dataset, str(dataset.version), base=base).parts
    return addresses | ({"parts": [part.url for part in parts]} if len(parts) > 1 else {})
