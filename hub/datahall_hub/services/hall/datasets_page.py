"""Search results with facets, one page at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import datahall
from datahall._index import SORTS, SearchAnswer, SearchRequest, open_index
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from datahall_hub.services.hall.addresses import BASE
from datahall_hub.services.hall.chosen_values import UnknownValue, find_value, list_unknown
from datahall_hub.services.hall.facets import TITLES, list_chosen, list_facets, list_years
from datahall_hub.services.hall.hall import Hall, MaybePerson, TheHall
from datahall_hub.services.hall.home_page import theme_titles
from datahall_hub.services.hall.languages import Language
from datahall_hub.services.hall.person import Person
from datahall_hub.services.hall.search_wish import CHOSEN_BY_WORD, PAGE_SIZE, SearchWish, list_pages
from datahall_hub.services.hall.wording import N_, Words

router = APIRouter(prefix=BASE, include_in_schema=False)

LAST_PAGE = 5_000  # so far results can be paged through; further on one searches more precisely
MOST_VALUES = 40  # of a facet that can be chosen; who wants another one types it
MOST_CHOSEN, LONGEST_WORD = 20, 200  # values of one facet, and characters of each
YEAR = r"^\s*\d{0,4}\s*$"
SORT_TITLES = {
    "relevance": N_("Relevance"),
    "newest": N_("Newest"),
    "quality": N_("Quality"),
    "use": N_("Most used"),
}


def read_wish(
    request: Request,
    q: Annotated[str, Query(max_length=200)] = "",
    first: Annotated[str, Query(alias="from", pattern=YEAR)] = "",
    last: Annotated[str, Query(alias="to", pattern=YEAR)] = "",
    sort: Annotated[str, Query(max_length=20)] = "",
    page: Annotated[int, Query(ge=1)] = 1,
) -> SearchWish:
    """Return what the address of a results page asks for; each facet may be given several times."""
    given = {
        name: [word for word in request.query_params.getlist(name) if 0 < len(word) <= LONGEST_WORD]
        for name in CHOSEN_BY_WORD
    }
    meant = {name: [find_value(name, word) for word in words[:MOST_CHOSEN]] for name, words in given.items()}
    chosen = {name: tuple(dict.fromkeys(words)) for name, words in meant.items()}
    years = [int(each) if each.strip() else None for each in (first, last)]
    if years[0] is not None and years[1] is not None and years[0] > years[1]:  # typed the other way round
        years.reverse()
    return SearchWish(
        text=q.strip(),
        chosen={name: words for name, words in chosen.items() if words},
        first_year=years[0],
        last_year=years[1],
        sort=sort if sort in SORTS else SORTS[0],
        page=min(page, LAST_PAGE),
    )


@router.get("/{language}/datasets/")
async def show_results(
    request: Request,
    hall: TheHall,
    language: Language,
    person: MaybePerson,
    wish: Annotated[SearchWish, Depends(read_wish)],
) -> Response:
    """Show the datasets that match; anybody may."""
    return await hall.page_threads.make(_render, request, hall, wish, language=language, person=person)


def _render(request: Request, hall: Hall, wish: SearchWish, *, language: str, person: Person | None) -> Response:
    words = Words(language)
    answer, unknown = _search(wish, words=words)
    pages = min(LAST_PAGE, max(1, -(-answer.total // PAGE_SIZE)))
    chosen = list_chosen(wish, words=words)
    return hall.renderer.page(
        request,
        "datasets.html",
        language=language,
        person=person,
        wish=wish,
        answer=answer,
        chosen=chosen,
        unknown=unknown,
        facet_titles=TITLES,
        facets=list_facets(wish, answer, words=words),
        years=list_years(wish, answer, today=datetime.now(UTC).date()),
        page=min(wish.page, pages),
        pages=pages,
        page_numbers=list_pages(min(wish.page, pages), of=pages),
        sorts=SORT_TITLES,
        themes=theme_titles(),
        licenses=datahall.licenses(),
        access_levels=datahall.access_levels(),
    )


def _search(wish: SearchWish, *, words: Words) -> tuple[SearchAnswer, list[UnknownValue]]:
    index = open_index()

    def ask(page: int) -> SearchAnswer:
        start = PAGE_SIZE * (page - 1)
        return index.search(
            SearchRequest(
                wish.text,
                filters=wish.filters,
                sort=wish.sort,  # type: ignore[arg-type]  # read_wish knows no others
                start=start,
                rows=PAGE_SIZE,
                language=words.language,
                values=MOST_VALUES,
            )
        )

    answer = ask(min(wish.page, LAST_PAGE))
    last = min(LAST_PAGE, -(-answer.total // PAGE_SIZE))
    answer = ask(last) if answer.total and wish.page > last else answer  # beyond the end the last page is shown
    return answer, list_unknown(wish, found=answer.total, words=words)
