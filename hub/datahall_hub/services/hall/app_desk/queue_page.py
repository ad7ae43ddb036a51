"""What waits for a reviewer, longest first, and what was decided lately."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from datahall_hub.app_life.records import Event
from datahall_hub.app_life.states import REVIEW_RIGHT, Actor, Part, State
from datahall_hub.services.hall.addresses import BASE
from datahall_hub.services.hall.app_desk.api import act_as
from datahall_hub.services.hall.app_desk.desk import AppDesk
from datahall_hub.services.hall.app_desk.desk_work import do_at_desk
from datahall_hub.services.hall.app_desk.life_words import DECISIONS, EVENTS
from datahall_hub.services.hall.app_desk.version_view import say_moment, view_versions
from datahall_hub.services.hall.faults import NotAllowed
from datahall_hub.services.hall.hall import TheHall, TheReader
from datahall_hub.services.hall.languages import Language
from datahall_hub.services.hall.wording import N_, Words

router = APIRouter(prefix=BASE, include_in_schema=False)

LATELY = 20  # decisions that the page lists
MOST_APPS = 100  # apps among which they are looked for: those with the newest versions


@dataclass(frozen=True)
class Decision:
    """What somebody decided."""

    slug: str
    number: int
    title: str
    verdict: str
    by: str
    at: str
    reason: str


@router.get("/{language}/apps/review")
async def show_queue(request: Request, hall: TheHall, language: Language, person: TheReader) -> Response:
    """Show what waits for a reviewer; whoever may review apps may."""
    if not person.may(REVIEW_RIGHT):
        raise NotAllowed(
            N_("Only people who may review apps see what waits for them."),
            hint=N_("How your own apps stand is told on the page “My apps”."),
        )
    values = await do_at_desk(lambda: _describe(hall.desk, actor=act_as(person), words=Words(language)))
    answer = hall.renderer.page(request, "app_queue.html", language=language, person=person, **values)
    answer.headers["cache-control"] = "private, no-store"
    return answer


def _describe(desk: AppDesk, *, actor: Actor, words: Words) -> dict[str, Any]:
    own = [each for each in desk.list_own(actor=actor) if each.state is State.CHECKED]
    return {
        "waiting": view_versions(desk, desk.list_waiting(actor=actor), actor=actor, words=words),
        "own_waiting": len(own),
        "in_checks": len(desk.book.list_in((State.SUBMITTED,))),
        "decisions": list_decisions(desk, actor=actor, words=words),
    }


def list_decisions(desk: AppDesk, *, actor: Actor, words: Words) -> list[Decision]:
    """Return what was decided lately about others' apps, the newest first."""
    versions = desk.book.list_in(tuple(State))[::-1]
    owners = {each.slug: each.owner for each in versions if Part.REVIEWER in actor.find_parts(owner=each.owner)}
    events = [
        event for slug in list(owners)[:MOST_APPS] for event in desk.book.list_events(slug) if event.action in DECISIONS
    ]
    newest = sorted(events, key=lambda event: event.at, reverse=True)[:LATELY]
    return [_tell(desk, event, words=words) for event in newest]


def _tell(desk: AppDesk, event: Event, *, words: Words) -> Decision:
    manifest = desk.load_manifest(desk.book.get(event.slug, event.number))
    return Decision(
        slug=event.slug,
        number=event.number,
        title=manifest.title[words.language] if manifest else event.slug,
        verdict=words.text(EVENTS[event.action]),
        by=event.by,
        at=say_moment(event.at),
        reason=event.reason,
    )
