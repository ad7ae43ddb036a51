"""The hall's own cards, whole and page by page, for other halls that harvest this one.

In the order of their ids, so that a page begins behind the last one that was read, whatever comes and goes meanwhile.
What this hall has harvested itself is not among them: it is had from the portal it comes from.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any
from urllib.parse import urlencode

import datahall
from datahall import Dataset
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from datahall_hub.services.hall.addresses import BASE, base_url, data_path
from datahall_hub.services.hall.api_v1.models import REFUSED
from datahall_hub.services.hall.byte_ranges import matches_etag
from datahall_hub.services.hall.data import OPEN_TO_ALL
from datahall_hub.services.hall.hall import TheHall

router = APIRouter(prefix=BASE, tags=["catalog"])


class CardItem(BaseModel):
    """A dataset with its whole card, and the words that the card takes from this hall's vocabularies."""

    id: str
    url: str = Field(description="its page")
    version: str | None
    rows: int | None
    publisher: dict[str, Any]
    license: dict[str, Any]
    data: dict[str, str] = Field(description="where its rows are, by format; empty where they are not open or not here")
    card: dict[str, Any] = Field(description="as `datahall validate --schema` describes it")


class CardPage(BaseModel):
    """Some of the hall's own datasets, in the order of their ids."""

    datahall: int = Field(description="the form of this answer")
    total: int
    next: str | None = Field(description="where this goes on, relative to this address")
    cards: list[CardItem]


FORM = 1  # of this answer; another number is one that readers of this form do not understand


@router.get("/api/v1/cards", response_model=CardPage, responses=REFUSED | {304: {"description": "It is as it was."}})
def list_cards(
    request: Request,
    hall: TheHall,
    after: Annotated[str, Query(max_length=300, description="the id of the last dataset of the page before")] = "",
    rows: Annotated[int, Query(ge=1, le=1_000, description="datasets of a page")] = 200,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Return the cards of the hall's own datasets behind `after`, and where that goes on; anybody may."""
    listed = sorted(datahall.datasets(), key=lambda dataset: dataset.id)
    behind = [dataset for dataset in listed if dataset.id > after]
    base = base_url(request.headers, settings=hall.settings)
    content = {
        "datahall": FORM,
        "total": len(listed),
        "next": f"cards?{urlencode({'after': behind[rows - 1].id, 'rows': rows})}" if len(behind) > rows else None,
        "cards": [describe(dataset, base=base) for dataset in behind[:rows]],
    }
    body = json.dumps(content, ensure_ascii=False).encode()
    headers = OPEN_TO_ALL | {"cache-control": "public, no-cache", "etag": f'"{hashlib.sha256(body).hexdigest()[:32]}"'}
    if matches_etag(if_none_match, etag=headers["etag"]):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def describe(dataset: Dataset, *, base: str) -> dict[str, Any]:
    """Return a dataset's card as it is written, the words that it takes from this hall's vocabularies, and its data."""
    card, version = dataset.card, dataset.version
    publisher, license = datahall.publishers()[card.publisher], datahall.licenses()[card.license]
    has_data = card.access == "open" and version is not None
    addresses = {
        suffix: base + data_path(dataset.id, suffix=suffix).removeprefix(BASE) for suffix in ("parquet", "csv")
    }
    return {
        "id": dataset.id,
        "url": f"{base}/datasets/{dataset.id}",
        "version": version,
        "rows": dataset.rows,
        "publisher": publisher.model_dump(mode="json", exclude_none=True),
        "license": license.model_dump(mode="json", exclude_none=True, include={"id", "title", "url"}),
        "data": addresses if has_data else {},
        "card": card.model_dump(mode="json", exclude_none=True),
    }
