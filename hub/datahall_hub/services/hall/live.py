"""The newest values of data that arrives: for a page's table, and as CSV and JSON for anybody."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from datahall import Dataset
from datahall._first_rows import Preview, preview_of
from datahall.card import Card, CardField, Stream
from fastapi import APIRouter, Query
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from datahall_hub.services.hall.addresses import BASE
from datahall_hub.services.hall.data import OPEN_TO_ALL, Mark
from datahall_hub.services.hall.faults import NotFound, not_open
from datahall_hub.services.hall.row_streams import csv_of, json_of
from datahall_hub.services.hall.shelf import get_dataset
from datahall_hub.services.hall.wording import N_

router = APIRouter(prefix=f"{BASE}/datasets", tags=["data"])

if TYPE_CHECKING:
    import polars as pl

SHOWN = 6  # rows on a page
USUAL, MOST = 1_000, 200_000
_at_once = asyncio.Semaphore(4)  # answers that are made in memory
HEADERS = OPEN_TO_ALL | {"cache-control": "public, max-age=5"}

Limit = Annotated[
    int | None,
    Query(ge=1, le=MOST, description="How many rows; without it all that no version has yet. The newest come first."),
]


@dataclass(frozen=True)
class Live:
    """What a page tells of data that arrives.

    Attributes
    ----------
    newest : Preview
        In the stream's time zone, its columns in the order of `fields`; of moments on one `day` the time alone.
    seconds : int or None
        Since the source last answered.
    counts : dict
        Records since the stream began: received, doubled, corrected, late, refused.
    """

    newest: Preview
    fields: tuple[CardField, ...]
    day: str | None
    timezone: str
    seconds: int | None
    has_failed: bool
    counts: dict[str, int]
    every: int


def load_live(dataset: Dataset) -> Live | None:
    """Return the newest values and how the stream stands; None for data that does not arrive, or is not open."""
    stream, state = dataset.card.stream, dataset.stream
    if stream is None or state is None or dataset.card.access != "open":
        return None
    frame, day = _in_local_time(dataset.newest(SHOWN), stream=stream)
    fields = _order_fields(dataset.card)
    return Live(
        newest=preview_of(frame.select(field.name for field in fields)),
        fields=fields,
        day=day,
        timezone=stream.timezone,
        seconds=int((datetime.now(UTC) - state.answered).total_seconds()) if state.answered else None,
        has_failed=state.error is not None,
        counts=dict(state.counts or {}),
        every=stream.every,
    )


def _order_fields(card: Card) -> tuple[CardField, ...]:
    """Return the fields as a narrow screen needs them: the time, what else tells the rows apart, numbers, the rest."""

    def rank(field: CardField) -> int:
        if card.stream is not None and field.name == card.stream.time:
            return 0
        return 1 if field.name in card.primary_key else 2 if field.type in ("integer", "number") else 3

    return tuple(sorted(card.fields, key=rank))


def _in_local_time(frame: pl.DataFrame, *, stream: Stream) -> tuple[pl.DataFrame, str | None]:
    """Return the rows with moments in the stream's time zone; where all are of one day, the time alone, and the day."""
    import polars as pl

    local = [pl.col(name).dt.convert_time_zone(stream.timezone) for name in frame.columns if _is_in_utc(frame, name)]
    frame = frame.with_columns(local)
    moments = frame[stream.time]
    if not isinstance(moments.dtype, pl.Datetime) or moments.dt.date().n_unique() != 1:
        return frame, None
    return frame.with_columns(moments.dt.strftime("%H:%M:%S")), moments.dt.date()[0].isoformat()


def _is_in_utc(frame: pl.DataFrame, name: str) -> bool:
    return getattr(frame.schema[name], "time_zone", None) == "UTC"


@router.get("/{theme}/{name}/live.csv", response_class=Response)
async def read_live_csv(theme: str, name: str, limit: Limit = None, bom: Mark = False) -> Response:
    """Return the newest rows of data that arrives as CSV; anybody may."""
    dataset = await run_in_threadpool(_get_stream, f"{theme}/{name}")
    async with _at_once:
        content = await run_in_threadpool(lambda: csv_of(dataset.newest(_count_rows(dataset, limit)), with_mark=bom))
    headers = HEADERS | {"content-disposition": f'attachment; filename="{dataset.name}-live.csv"'}
    return Response(content, headers=headers, media_type="text/csv; charset=utf-8; header=present")


@router.get("/{theme}/{name}/live.json", response_class=Response)
async def read_live_json(theme: str, name: str, limit: Limit = None) -> Response:
    """Return the newest rows of data that arrives as a JSON list; anybody may."""
    dataset = await run_in_threadpool(_get_stream, f"{theme}/{name}")
    async with _at_once:
        content = await run_in_threadpool(lambda: json_of(dataset.newest(_count_rows(dataset, limit))))
    return Response(content, headers=HEADERS, media_type="application/json")


def _count_rows(dataset: Dataset, limit: int | None) -> int:
    """Return how many rows are answered with: those asked for, else all that no version has: none is then missing."""
    state = dataset.stream
    return limit or min(max(USUAL, state.waiting if state else 0), MOST)


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
        raise not_open(dataset.id)
    if dataset.card.stream is None:
        raise NotFound(
            N_("The data of {id} does not arrive piece by piece, so it has no newest rows."),
            hint=N_("data.csv, data.json and data.parquet beside this address have all its rows."),
            code="no-stream",
            id=dataset.id,
        )
    return dataset
