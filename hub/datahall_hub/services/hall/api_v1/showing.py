"""One dataset over HTTP: all that is known of it, its quality, and which others belong to it."""

from __future__ import annotations

from typing import Annotated, Any

from datahall import Dataset, store
from datahall._citation import cite_entry
from datahall._code_forms import write_forms
from datahall._entries.entry import Entry
from datahall._entries.entry_answers import (
    describe_entry,
    summarise,
    tell_citation,
    tell_joins,
    tell_retirement,
)
from datahall._first_rows import load_preview
from datahall._index import open_index
from datahall._version_changes import find_changes
from datahall.errors import NotPresent
from datahall.uses import load_use
from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from datahall_hub.services.hall.addresses import BASE, base_url, data_path
from datahall_hub.services.hall.api_v1 import models
from datahall_hub.services.hall.api_v1.searching import SHARED, Language
from datahall_hub.services.hall.arrival import find_arrival
from datahall_hub.services.hall.data import OPEN_TO_ALL, TheRows
from datahall_hub.services.hall.faults import NotAllowed, ToldFault
from datahall_hub.services.hall.hall import Hall, MaybePerson, TheHall, wanted_language
from datahall_hub.services.hall.harvested import (
    get_brought,
    get_open_harvested,
    is_personal,
    judge_brought,
    tell_version,
)
from datahall_hub.services.hall.live import tell_stream
from datahall_hub.services.hall.parts import list_parts
from datahall_hub.services.hall.shelf import get_dataset, get_version, load_version_record

router = APIRouter(prefix=f"{BASE}/api/v1", tags=["datasets"], responses=models.REFUSED | models.NOT_FOUND)

HARVESTED = "harvested"  # what stands in place of a theme in the ids of other portals' datasets
PRIVATE = {"cache-control": "private, no-store"}

AtMost = Annotated[int, Query(ge=1, le=50)]
NOT_OPEN = models.FOR_PERSONS | {403: {"model": models.ErrorAnswer, "description": "The data is not open."}}


@router.get("/datasets/{theme}/{name}", response_model=models.Details)
async def show_dataset(request: Request, hall: TheHall, person: MaybePerson, theme: str, name: str) -> JSONResponse:
    """Return a dataset's card, versions and state; anybody may. Why a fetch failed is told to those who can mend it."""
    base = base_url(request.headers, settings=hall.settings)
    entry = await run_in_threadpool(_find_harvested, theme, name)
    if entry is not None:
        content = await run_in_threadpool(_describe_harvested, entry, base)
        content["apps"] = await run_in_threadpool(_list_apps, hall, entry.id, base)
        return JSONResponse(content, headers=OPEN_TO_ALL | {"cache-control": "no-cache"})
    dataset = await run_in_threadpool(get_dataset, f"{theme}/{name}")
    content = await run_in_threadpool(_describe, dataset, base)
    content["apps"] = await run_in_threadpool(_list_apps, hall, dataset.id, base)
    content |= await find_arrival(hall, dataset, present=bool(content["versions"]), person=person)
    return JSONResponse(content, headers=OPEN_TO_ALL | (PRIVATE if person else {"cache-control": "no-cache"}))


@router.get("/datasets/{theme}/{name}/quality", response_model=models.Quality)
def show_quality(theme: str, name: str) -> JSONResponse:
    """Return how good the newest version is, and how well its card describes it; anybody may."""
    dataset_id = f"{theme}/{name}"
    quality = judge_brought(dataset_id) if theme == HARVESTED else get_dataset(dataset_id).known_quality()
    return JSONResponse(quality.as_json(), headers=SHARED)


@router.get("/datasets/{theme}/{name}/joinable", response_model=models.Joins)
def list_joins(theme: str, name: str, rows: AtMost = 20) -> JSONResponse:
    """Return with which datasets it can be joined, and on what, the best first; anybody may."""
    dataset: Dataset = get_brought(f"{theme}/{name}") if theme == HARVESTED else get_dataset(f"{theme}/{name}")
    return JSONResponse(tell_joins(dataset.joinable(), rows=rows), headers=SHARED)


@router.get("/datasets/{theme}/{name}/changes", response_model=models.Changes)
def show_changes(
    theme: str, name: str, since: Annotated[str, Query(max_length=40, description="the version that was used")]
) -> JSONResponse:
    """Return what is otherwise in the newest version, and whether to use another dataset; anybody may."""
    dataset_id = f"{theme}/{name}"
    entry = _find_harvested(theme, name) or open_index().get(get_dataset(dataset_id).id)
    return JSONResponse(find_changes(dataset_id, since).as_json() | tell_retirement(entry), headers=SHARED)


@router.get("/datasets/{theme}/{name}/related", response_model=models.Related)
def list_related(request: Request, hall: TheHall, theme: str, name: str, rows: AtMost = 5) -> JSONResponse:
    """Return datasets about the like; anybody may."""
    if _find_harvested(theme, name) is None:
        get_dataset(f"{theme}/{name}")
    base = base_url(request.headers, settings=hall.settings)
    found = open_index().more_like(f"{theme}/{name}", rows=rows)
    return JSONResponse({"results": [summarise(entry, base=base) for entry in found]}, headers=SHARED)


@router.get("/datasets/{theme}/{name}/preview", response_model=models.FirstRows, responses=NOT_OPEN)
def show_first_rows(rows: TheRows) -> JSONResponse:
    """Return the first rows of open data; anybody may."""
    try:
        preview = load_preview(rows.dataset.id, rows.version)
    except NotPresent as error:
        raise ToldFault(error, status=410) from error
    content = {"id": rows.dataset.id, "version": rows.version, "columns": preview.columns, "rows": preview.rows}
    return JSONResponse(content, headers=SHARED)


@router.get("/datasets/{theme}/{name}/code", response_model=models.CodeForms)
def show_code(
    request: Request,
    hall: TheHall,
    theme: str,
    name: str,
    version: Annotated[str | None, Query(max_length=40, description="to which the lines are pinned")] = None,
    lang: Language = None,
) -> JSONResponse:
    """Return the lines that open it, for notebooks and elsewhere; anybody may."""
    dataset_id = f"{theme}/{name}"
    dataset = get_open_harvested(dataset_id) if theme == HARVESTED else get_dataset(dataset_id)
    if version is not None and theme != HARVESTED:
        get_version(dataset, version)
    base = base_url(request.headers, settings=hall.settings)
    forms = write_forms(dataset_id, version=version, base=base, language=wanted_language(request))
    content = {"id": dataset_id, "version": version, "results": [form.as_json() for form in forms]}
    return JSONResponse(content, headers=SHARED)


def _list_apps(hall: Hall, dataset_id: str, base: str) -> list[dict[str, Any]]:
    return [
        {"slug": app.slug, "title": app.manifest.title.model_dump(), "url": f"{base}/apps/{app.slug}"}
        for app in hall.apps.list_all()
        if dataset_id in {use.id for use in app.list_datasets()}
    ]


def _find_harvested(theme: str, name: str) -> Entry | None:
    return open_index().get(f"{HARVESTED}/{name}") if theme == HARVESTED and len(name) <= 300 else None


def _describe_harvested(entry: Entry, base: str) -> dict[str, Any]:
    """Return what is known of another portal's dataset, and where its rows are, once somebody has brought them here."""
    versions = store.list_versions(entry.id)
    told = describe_entry(entry, base=base) | {
        "uses": load_use(entry.id).as_json(),
        "citation": tell_citation(cite_entry(entry)),
        "versions": [tell_version(entry.id, version) for version in versions],
        "status": "present" if versions else "elsewhere",
    }
    if not versions:
        return told
    try:
        dataset = get_open_harvested(entry.id)
    except NotAllowed:
        return told
    data = {} if is_personal(entry.id, versions[0]) else _addresses(dataset, base=base)
    return told | {"version": versions[0], "rows": dataset.rows, "data": data}


def _describe(dataset: Dataset, base: str) -> dict[str, Any]:
    entry = open_index().get(dataset.id)
    versions = dataset.versions()
    open_data = dataset.card.access == "open" and versions
    return (describe_entry(entry, base=base) if entry else {}) | {
        "card": dataset.card.model_dump(mode="json", exclude_none=True),
        "rows": dataset.rows,
        "versions": [load_version_record(dataset.id, version) for version in versions],
        **tell_stream(dataset),
        "quality": dataset.known_quality().as_json(),
        "uses": load_use(dataset.id).as_json(),
        "citation": tell_citation(dataset.cite()),
        "data": _addresses(dataset, base=base) if open_data else {},
    }


def _addresses(dataset: Dataset, *, base: str) -> dict[str, Any]:
    """Return where the rows are; where they lie in parts, of each part, too."""
    addresses: dict[str, Any] = {
        suffix: base + data_path(dataset.id, suffix=suffix).removeprefix(BASE) for suffix in ("parquet", "csv", "json")
    }
    parts = list_parts(dataset, str(dataset.version), base=base).parts
    return addresses | ({"parts": [part.url for part in parts]} if len(parts) > 1 else {})
