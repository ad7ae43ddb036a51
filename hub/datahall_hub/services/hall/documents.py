"""Whole documents that programs read again and again: marked, so that one that has not changed is not sent again.

The mark is told from what the document is made of, before it is made; bodies are packed where the client can unpack.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from datahall_hub.services.hall.byte_ranges import matches_etag
from datahall_hub.services.hall.data import OPEN_TO_ALL

_SMALLEST_PACKED = 1_000  # bytes; below, packing saves nothing
_LEVEL = 5  # as small as the default within a few per cent, in half of the time


def answer_document(
    request: Request,
    make: Callable[[], bytes],
    *,
    media_type: str,
    mark: str,
    changed: datetime,
    links: Mapping[str, str] | None = None,
    is_plain: bool = False,
) -> Response:
    """Answer with the document that `make` makes, unless the client has it; `links` are by relation.

    What `is_plain` is sent as it is, without a length: fsspec would ask for that first, and cut off what has grown
    until it reads.
    """
    headers = OPEN_TO_ALL | {
        "access-control-expose-headers": "ETag, Link",
        "etag": f'W/"{mark}"',
        "last-modified": format_datetime(changed.replace(microsecond=0), usegmt=True),
        "cache-control": "public, no-cache",
        "vary": "Accept-Encoding",
    }
    if links:
        headers["link"] = ", ".join(f'<{address}>; rel="{relation}"' for relation, address in links.items())
    if _has_it(request, mark=mark, changed=changed):
        return Response(status_code=304, headers=headers)
    body = make()
    if is_plain:
        return StreamingResponse(iter([body]), media_type=media_type, headers=headers)
    if len(body) >= _SMALLEST_PACKED and _takes_gzip(request.headers.get("accept-encoding", "")):
        body = gzip.compress(body, _LEVEL, mtime=0)
        headers["content-encoding"] = "gzip"
    return Response(body, media_type=media_type, headers=headers)


def _has_it(request: Request, *, mark: str, changed: datetime) -> bool:
    """Tell whether the client has this very document; its mark counts, and without one the date."""
    tags, since = request.headers.get("if-none-match"), request.headers.get("if-modified-since")
    if tags is not None:
        return matches_etag(tags, etag=f'"{mark}"')
    try:
        return since is not None and parsedate_to_datetime(since) >= changed.replace(microsecond=0)
    except (ValueError, TypeError):  # TypeError: a date without a zone cannot be compared
        return False


def _takes_gzip(header: str) -> bool:
    """Tell whether ``Accept-Encoding`` names gzip, and not with the weight nought."""
    for word in header.lower().split(","):
        name, _, weight = word.partition(";")
        if name.strip() in {"gzip", "*"}:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
