"""The rows of open datasets: Parquet with byte ranges, CSV and JSON as streams.

Anybody may read them, from any site. A version never changes, so its name is the ETag, and an address with
``?version=`` may be kept for ever. CSV is the data as it is: a cell that begins with ``=`` is not altered.

Rows that are too many for one Parquet file lie in parts, each with an address of its own. ``data.parquet`` answers then
with the list of them and the status 300 (Multiple Choices): a program that expects rows there must not take the list
for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, cast

from datahall import Dataset, store
from datahall._first_rows import tell_unreadable
from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from datahall_hub.client_addresses import find_client
from datahall_hub.services.hall.addresses import BASE, base_url
from datahall_hub.services.hall.byte_ranges import UNSATISFIABLE, allows_range, matches_etag, parse_range
from datahall_hub.services.hall.faults import NotFetched, NotHere, ToldFault, not_open
from datahall_hub.services.hall.file_slices import FileSlice
from datahall_hub.services.hall.hall import Hall, TheHall
from datahall_hub.services.hall.harvested import get_open_harvested, not_brought, refuse_personal
from datahall_hub.services.hall.parts import PartList, find_part, list_parts
from datahall_hub.services.hall.row_streams import stream_csv, stream_json
from datahall_hub.services.hall.shelf import get_dataset, get_version
from datahall_hub.services.hall.wording import N_
from datahall_hub.use_counter import is_robot

router = APIRouter(prefix=f"{BASE}/datasets", tags=["data"])

PARQUET = "application/vnd.apache.parquet"
OPEN_TO_ALL = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "ETag, Content-Range, Accept-Ranges",
}

Version = Annotated[str | None, Query(max_length=40, description="A version; without it the newest.")]
Mark = Annotated[
    bool, Query(description="1: begin with a byte order mark, by which Excel knows UTF-8. Programs do without.")
]
Match = Annotated[str | None, Header(max_length=2_000)]


@dataclass(frozen=True)
class Rows:
    """A version of an open dataset that is in the store; `is_pinned` where the address names it."""

    dataset: Dataset
    version: str
    is_pinned: bool
    files: tuple[tuple[Path, int], ...]  # the Parquet files in order, and how many bytes each has

    @property
    def paths(self) -> tuple[Path, ...]:
        """The Parquet files, in order."""
        return tuple(path for path, _ in self.files)

    def headers(self, suffix: str, *, part: str = "") -> dict[str, str]:
        """Return what every answer with these rows, or with a part of them, bears."""
        return {
            **OPEN_TO_ALL,
            "etag": f'"{self.version}{part}"',
            "cache-control": "public, max-age=31536000, immutable" if self.is_pinned else "public, no-cache",
            "content-disposition": f'attachment; filename="{self.dataset.name}-{self.version}{part}.{suffix}"',
            "x-datahall-version": self.version,
        }


async def find_rows(request: Request, hall: TheHall, theme: str, name: str, version: Version = None) -> Rows:
    """Return the rows asked for; refuse what is not open or not here, and say whether it is on its way."""
    if store.is_harvested(f"{theme}/{name}"):
        return await _find_harvested_rows(request, hall, f"{theme}/{name}", version=version)
    if recent := hall.recent_rows.find(f"{theme}/{name}", version):
        return cast(Rows, recent)
    dataset, rows = await run_in_threadpool(_find_own_rows, f"{theme}/{name}", version)
    if dataset.card.access != "open":
        raise not_open(dataset.id)
    if rows is None:
        state = await hall.fetch.find_state(dataset.id)
        raise _not_here(dataset.id, has_failed=state is not None and state["status"] == "failed")
    if request.method == "GET":
        await hall.fetch.note_opening(dataset.id, rows.version)
        watched = [store.dataset_folder(dataset.id) / store.LATEST, *rows.paths]
        hall.recent_rows.note(dataset.id, version, rows, watched=watched)
    return rows


def _find_own_rows(dataset_id: str, version: str | None) -> tuple[Dataset, Rows | None]:
    """Return a dataset and the rows that are asked for, in one go; None where they are not here or not to be had."""
    dataset = get_dataset(dataset_id)
    return dataset, _find_version(dataset, version) if dataset.card.access == "open" else None


def _find_version(dataset: Dataset, version: str | None) -> Rows | None:
    found = get_version(dataset, version)
    if found is None:
        return None
    try:
        files = tuple((path, path.stat().st_size) for path in store.parquet_paths(dataset.id, found))
    except OSError as error:
        raise ToldFault(tell_unreadable(dataset.id), status=410) from error
    return Rows(dataset, found, version is not None, files)


async def _find_harvested_rows(request: Request, hall: Hall, dataset_id: str, *, version: str | None) -> Rows:
    """Return the rows of a harvested dataset that somebody has brought here; a visitor's question brings none."""
    dataset = await run_in_threadpool(get_open_harvested, dataset_id)
    rows = await run_in_threadpool(_find_version, dataset, version)
    if rows is None:
        raise not_brought(dataset)
    await run_in_threadpool(refuse_personal, dataset, version=rows.version)
    if request.method == "GET":
        await hall.fetch.note_opening(dataset.id, rows.version)
    return rows


TheRows = Annotated[Rows, Depends(find_rows)]


@router.head("/{theme}/{name}/data.parquet", include_in_schema=False)
@router.get("/{theme}/{name}/data.parquet", response_class=Response, responses={300: {"model": PartList}})
async def read_parquet(
    request: Request, hall: TheHall, rows: TheRows, if_none_match: Match = None, if_range: Match = None
) -> Response:
    """Return a dataset as Parquet, or the byte range asked for; where it lies in parts, their list. Anybody may."""
    (file, size), *more = rows.files
    if not more:
        headers = rows.headers("parquet")
        answer = _answer_file(request, file, size, headers, if_none_match=if_none_match, if_range=if_range)
        _count_download(request, hall, rows, answer=answer)
        return answer
    base = base_url(request.headers, settings=hall.settings)
    headers = rows.headers("json") | {"cache-control": "public, no-cache"}  # whose addresses follow the host asked
    del headers["content-disposition"]
    if matches_etag(if_none_match, etag=headers["etag"]):
        return Response(status_code=304, headers=headers)
    parts = await run_in_threadpool(list_parts, rows.dataset, rows.version, base=base)
    return JSONResponse(parts.model_dump(), status_code=300, headers=headers)


@router.head("/{theme}/{name}/part-{number}.parquet", include_in_schema=False)
@router.get("/{theme}/{name}/part-{number}.parquet", response_class=Response)
def read_part(
    request: Request, hall: TheHall, rows: TheRows, number: str, if_none_match: Match = None, if_range: Match = None
) -> Response:
    """Return a part of a dataset that lies in parts as Parquet, or the byte range asked for; anybody may."""
    file = find_part(rows.dataset, rows.version, number=number)
    headers = rows.headers("parquet", part=f"-{number}")
    size = file.stat().st_size
    answer = _answer_file(request, file, size, headers, if_none_match=if_none_match, if_range=if_range)
    _count_download(request, hall, rows, answer=answer, is_part=True)
    return answer


def _count_download(request: Request, hall: Hall, rows: Rows, *, answer: Response, is_part: bool = False) -> None:
    """Count a whole file as a use, and of ranges and parts the first of the day from one address."""
    if request.method != "GET" or answer.status_code not in {200, 206} or is_robot(request.headers.get("user-agent")):
        return
    place = find_client(request.headers.get("x-forwarded-for", ""))
    hall.uses.count(rows.dataset.id, "download", place=place, is_first_only=is_part or answer.status_code == 206)


def _answer_file(
    request: Request, file: Path, size: int, headers: dict[str, str], *, if_none_match: str | None, if_range: str | None
) -> Response:
    headers["accept-ranges"] = "bytes"
    if matches_etag(if_none_match, etag=headers["etag"]):
        return Response(status_code=304, headers=headers)
    part = None
    if request.method == "GET" and allows_range(if_range, etag=headers["etag"]):
        part = parse_range(request.headers.get("range"), size=size)
    if part == UNSATISFIABLE:
        return Response(status_code=416, headers=headers | {"content-range": f"bytes */{size}"})
    first, last = part or (0, size - 1)
    headers["content-length"] = str(last - first + 1)
    if part:
        headers["content-range"] = f"bytes {first}-{last}/{size}"
    if request.method != "GET":
        return Response(headers=headers, media_type=PARQUET)
    return FileSlice(
        file, first=first, last=last, status_code=206 if part else 200, headers=headers, media_type=PARQUET
    )


@router.head("/{theme}/{name}/data.csv", include_in_schema=False)
@router.get("/{theme}/{name}/data.csv", response_class=Response)
def read_csv(
    request: Request, hall: TheHall, rows: TheRows, bom: Mark = False, if_none_match: Match = None
) -> Response:
    """Return a dataset as CSV (UTF-8, comma, one header line); anybody may."""
    headers = rows.headers("csv")
    if matches_etag(if_none_match, etag=headers["etag"]):
        return Response(status_code=304, headers=headers)
    content = stream_csv(rows.paths, with_mark=bom) if request.method == "GET" else iter(())
    answer = StreamingResponse(content, headers=headers, media_type="text/csv; charset=utf-8; header=present")
    _count_download(request, hall, rows, answer=answer)
    return answer


@router.head("/{theme}/{name}/data.json", include_in_schema=False)
@router.get("/{theme}/{name}/data.json", response_class=Response)
def read_json(request: Request, hall: TheHall, rows: TheRows, if_none_match: Match = None) -> Response:
    """Return a dataset as a JSON list of rows; anybody may."""
    headers = rows.headers("json")
    if matches_etag(if_none_match, etag=headers["etag"]):
        return Response(status_code=304, headers=headers)
    content = stream_json(rows.paths) if request.method == "GET" else iter(())
    answer = StreamingResponse(content, headers=headers, media_type="application/json")
    _count_download(request, hall, rows, answer=answer)
    return answer


def _not_here(dataset_id: str, *, has_failed: bool) -> NotHere:
    if has_failed:
        return NotFetched(
            N_("{id} is not in this hall at present: it could not be fetched from its source."),
            hint=N_(
                "The hall tries again by itself, after longer and longer pauses. The dataset’s page names the source."
            ),
            id=dataset_id,
        )
    return NotHere(
        N_("{id} is not in this hall yet."),
        hint=N_("It is being fetched from its source; its page says how that stands. Try again in a moment."),
        id=dataset_id,
    )
