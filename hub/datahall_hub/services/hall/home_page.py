"""The hall's first page: what this is, a search, the 20 domains, the apps, what came last."""

from __future__ import annotations

from collections import Counter

import datahall
from datahall._index import SearchRequest, open_index
from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from datahall_hub.services.hall.addresses import BASE
from datahall_hub.services.hall.hall import Hall, MaybePerson, TheHall
from datahall_hub.services.hall.holdings import count_with
from datahall_hub.services.hall.languages import Language
from datahall_hub.services.hall.person import Person
from datahall_hub.services.hall.shelf import find_present, rows_of

router = APIRouter(prefix=BASE, include_in_schema=False)

APPS_ON_HOME = 6
NEWEST_ON_HOME = 6


@router.get("/{language}/")
async def show_home(request: Request, hall: TheHall, language: Language, person: MaybePerson) -> Response:
    """Show the home page; anybody may."""
    return await run_in_threadpool(_home, request, hall, language=language, person=person)


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
    apps = hall.apps.list_all()
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
