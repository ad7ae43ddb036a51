"""One version as its author and reviewers see it: how it stands, what was found, what changed, and all of its code.

Reviewers decide here, never about an app of their own; its author takes it back, rolls back or retires here, too. Both
write here what they want to say to each other.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any

from datahall._harvesting.values import clean
from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import FileResponse, RedirectResponse, Response
from pydantic import StringConstraints

from datahall_hub.app_life.app_book import LONGEST_REASON
from datahall_hub.app_life.comments import LONGEST_COMMENT
from datahall_hub.app_life.kept_looks import find_picture
from datahall_hub.app_life.states import REVIEW_RIGHT, Action, Actor, State
from datahall_hub.services.hall.addresses import BASE, page_path
from datahall_hub.services.hall.app_desk.api import act_as
from datahall_hub.services.hall.app_desk.desk_work import do_at_desk
from datahall_hub.services.hall.app_desk.own_apps_page import PLACE, find_done
from datahall_hub.services.hall.app_desk.telling import OFFERED
from datahall_hub.services.hall.app_desk.tick_words import list_ticks
from datahall_hub.services.hall.app_desk.version_contents import find_contents
from datahall_hub.services.hall.app_desk.version_preview import preview_path
from datahall_hub.services.hall.app_desk.version_view import view_versions
from datahall_hub.services.hall.faults import Fault, NotFound
from datahall_hub.services.hall.hall import Hall, TheHall, ThePerson, TheReader, wanted_language
from datahall_hub.services.hall.languages import Language, redirect_to
from datahall_hub.services.hall.person import Person
from datahall_hub.services.hall.sign_in import check_form
from datahall_hub.services.hall.wording import N_, Words

router = APIRouter(prefix=BASE, include_in_schema=False)

Slug = Annotated[str, Path(max_length=100)]
Number = Annotated[int, Path(ge=1, le=1_000_000)]
Code = Annotated[str, StringConstraints(max_length=60)]
_OF_COMMENTS = ("comment-missing", "comment-too-long", "too-many-comments")
LONGEST_SENT = 20_000  # characters of a reason; what is too long comes back to be shortened


class TooLong(Fault):
    """A reason that nobody would read to its end."""

    status, code = 422, "reason-too-long"


class CommentTooLong(Fault):
    """A comment that nobody would read to its end."""

    status, code = 422, "comment-too-long"


@router.get("/apps/{slug}/versions/{number}")
async def lead_to_version(request: Request, hall: TheHall, slug: Slug, number: Number) -> Response:
    """Lead to the page in the reader's language, which says who may see it; anybody may."""
    return redirect_to(request, hall, language=wanted_language(request))


@router.get("/{language}/apps/{slug}/versions/{number}")
async def show_version(
    request: Request,
    hall: TheHall,
    language: Language,
    person: TheReader,
    slug: Slug,
    number: Number,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Show a version; its author and reviewers may, for others there is none."""
    return await _page(request, hall, language=language, person=person, slug=slug, number=number, done=done)


@router.post("/{language}/apps/{slug}/versions/{number}")
async def move(
    request: Request,
    hall: TheHall,
    language: Language,
    person: TheReader,
    slug: Slug,
    number: Number,
    action: Annotated[str, Form(max_length=20)] = "",
    reason: Annotated[str, Form(max_length=LONGEST_SENT)] = "",
    revision: Annotated[int | None, Form(ge=0, le=2**31 - 1)] = None,
    tick: Annotated[list[Code] | None, Form(max_length=100)] = None,
    back: Annotated[str, Form(max_length=20)] = "",
    csrf: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Move a version on; who may follows from the table of `app_life.states`."""
    check_form(request, hall, csrf=csrf, person=person)
    actor = act_as(person)
    await do_at_desk(lambda: hall.desk.get_for(slug, number, actor=actor))
    try:
        wanted = _read_move(action, reason)
        await do_at_desk(
            lambda: hall.desk.act(
                slug, number, wanted, actor=actor, reason=reason.strip(), revision=revision, ticks=tick or ()
            )
        )
    except Fault as fault:
        sent: dict[str, Any] = {"reason": reason, "ticked": tick or (), "problem": fault}
        return await _page(request, hall, language=language, person=person, slug=slug, number=number, **sent)
    return RedirectResponse(_find_next(slug, number, action, back=back, language=language), status_code=303)


@router.post("/{language}/apps/{slug}/versions/{number}/comments")
async def comment(
    request: Request,
    hall: TheHall,
    language: Language,
    person: TheReader,
    slug: Slug,
    number: Number,
    text: Annotated[str, Form(max_length=LONGEST_SENT)] = "",
    csrf: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Keep what somebody writes about a version; its author and reviewers may."""
    check_form(request, hall, csrf=csrf, person=person)
    actor = act_as(person)
    await do_at_desk(lambda: hall.desk.get_for(slug, number, actor=actor))
    try:
        if len(clean(text).strip()) > LONGEST_COMMENT:
            raise CommentTooLong(N_("The comment is longer than 2,000 characters."), hint=N_("Shorten it."))
        await do_at_desk(lambda: hall.desk.comment(slug, number, text, actor=actor))
    except Fault as fault:
        sent: dict[str, Any] = {"comment": text, "problem": fault}
        return await _page(request, hall, language=language, person=person, slug=slug, number=number, **sent)
    return RedirectResponse(_find_next(slug, number, "comment", back="", language=language) + "#comments", 303)


@router.get("/{language}/apps/{slug}/versions/{number}/comments")
async def lead_back(
    request: Request, hall: TheHall, language: Language, person: TheReader, slug: Slug, number: Number
) -> Response:
    """Lead whoever loads the address of the form to the page; its author and reviewers may."""
    await do_at_desk(lambda: hall.desk.get_for(slug, number, actor=act_as(person)))
    return RedirectResponse(page_path(f"apps/{slug}/versions/{number}", language=language), status_code=303)


@router.get("/apps/{slug}/versions/{number}/notebook.ipynb")
async def read_notebook(hall: TheHall, person: ThePerson, slug: Slug, number: Number) -> Response:
    """Return the notebook of a version as a file; its author and reviewers may."""
    version = await do_at_desk(lambda: hall.desk.get_for(slug, number, actor=act_as(person)))
    submission = await do_at_desk(lambda: hall.desk.files.load_submission(version.slug, version.digest))
    headers = {
        "content-disposition": f'attachment; filename="{slug}-{number}.ipynb"',
        "cache-control": "private, no-store",
    }
    return Response(submission.notebook, media_type="application/x-ipynb+json", headers=headers)


@router.get("/apps/{slug}/versions/{number}/picture.png")
async def show_picture(hall: TheHall, person: ThePerson, slug: Slug, number: Number) -> Response:
    """Return the picture of a version; its author and reviewers may."""
    version = await do_at_desk(lambda: hall.desk.get_for(slug, number, actor=act_as(person)))
    manifest = await do_at_desk(lambda: hall.desk.load_manifest(version))
    picture = find_picture(manifest) if manifest else None
    if picture is None:
        raise NotFound(N_("There is no picture of this app."))
    return FileResponse(picture, media_type="image/png", headers={"cache-control": "private, no-store"})


def _read_move(action: str, reason: str) -> Action:
    if action not in OFFERED:
        raise NotFound(N_("Nothing of this name can be done with an app."), code="unknown-action")
    if len(clean(reason).strip()) > LONGEST_REASON:
        raise TooLong(N_("The reason is longer than 4,000 characters."), hint=N_("Shorten it."))
    return Action(action)


def _find_next(slug: str, number: int, action: str, *, back: str, language: str) -> str:
    if back == "mine":
        return f"{page_path(PLACE, language=language)}?done={action}#{slug}"
    return f"{page_path(f'apps/{slug}/versions/{number}', language=language)}?done={action}"


async def _page(
    request: Request,
    hall: Hall,
    *,
    language: str,
    person: Person,
    slug: str,
    number: int,
    done: str = "",
    reason: str = "",
    comment: str = "",
    ticked: Collection[str] = (),
    problem: Fault | None = None,
) -> Response:
    words, actor = Words(language), act_as(person)
    answer = await do_at_desk(
        lambda: hall.renderer.page(
            request,
            "app_version.html",
            language=language,
            person=person,
            status=problem.status if problem else 200,
            **_describe(hall, slug, number, actor=actor, words=words, ticked=ticked),
            done=find_done(done),
            reason=reason,
            longest_reason=LONGEST_REASON,
            comment=comment,
            problem=problem.message(words) if problem else "",
            hint=problem.hint(words) if problem else "",
            is_reason_wrong=problem is not None and problem.code in ("reason-missing", "reason-too-long"),
            is_tick_missing=problem is not None and problem.code == "tick-missing",
            is_comment_wrong=problem is not None and problem.code in _OF_COMMENTS,
        )
    )
    answer.headers["cache-control"] = "private, no-store"
    return answer


def _describe(
    hall: Hall, slug: str, number: int, *, actor: Actor, words: Words, ticked: Collection[str]
) -> dict[str, object]:
    version = hall.desk.get_for(slug, number, actor=actor)
    (view,) = view_versions(hall.desk, [version], actor=actor, words=words)
    others = [each for each in hall.desk.list_for(slug, actor=actor) if each.number != number]
    return {
        "view": view,
        "version": version,
        "others": others,
        "former": hall.desk.find_former(slug, actor=actor) if version.state is State.PUBLISHED else None,
        "ticks": list_ticks(hall.desk, version, ticked=ticked, words=words) if view.may(Action.APPROVE) else [],
        "has_picture": view.manifest is not None and find_picture(view.manifest) is not None,
        "may_review": REVIEW_RIGHT in actor.rights,
        "preview": preview_path(version, language=words.language) if view.manifest else "",
        **find_contents(hall.desk, version, view=view, others=others),
    }
