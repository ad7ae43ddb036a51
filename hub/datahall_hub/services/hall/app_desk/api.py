"""The API of apps: published ones for everybody; versions for their authors and for reviewers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from datahall.uses import load_use
from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from datahall_hub.app_life.kept_looks import find_picture
from datahall_hub.app_life.published_apps import name_use
from datahall_hub.app_life.records import AppVersion
from datahall_hub.app_life.states import Action, Actor
from datahall_hub.services.hall.addresses import BASE, base_url
from datahall_hub.services.hall.api_v1.models import FOR_PERSONS, NOT_FOUND, REFUSED
from datahall_hub.services.hall.app_desk import models
from datahall_hub.services.hall.app_desk.app_uses import load_app_uses
from datahall_hub.services.hall.app_desk.desk import CHECK
from datahall_hub.services.hall.app_desk.desk_work import do_at_desk
from datahall_hub.services.hall.app_desk.drafts import read_draft
from datahall_hub.services.hall.app_desk.telling import OFFERED, picture_address, tell_app, tell_version
from datahall_hub.services.hall.faults import NotFound
from datahall_hub.services.hall.hall import Hall, TheHall, ThePerson, check_same_origin, wanted_language
from datahall_hub.services.hall.person import Person
from datahall_hub.services.hall.wording import N_, Words

router = APIRouter(prefix=f"{BASE}/api/v1", tags=["apps"], responses=REFUSED)

OPEN_TO_ALL = {"access-control-allow-origin": "*", "cache-control": "no-cache"}
PRIVATE = {"cache-control": "private, no-store"}
Slug = Annotated[str, Path(max_length=100)]
Number = Annotated[int, Path(ge=1, le=1_000_000)]


@router.get("/apps", response_model=models.Apps)
async def list_apps(request: Request, hall: TheHall) -> JSONResponse:
    """Return the published apps; anybody may."""
    base = base_url(request.headers, settings=hall.settings)
    apps = await run_in_threadpool(hall.apps.list_all)
    uses = await run_in_threadpool(load_app_uses, apps)
    results = [{**tell_app(app, base=base), "uses": uses[app.slug].as_json()} for app in apps]
    return JSONResponse({"total": len(results), "results": results}, headers=OPEN_TO_ALL)


@router.get("/apps/{slug}", response_model=models.App, responses=NOT_FOUND)
async def show_app(request: Request, hall: TheHall, slug: Slug) -> JSONResponse:
    """Return one published app; anybody may."""
    app = await run_in_threadpool(hall.apps.find, slug)
    if app is None:
        raise NotFound(N_("There is no app of this name."), code="unknown-app")
    told = tell_app(app, base=base_url(request.headers, settings=hall.settings))
    use = await run_in_threadpool(load_use, name_use(app.slug))
    return JSONResponse({**told, "uses": use.as_json()}, headers=OPEN_TO_ALL)


@router.get("/app-versions", response_model=models.Versions, responses=FOR_PERSONS)
async def list_versions(
    request: Request, hall: TheHall, person: ThePerson, whose: Literal["own", "waiting"] = "own"
) -> JSONResponse:
    """Return one's own versions, or those that wait for oneself as a reviewer; whoever has signed in may."""
    actor = act_as(person)
    find = hall.desk.list_own if whose == "own" else hall.desk.list_waiting
    results = await do_at_desk(lambda: _tell(hall, request, find(actor=actor), actor=actor))
    return JSONResponse({"total": len(results), "results": results}, headers=PRIVATE)


@router.post(
    "/apps/{slug}/versions",
    status_code=202,
    max_body_size=models.LARGEST_APP,
    response_model=models.Version,
    responses=FOR_PERSONS | models.CONFLICT,
    openapi_extra=models.DRAFT,
)
async def submit(request: Request, hall: TheHall, person: ThePerson, slug: Slug) -> JSONResponse:
    """Take in a version of an app; whoever may submit apps may."""
    check_same_origin(request, hall)
    actor, draft = act_as(person), read_draft(await request.body())
    version = await do_at_desk(lambda: hall.desk.submit(slug, draft, actor=actor))
    return JSONResponse((await _tell_one(hall, request, version, actor=actor)), status_code=202, headers=PRIVATE)


@router.get("/apps/{slug}/versions", response_model=models.VersionsOfApp, responses=FOR_PERSONS | NOT_FOUND)
async def list_versions_of(request: Request, hall: TheHall, person: ThePerson, slug: Slug) -> JSONResponse:
    """Return all versions of an app; its author and reviewers may."""
    actor = act_as(person)
    versions = await do_at_desk(lambda: hall.desk.list_for(slug, actor=actor))
    results = await do_at_desk(lambda: _tell(hall, request, versions, actor=actor))
    return JSONResponse({"slug": slug, "owner": versions[0].owner, "versions": results}, headers=PRIVATE)


@router.get("/apps/{slug}/versions/{number}", response_model=models.Version, responses=FOR_PERSONS | NOT_FOUND)
async def show_version(request: Request, hall: TheHall, person: ThePerson, slug: Slug, number: Number) -> JSONResponse:
    """Return a version with its findings and what happened to it; its author and reviewers may."""
    actor = act_as(person)
    version = await do_at_desk(lambda: hall.desk.get_for(slug, number, actor=actor))
    return JSONResponse(await _tell_one(hall, request, version, actor=actor), headers=PRIVATE)


@router.post(
    "/apps/{slug}/versions/{number}/comments",
    status_code=201,
    response_model=models.Version,
    responses=FOR_PERSONS | NOT_FOUND | models.CONFLICT,
)
async def comment(
    request: Request, hall: TheHall, person: ThePerson, slug: Slug, number: Number, wish: models.NewComment
) -> JSONResponse:
    """Write about a version, which stays as it is; its author and reviewers may."""
    check_same_origin(request, hall)
    actor = act_as(person)
    version = await do_at_desk(lambda: hall.desk.comment(slug, number, wish.text, actor=actor))
    return JSONResponse(await _tell_one(hall, request, version, actor=actor), status_code=201, headers=PRIVATE)


@router.post(
    "/apps/{slug}/versions/{number}/{action}",
    response_model=models.Version,
    responses=FOR_PERSONS | NOT_FOUND | models.CONFLICT,
)
async def move(
    request: Request,
    hall: TheHall,
    person: ThePerson,
    slug: Slug,
    number: Number,
    action: str,
    wish: models.Move | None = None,
) -> JSONResponse:
    """Move a version on; who may follows from the table of `app_life.states`."""
    check_same_origin(request, hall)
    actor, wish = act_as(person), wish or models.Move()
    if action not in OFFERED:
        raise NotFound(N_("Nothing of this name can be done with an app."), code="unknown-action")
    version = await do_at_desk(lambda: hall.desk.get_for(slug, number, actor=actor))
    version = await do_at_desk(
        lambda: hall.desk.act(
            slug, number, Action(action), actor=actor, reason=wish.reason, revision=wish.revision, ticks=wish.ticks
        )
    )
    return JSONResponse(await _tell_one(hall, request, version, actor=actor), headers=PRIVATE)


def act_as(person: Person) -> Actor:
    """Return the person as the life of apps knows them."""
    return Actor(person.name, frozenset(person.rights))


async def _tell_one(hall: Hall, request: Request, version: AppVersion, *, actor: Actor) -> dict[str, Any]:
    return (await do_at_desk(lambda: _tell(hall, request, [version], actor=actor)))[0]


def _tell(hall: Hall, request: Request, versions: Sequence[AppVersion], *, actor: Actor) -> list[dict[str, Any]]:
    words, desk = Words(wanted_language(request)), hall.desk
    base = base_url(request.headers, settings=hall.settings)
    manifests = [desk.load_manifest(version) for version in versions]
    slugs = {version.slug for version in versions}
    comments = {slug: desk.book.list_comments(slug) for slug in slugs}
    events = {slug: desk.book.list_events(slug) for slug in slugs}
    most = None if len(versions) == 1 else models.COMMENTS_OF_SEVERAL
    return [
        tell_version(
            version,
            actor=actor,
            manifest=manifest,
            check=desk.find_record(version, CHECK),
            note=desk.notes.get((version.slug, version.number), ""),
            picture=picture_address(version, base=base) if manifest and find_picture(manifest) else None,
            words=words,
            events=events[version.slug],
            comments=comments[version.slug],
            most_comments=most,
        )
        for version, manifest in zip(versions, manifests, strict=True)
    ]
