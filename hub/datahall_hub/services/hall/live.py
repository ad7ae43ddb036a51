"""The newest values of data that arrives: for a page's table, and as CSV and JSON for anybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from datahall import Dataset
from fastapi import APIRouter, Query
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from datahall_hub.services.hall.addresses import BASE
from datahall_hub.services.hall.data import OPEN_TO_ALL
from datahall_hub.services.hall.faults import NotAllowed, NotFound
from datahall_hub.services.hall.preview import Preview, preview_of
from datahall_hub.services.hall.row_streams import csv_of, json_of
from datahall_hub.services.hall.shelf import get_dataset
from datahall_hub.services.hall.wording import N_

router = APIRouter(prefix=f"{BASE}/datasets", tags=["data"])

SHOWN = 6  # rows on a page
MOST = 10_000
HEADERS = OPEN_TO_ALL | {"cache-control": "public, max-age=5"}

Limit = Annotated[int, Query(ge=1, le=MOST, description="How many rows; the newest come first.")]


@dataclass(frozen=True)
class Live:
    """What a page tells of data that arrives."""

    newest: Preview
    seconds: int | None  # since the source last answered
    has_failed: bool
    every: int


def load_live(dataset: Dataset) -> Live | None:
    """Return the newest values and how the stream stands; None for data that does not arrive, or is not open."""
    stream, state = dataset.card.stream, dataset.stream
    if stream is None or state is None or dataset.card.access != "open":
        return None
    seconds = int((datetime.now(UTC) - state.answered).total_seconds()) if state.answered else None
    return Live(preview_of(dataset.newest(SHOWN)), seconds, has_failed=state.error is not None, every=stream.every)


@router.get("/{theme}/{name}/live.csv", response_class=Response)
async def read_live_csv(theme: str, name: str, limit: Limit = 1000) -> Response:
    """Return the newest rows of data that arrives as CSV; anybody may."""
    dataset = await run_in_threadpool(_get_stream, f"{theme}/{name}")
    content = await run_in_threadpool(lambda: csv_of(dataset.newest(limit)))
    return Response(content, headers=HEADERS, media_type="text/csv; charset=utf-8; header=present")


@router.get("/{theme}/{name}/live.json", response_class=Response)
async def read_live_json(theme: str, name: str, limit: Limit = 1000) -> Response:
    """Return the newest rows of data that arrives as a JSON list; anybody may."""
    dataset = await run_in_threadpool(_get_stream, f"{theme}/{name}")
    content = await run_in_threadpool(lambda: json_of(dataset.newest(limit)))
    return Response(content, headers=HEADERS, media_type="application/json")


def tell_stream(dataset: Dataset) -> dict[str, Any]:
    """Return how a stream stands, for programs; what its source answered stays with those who look after it."""
    state = dataset.stream
    if state is None:
        return {}
    told = state.as_json()
    return {"stream": told | {"error": state.error["code"] if state.error else None}}


def _get_stream(dataset_id: str) -> Dataset:
    dataset = get_dataset(dataset_id)
    if dataset.card.access != "open":
        raise NotAllowed(
            N_("{id} is not open data: only its description is public."),
            hint=N_("Its page says who publishes it and on what conditions."),
            code="not-open",
            id=dataset.id,
        )
    if dataset.card.stream is None:
        raise NotFound(
            N_("The data of {id} does not arrive piece by piece, so it has no newest rows."),
            hint=N_("data.csv, data.json and data.parquet beside this address have all its rows."),
            code="no-stream",
            id=dataset.id,
        )
    return dataset
