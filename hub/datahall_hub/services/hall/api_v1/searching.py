"""Search over HTTP: the parameters are those of the page, and so is the order of what is found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlencode

from datahall import DatahallError
from datahall._index import FACETS, SearchAnswer, SearchRequest, open_index
from datahall._index.filter_values import resolve_values
from datahall._index.search_answers import tell_facets, tell_search
from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from datahall_hub.services.hall.addresses import BASE, base_url
from datahall_hub.services.hall.api_v1 import models
from datahall_hub.services.hall.data import OPEN_TO_ALL
from datahall_hub.services.hall.faults import ToldFault
from datahall_hub.services.hall.hall import TheHall, wanted_language

router = APIRouter(prefix=f"{BASE}/api/v1", tags=["search"], responses=models.REFUSED)

DEEPEST = 100_000  # datasets that can be paged through; behind them a page is empty
SHARED = OPEN_TO_ALL | {"cache-control": "public, no-cache", "vary": "Cookie, Accept-Language"}

OF_LANGUAGE = "of snippets, suggestions and messages; else Accept-Language says"
Language = Annotated[Literal["en", "zh"] | None, Query(description=OF_LANGUAGE)]
Values = list[Annotated[str, StringConstraints(min_length=1, max_length=200)]]
AtMost: Any = Field(default=[], max_length=20)


class Narrowed(BaseModel):
    """What is searched for; values of one filter are alternatives, different filters must all hold."""

    model_config = ConfigDict(extra="forbid")  # a parameter that does nothing misleads whoever wrote it

    q: str = Field(
        "", max_length=200, description='words in Chinese or English; `"a phrase"`, `-without`, `theme:transport`'
    )
    theme: Values = AtMost
    license: Values = AtMost
    access: Values = AtMost
    publisher: Values = AtMost
    format: Values = AtMost
    year: Values = Field(default=[], max_length=20, description="`2023` or `2020..2023`")
    place: Values = AtMost
    synthetic: Values = Field(default=[], max_length=20, description="`true` or `false`")
    source: Values = Field(default=[], max_length=20, description="a portal that was harvested, or `own`")
    match: Literal["most", "all"] = Field(
        "most", description="`all`: every word must occur; else datasets with most words follow where few have all"
    )
    lang: Literal["en", "zh"] | None = Field(None, description=OF_LANGUAGE)

    def filters(self) -> dict[str, tuple[str, ...]]:
        """Return the filters that are set."""
        return {name: tuple(values) for name in FACETS if (values := [each for each in getattr(self, name) if each])}


class Paged(Narrowed):
    """The same with an order and a page."""

    sort: Literal["relevance", "newest", "quality", "use"] = "relevance"
    page: int = Field(1, ge=1, le=DEEPEST)
    rows: int = Field(20, ge=1, le=100, description="datasets of a page")


@router.get("/datasets", response_model=models.SearchResults, responses=models.NOT_FOUND)
def list_datasets(request: Request, hall: TheHall, wanted: Annotated[Paged, Query()]) -> JSONResponse:
    """Search the datasets; anybody may."""
    start = (wanted.page - 1) * wanted.rows
    answer = _search(request, wanted, filters=_resolve(wanted), start=start, rows=wanted.rows, sort=wanted.sort)
    base = base_url(request.headers, settings=hall.settings)
    pages = max(1, min(-(-answer.total // wanted.rows), DEEPEST // wanted.rows))
    content = tell_search(answer, base=base) | {
        "page": wanted.page,
        "pages": pages,
        "next": _page(request, wanted.page + 1, base=base) if wanted.page < pages else None,
        "previous": _page(request, min(wanted.page - 1, pages), base=base) if wanted.page > 1 else None,
    }
    return JSONResponse(content, headers=SHARED)


@router.get("/facets", response_model=models.Facets, responses=models.NOT_FOUND)
def count_facets(request: Request, wanted: Annotated[Narrowed, Query()]) -> JSONResponse:
    """Return what the datasets found can be narrowed to, with titles and counts; anybody may."""
    chosen = _resolve(wanted)
    answer = _search(request, wanted, filters=chosen, start=0, rows=0)
    return JSONResponse(tell_facets(answer, chosen=chosen), headers=SHARED)


@router.get("/suggest", response_model=models.Suggestions)
def suggest(
    request: Request,
    q: Annotated[str, Query(max_length=200, description="what was typed so far")] = "",
    rows: Annotated[int, Query(ge=1, le=20)] = 8,
    lang: Language = None,
) -> JSONResponse:
    """Return words and titles that may be meant; anybody may."""
    found = open_index().suggest(q, language=wanted_language(request), rows=rows)
    results = [{"text": each.text, "id": each.id} for each in found]
    return JSONResponse({"results": results}, headers=SHARED)


def _search(
    request: Request,
    wanted: Narrowed,
    *,
    filters: Mapping[str, tuple[str, ...]],
    start: int,
    rows: int,
    sort: Literal["relevance", "newest", "quality", "use"] = "relevance",
) -> SearchAnswer:
    return open_index().search(
        SearchRequest(
            text=wanted.q,
            filters=filters,
            sort=sort,
            start=start,
            rows=rows,
            language=wanted_language(request),
            needs_all_words=wanted.match == "all",
        )
    )


def _resolve(wanted: Narrowed) -> dict[str, tuple[str, ...]]:
    """Return the filters with the values that are meant; refuse a value that there is not, and name near ones.

    A source passes as it is: which portals there are changes, and one that is being harvested is not in the index yet.
    """
    index = open_index()
    try:
        return {
            name: values if name == "source" else resolve_values(name, values, index=index)
            for name, values in wanted.filters().items()
        }
    except DatahallError as error:
        raise ToldFault(error, status=404) from error  # well formed, but there is no such value


def _page(request: Request, number: int, *, base: str) -> str:
    """Return the address of another page of the same search."""
    said = [(name, value) for name, value in parse_qsl(request.url.query, keep_blank_values=True) if name != "page"]
    return f"{base}/api/v1/datasets?{urlencode([*said, ('page', number)])}"
