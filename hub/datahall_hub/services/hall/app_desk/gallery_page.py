"""The gallery: all published apps, or those of one domain; by their names, or what is used most first."""

from __future__ import annotations

from collections import Counter
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, Response
from starlette.concurrency import run_in_threadpool

from datahall_hub.services.hall.addresses import BASE
from datahall_hub.services.hall.app_desk.app_uses import load_app_uses
from datahall_hub.services.hall.faults import NotFound
from datahall_hub.services.hall.hall import MaybePerson, TheHall
from datahall_hub.services.hall.home_page import theme_titles
from datahall_hub.services.hall.languages import Language
from datahall_hub.services.hall.wording import N_

router = APIRouter(prefix=BASE, include_in_schema=False)

BY_USE = "use"


@router.get("/{language}/apps/")
async def show_apps(
    request: Request,
    hall: TheHall,
    language: Language,
    person: MaybePerson,
    theme: Annotated[str, Query(max_length=60)] = "",
    sort: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Show all apps, or those of one domain; anybody may."""
    apps = await run_in_threadpool(hall.apps.list_all)
    titles = theme_titles()
    counts = Counter(each for app in apps for each in dict.fromkeys(app.manifest.themes) if each in titles)
    theme, sort = (theme if theme in titles else ""), (sort if sort == BY_USE else "")
    uses = await run_in_threadpool(load_app_uses, apps)
    if sort:
        apps = sorted(apps, key=lambda app: -uses[app.slug].visits)  # of as many visits each, as they stood
    return hall.renderer.page(
        request,
        "apps.html",
        language=language,
        person=person,
        apps=[app for app in apps if not theme or theme in app.manifest.themes],
        total=len(apps),
        theme=theme,
        sort=sort,
        uses=uses,
        query=lambda **change: _query({"theme": theme, "sort": sort} | change),
        counts=[(each, counts[each]) for each in titles if counts[each]],
        themes=titles,
    )


@router.get("/apps/{slug}/thumbnail")
def show_thumbnail(hall: TheHall, slug: str) -> Response:
    """Return an app's picture; anybody may."""
    app = hall.apps.find(slug)
    picture = app.picture if app is not None else None
    if picture is None:
        raise NotFound(N_("There is no picture of this app."))
    return FileResponse(picture, headers={"cache-control": "public, max-age=3600"})


def _query(values: dict[str, str]) -> str:
    """Return what stands behind the gallery's address; nothing for all apps by their names."""
    said = {name: value for name, value in values.items() if value}
    return f"?{urlencode(said)}" if said else ""
