"""The words that cards use, over HTTP: themes with their datasets, and every vocabulary."""

from __future__ import annotations

import datahall
from datahall._index import SearchRequest, open_index
from datahall._vocabulary import semantics, vocabularies
from fastapi import APIRouter
from fastapi.responses import JSONResponse

from datahall_hub.services.hall.addresses import BASE
from datahall_hub.services.hall.api_v1 import models
from datahall_hub.services.hall.api_v1.searching import SHARED
from datahall_hub.services.hall.faults import NotFound
from datahall_hub.services.hall.wording import N_

router = APIRouter(prefix=f"{BASE}/api/v1", tags=["words"], responses=models.REFUSED)


@router.get("/themes", response_model=models.Themes)
def list_themes() -> JSONResponse:
    """Return the 20 domains, each with how many datasets it has; anybody may."""
    counts = open_index().search(SearchRequest(rows=0, facets=("theme",))).facets["theme"]
    by_theme = {each.value: each.count for each in counts}
    results = [
        {
            "id": theme.id,
            "title": theme.title.model_dump(),
            "sentence": theme.sentence.model_dump(),
            "datasets": by_theme.get(theme.id, 0),
        }
        for theme in datahall.themes()
    ]
    return JSONResponse({"results": results}, headers=SHARED)


@router.get("/vocabularies", response_model=models.Vocabularies)
def list_vocabularies() -> JSONResponse:
    """Return which lists of words there are; anybody may."""
    return JSONResponse({"results": {name: len(terms) for name, terms in _vocabularies().items()}}, headers=SHARED)


@router.get("/vocabularies/{name}", response_model=models.Vocabulary, responses=models.NOT_FOUND)
def show_vocabulary(name: str) -> JSONResponse:
    """Return the words of one list; anybody may."""
    terms = _vocabularies().get(name)
    if terms is None:
        raise NotFound(
            N_("There is no vocabulary {name}."),
            hint=N_("There are {known}."),
            code="unknown-vocabulary",
            name=name[:100],
            known=", ".join(_vocabularies()),
        )
    return JSONResponse({"name": name, "results": terms}, headers=SHARED)


def _vocabularies() -> dict[str, list[dict[str, object]]]:
    """Return every list of words by the name of its file."""
    listed = {file.stem: list(terms.values()) for file, terms in vocabularies().values()}
    listed |= {"formats": list(datahall.formats().values()), "semantics": list(semantics().values())}
    return {name: [term.model_dump(mode="json", exclude_none=True) for term in terms] for name, terms in listed.items()}
