"""The way to a preview: a version as its visitors would see it, live, for its author and for reviewers.

A link that is followed: it changes nothing but that the apps service expects this browser for a minute, at an address
that the redirect alone names. Another site can at most have somebody see a preview of what they may see anyhow, on a
page that is shown in no frame and has an origin of its own.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse, Response

from datahall_hub.app_life.records import AppVersion
from datahall_hub.app_life.states import State
from datahall_hub.services.hall.addresses import BASE, page_path
from datahall_hub.services.hall.app_desk.api import act_as
from datahall_hub.services.hall.app_desk.desk import CHECK
from datahall_hub.services.hall.app_desk.desk_work import do_at_desk
from datahall_hub.services.hall.app_desk.trial_client import TrialFailed, TrialsUnavailable
from datahall_hub.services.hall.faults import Unavailable
from datahall_hub.services.hall.hall import Hall, TheHall, ThePerson, wanted_language
from datahall_hub.services.hall.languages import Language, redirect_to
from datahall_hub.services.hall.wording import N_

router = APIRouter(prefix=BASE, include_in_schema=False)

Slug = Annotated[str, Path(max_length=100)]
Number = Annotated[int, Path(ge=1, le=1_000_000)]
PREVIEWS = "/services/apps/preview/"
# Where it leads is for this browser alone, and once.
TOLD_TO_NOBODY = {"cache-control": "private, no-store", "referrer-policy": "no-referrer"}
SOON = N_("Try again in a moment; if it stays like this, tell the operator of this hall.")


@router.get("/apps/{slug}/versions/{number}/preview")
async def lead_to_preview(request: Request, hall: TheHall, slug: Slug, number: Number) -> Response:
    """Lead to the address in the reader's language, which says who may; anybody may."""
    return redirect_to(request, hall, language=wanted_language(request))


@router.get("/{language}/apps/{slug}/versions/{number}/preview")
async def open_preview(hall: TheHall, language: Language, person: ThePerson, slug: Slug, number: Number) -> Response:
    """Lead to the version, live; its author and reviewers may, for others there is none."""
    version = await do_at_desk(lambda: hall.desk.get_for(slug, number, actor=act_as(person)))
    ticket = await _get_ticket(hall, version)
    return RedirectResponse(f"{PREVIEWS}{ticket}?language={language}", status_code=303, headers=TOLD_TO_NOBODY)


def preview_path(version: AppVersion, *, language: str) -> str:
    """Return the address of the link."""
    return page_path(f"apps/{version.slug}/versions/{version.number}/preview", language=language)


async def _get_ticket(hall: Hall, version: AppVersion) -> str:
    record = await do_at_desk(lambda: hall.desk.find_record(version, CHECK))
    try:
        return await hall.trials.get_ticket(
            version.slug,
            version.digest,
            number=version.number,
            datasets={use["id"]: use["version"] for use in record.get("used", [])},
            is_published=version.state is State.PUBLISHED,
        )
    except TrialsUnavailable as error:
        raise Unavailable(N_("Apps cannot be previewed just now."), hint=SOON) from error
    except TrialFailed as error:
        raise Unavailable(N_("This version cannot be previewed."), hint=SOON) from error
