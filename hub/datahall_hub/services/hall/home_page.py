"""The hall's first page: what this is, a search, the 20 domains, the apps, what came last."""

from __future__ import annotations

from collections import Counter

import datahall
from datahall._index import SearchRequest, open_index
from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response
from starlette.concurrency import run_in_threadpool

from datahall_hub.services.apps.manifest import Manifest
from datahall_hub.services.hall.addresses import BASE
from datahall_hub.services.hall.faults import NotFound
from datahall_hub.services.hall.hall import Hall, MaybePerson, TheHall
from datahall_hub.services.hall.holdings import count_with
from datahall_hub.services.hall.languages import Language
from datahall_hub.services.hall.person import Person
from datahall_hub.services.hall.shelf import find_present, load_apps, rows_of
from datahall_hub.services.hall.wording import N_

router = APIRouter(prefix=BASE, include_in_schema=False)

APPS_ON_HOME = 6
NEWEST_ON_HOME = 6


@router.get("/{language}/")
async def show_home(request: Request, hall: TheHall, language: Language, person: MaybePerson) -> Response:
    """Show the home page; anybody may."""
    return await run_in_threadpool(_home, request, hall, language=language, person=person)


@router.get("/{language}/apps/")
async def show_apps(request: Request, hall: TheHall, language: Language, person: MaybePerson) -> Response:
    """Show all apps; anybody may."""
    apps = await run_in_threadpool(load_apps, hall.settings.apps_folder)
    return hall.renderer.page(request, "apps.html", language=language, person=person, apps=apps, themes=theme_titles())


@router.get("/apps/{slug}/thumbnail")
def show_thumbnail(hall: TheHall, slug: str) -> Response:
    """Return an app's picture; anybody may."""
    app = next((app for app in load_apps(hall.settings.apps_folder) if app.slug == slug), None)
    if app is None or app.thumbnail_file is None:
        raise NotFound(N_("There is no picture of this app."))
    return FileResponse(app.thumbnail_file, headers={"cache-control": "public, max-age=3600"})


def theme_titles() -> dict[str, datahall.card.Text]:
    """Return the titles of the 20 domains by id."""
    return {theme.id: theme.title for theme in datahall.themes()}


def count_holdings() -> tuple[int, Counter[str]]:
    """Return how many datasets can be found here, own and harvested, and how many each domain has."""
    answer = open_index().search(SearchRequest(rows=0, facets=("theme",)))
    known = {theme.id for theme in datahall.themes()}
    counts = Counter({each.value: each.count for each in answer.facets["theme"] if each.value in known})
    return answer.total, counts


def _home(request: Request, hall: Hall, *, language: str, person: Person | None) -> Response:
    datasets = datahall.datasets()
    present = find_present(datasets)
    total, counts = count_holdings()
    apps: list[Manifest] = load_apps(hall.settings.apps_folder)
    problems = datahall.invalid_cards() if person and person.may("publish-cards") else []
    return hall.renderer.page(
        request,
        "home.html",
        language=language,
        person=person,
        themes=datahall.themes(),
        titles=theme_titles(),
        counts=counts,
        total=total,
        harvested=total - count_with("source", "own"),
        apps=apps[:APPS_ON_HOME],
        app_count=len(apps),
        present=len(present),
        newest=present[:NEWEST_ON_HOME],
        rows_of=rows_of,
        problems=problems,
        publishers=datahall.publishers(),
        access_levels=datahall.access_levels(),
    )
