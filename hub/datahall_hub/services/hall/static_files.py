"""Style, script and mark of the pages: a fixed few files, kept in memory."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from datahall_hub.services.hall.addresses import BASE
from datahall_hub.services.hall.faults import NotFound
from datahall_hub.services.hall.hall import TheHall
from datahall_hub.services.hall.wording import N_

router = APIRouter(prefix=BASE, include_in_schema=False)


@router.get("/static/{name}")
async def read_static(hall: TheHall, name: str, mark: Annotated[str, Query(alias="v", max_length=40)] = "") -> Response:
    """Return a file that pages refer to; anybody may."""
    file = hall.renderer.static.get(name)
    if file is None:
        raise NotFound(N_("There is no such file."))
    caching = "public, max-age=31536000, immutable" if mark == file.mark else "public, no-cache"
    return Response(file.body, media_type=file.media_type, headers={"cache-control": caching, "etag": f'"{file.mark}"'})
