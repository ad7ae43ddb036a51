"""The gallery: all published apps, or those of one domain."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, Response
from starlette.concurrency import run_in_threadpool

from datahall_hub.services.hall.addresses import BASE
from datahall_hub.services.hall.faults import NotFound
from datahall_hub.services.hall.hall import MaybePerson, TheHall
from datahall_hub.services.hall.home_page import theme_titles
from datahall_hub.services.hall.languages import Language
from datahall_hub.services.hall.wording import N_

router = APIRouter(prefix=BASE, include_in_schema=False)


@router.get("/{language}/apps/")
async def show_apps(
    request: Request,
    hall: TheHall,
    language: Language,
    person: MaybePerson,
    theme: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """Show all apps, or those of one domain; anybody may."""
    apps = await run_in_threadpool(hall.apps.list_all)
    titles = theme_titles()
    counts = Counter(each for app in apps for each in dict.fromkeys(app.manifest.themes) if each in titles)
    theme = theme if theme in titles else ""
    return hall.renderer.page(
        request,
        "apps.html",
        language=language,
        person=person,
        apps=[app for app in apps if not theme or theme in app.manifest.themes],
        total=len(apps),
        theme=theme,
        counts=[(each, counts[each]) for each in titles if counts[each]],
        themes=titles,
    )


@router.get("/apps/{slug}/thumbnail")
def show_thumbnail(hall: TheHall, slug: str) -> Response:
    """Return an app's picture; anybody may."""
    app = hall.apps.find(slug)
    if app is None or app.manifest.thumbnail_file is None:
        raise NotFound(N_("There is no picture of this app."))
    return FileResponse(app.manifest.thumbnail_file, headers={"cache-control": "public, max-age=3600"})
