"""One's own apps: how their versions stand, what can be done with them, and the form to submit another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from datahall_hub.app_life.published_apps import name_use
from datahall_hub.app_life.records import AppVersion
from datahall_hub.app_life.states import SUBMIT_RIGHT, Action, Actor, State
from datahall_hub.services.hall.addresses import BASE, page_path
from datahall_hub.services.hall.app_desk.api import act_as
from datahall_hub.services.hall.app_desk.app_uploads import read_uploads
from datahall_hub.services.hall.app_desk.desk import AppDesk
from datahall_hub.services.hall.app_desk.desk_work import do_at_desk
from datahall_hub.services.hall.app_desk.life_words import COMMENTED, DONE, SUBMITTED
from datahall_hub.services.hall.app_desk.models import LARGEST_APP
from datahall_hub.services.hall.app_desk.version_view import VersionView, view_versions
from datahall_hub.services.hall.faults import Fault, NotAllowed
from datahall_hub.services.hall.hall import Hall, TheHall, TheReader
from datahall_hub.services.hall.languages import Language
from datahall_hub.services.hall.person import Person
from datahall_hub.services.hall.sign_in import check_form
from datahall_hub.services.hall.voices.subjects import find_voices
from datahall_hub.services.hall.voices.voice import STATES
from datahall_hub.services.hall.wording import N_, Words

router = APIRouter(prefix=BASE, include_in_schema=False)

PLACE = "apps/mine"
FORM_AND_ENVELOPE = LARGEST_APP + 100_000  # bytes; what a form says beside its files
MOST_OLDER = 20  # versions of an app that the page lists
EXAMPLE = Path(__file__).parent / "example"  # an app to begin with: app.ipynb and app.yaml


@dataclass(frozen=True)
class OwnApp:
    """One app: its newest version, what visitors see, and the versions before."""

    slug: str
    newest: VersionView
    published: VersionView | None
    older: tuple[VersionView, ...]
    left_out: int
    former: AppVersion | None  # what visitors saw before, and can see again in one step

    @property
    def foremost(self) -> list[VersionView]:
        """What is told at length: the newest version, and the one that visitors see."""
        if self.published is None or self.published is self.newest:
            return [self.newest]
        return [self.newest, self.published]


@router.get("/apps/mine/example/{name}")
def read_example(name: Literal["app.ipynb", "app.yaml"]) -> Response:
    """Return a file of the example to begin with; anybody may."""
    kind = "application/x-ipynb+json" if name == "app.ipynb" else "text/yaml; charset=utf-8"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-cache"}
    return Response((EXAMPLE / name).read_bytes(), media_type=kind, headers=headers)


@router.get("/{language}/apps/mine")
async def show_own_apps(
    request: Request,
    hall: TheHall,
    language: Language,
    person: TheReader,
    slug: Annotated[str, Query(max_length=100)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Show somebody's own apps; whoever may submit apps may."""
    return await _page(request, hall, language=language, person=person, slug=slug, done=done)


@router.post("/{language}/apps/mine", max_body_size=FORM_AND_ENVELOPE)
async def submit(
    request: Request,
    hall: TheHall,
    language: Language,
    person: TheReader,
    notebook: Annotated[UploadFile | None, File()] = None,
    manifest: Annotated[UploadFile | None, File()] = None,
    thumbnail: Annotated[UploadFile | None, File()] = None,
    slug: Annotated[str, Form(max_length=200)] = "",
    csrf: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Take in a version, and show how it gets on; whoever may submit apps may."""
    check_form(request, hall, csrf=csrf, person=person)
    _check_author(person)
    files = [await each.read() if each is not None else b"" for each in (notebook, manifest, thumbnail)]
    slug = slug.strip()

    def take_in() -> AppVersion:
        draft = read_uploads(notebook=files[0], manifest=files[1], thumbnail=files[2])
        return hall.desk.submit(slug, draft, actor=act_as(person))

    try:
        await do_at_desk(take_in)
    except Fault as fault:
        return await _page(request, hall, language=language, person=person, slug=slug, problem=fault)
    # What is new stands first on the page.
    return RedirectResponse(f"{page_path(PLACE, language=language)}?done=submit", status_code=303)


def list_own_apps(desk: AppDesk, *, actor: Actor, words: Words) -> list[OwnApp]:
    """Return somebody's apps, the one with the newest version first."""
    versions = desk.list_own(actor=actor)
    newest = {version.slug: place for place, version in reversed(list(enumerate(versions)))}
    versions.sort(key=lambda version: (newest[version.slug], -version.number))
    apps = groupby(versions, key=lambda version: version.slug)
    return [_group(desk, slug, list(of_app), actor=actor, words=words) for slug, of_app in apps]


def _group(desk: AppDesk, slug: str, versions: Sequence[AppVersion], *, actor: Actor, words: Words) -> OwnApp:
    kept = versions[: MOST_OLDER + 1]
    kept = [*kept, *(each for each in versions[len(kept) :] if each.state is State.PUBLISHED)]
    views = view_versions(desk, kept, actor=actor, words=words)
    published = next((view for view in views if view.version.state is State.PUBLISHED), None)
    older = tuple(view for view in views[1:] if view is not published)
    former = desk.find_former(slug, actor=actor) if published is not None else None
    return OwnApp(slug, views[0], published, older, len(versions) - len(kept), former)


async def _page(
    request: Request,
    hall: Hall,
    *,
    language: str,
    person: Person,
    slug: str,
    done: str = "",
    problem: Fault | None = None,
) -> Response:
    _check_author(person)
    words = Words(language)
    apps = await do_at_desk(lambda: list_own_apps(hall.desk, actor=act_as(person), words=words))
    voices = await run_in_threadpool(lambda: {app.slug: find_voices(hall.voices, name_use(app.slug)) for app in apps})
    answer = hall.renderer.page(
        request,
        "app_own.html",
        language=language,
        person=person,
        status=problem.status if problem else 200,
        apps=apps,
        is_live=any(view.is_moving for app in apps for view in (*app.foremost, *app.older)),
        voices=voices,
        voice_states=STATES,
        done=find_done(done),
        slug=slug,
        example=(EXAMPLE / "app.yaml").read_text(encoding="utf-8"),
        most_bytes=LARGEST_APP,
        problem=problem.message(words) if problem else "",
        hint=problem.hint(words) if problem else "",
    )
    answer.headers["cache-control"] = "private, no-store"
    return answer


def find_done(word: str) -> str:
    """Return the sentence about what was just done, of which an address names the action; it may be empty."""
    if word == Action.SUBMIT:
        return SUBMITTED
    if word == "comment":
        return COMMENTED
    return DONE[Action(word)] if word in set(DONE) else ""


def _check_author(person: Person) -> None:
    if not person.may(SUBMIT_RIGHT):
        raise NotAllowed(
            N_("You may not submit apps."),
            hint=N_("Ask an administrator of this hall for a role that may, such as researcher."),
        )
