"""Search results with facets, one page at a time."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

import datahall
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from datahall_hub.services.hall.addresses import BASE
from datahall_hub.services.hall.hall import MaybePerson, TheHall
from datahall_hub.services.hall.home_page import theme_titles
from datahall_hub.services.hall.languages import Language
from datahall_hub.services.hall.shelf import FACETS, facet_titles, rows_of, search
from datahall_hub.services.hall.wording import N_

router = APIRouter(prefix=BASE, include_in_schema=False)

Word = Annotated[str, Query(max_length=100)]
FACET_TITLES = {
    "theme": N_("Domain"),
    "license": N_("Licence"),
    "access": N_("Access"),
    "publisher": N_("Publisher"),
    "format": N_("Format of the source"),
}


@router.get("/{language}/datasets/")
async def show_results(
    request: Request,
    hall: TheHall,
    language: Language,
    person: MaybePerson,
    q: Annotated[str, Query(max_length=200)] = "",
    theme: Word = "",
    license: Word = "",
    access: Word = "",
    publisher: Word = "",
    format: Word = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """Show the datasets that match; anybody may."""
    words = {"theme": theme, "license": license, "access": access, "publisher": publisher, "format": format}
    chosen = {name: word for name, word in words.items() if word}
    q = q.strip()
    found = await run_in_threadpool(search, q, chosen=chosen, page=page)
    return hall.renderer.page(
        request,
        "datasets.html",
        language=language,
        person=person,
        q=q,
        chosen=chosen,
        chosen_titles={name: facet_titles(name).get(word, {}).get(language, word) for name, word in chosen.items()},
        found=found,
        rows_of=rows_of,
        facet_names=FACETS,
        facet_titles=FACET_TITLES,
        themes=theme_titles(),
        publishers=datahall.publishers(),
        licenses=datahall.licenses(),
        query=lambda **change: _query({"q": q, **chosen}, change),
    )


def _query(now: dict[str, str], change: dict[str, object]) -> str:
    """Return the query of the present results with `change` made; None takes a word away."""
    values = {**now, **change}
    return "?" + urlencode({name: value for name, value in values.items() if value})
