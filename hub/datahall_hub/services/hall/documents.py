"""Whole documents that programs read again and again: marked, so that one that has not changed is not sent again.

The mark is told from what the document is made of, before it is made; bodies are packed where the client can unpack.
"""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import BinaryIO

from fastapi import Request
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import iterate_in_threadpool
from starlette.types import Receive, Scope, Send

from datahall_hub.services.hall.byte_ranges import matches_etag
from datahall_hub.services.hall.data import OPEN_TO_ALL
from datahall_hub.services.hall.kept_documents import KeptDocuments

_SMALLEST_PACKED = 1_000  # bytes; below, packing saves nothing
_CHUNK = 256 * 1024
_LEVEL = 5  # as small as the default within a few per cent, in half of the time
_QUICK_LEVEL = 1  # for what is packed again for each who asks


@dataclass(frozen=True)
class KeptCopy:
    """The one copy of a document that is kept, whatever host it is asked for at.

    It holds the hall's address as `made_with`, in whose place the `client` is told `base`.
    """

    documents: KeptDocuments
    mark: str
    made_with: str
    base: str
    client: str


def answer_document(
    request: Request,
    make: Callable[[], bytes],
    *,
    media_type: str,
    mark: str,
    changed: datetime,
    links: Mapping[str, str] | None = None,
    is_plain: bool = False,
    kept: KeptCopy | None = None,
) -> Response:
    """Answer with the document that `make` makes, unless the client has it or it is `kept`; `links` are by relation.

    What is kept is made with the address that `kept` names, and told with the one that was asked for.

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
    takes_gzip = not is_plain and _takes_gzip(request.headers.get("accept-encoding", ""))
    if kept is not None:
        answer = KeptAnswer(kept, make, takes_gzip=takes_gzip, has_length=not is_plain)
        answer.init_headers(headers | {"content-type": media_type})
        return answer
    body = make()
    if is_plain:
        return StreamingResponse(iter([body]), media_type=media_type, headers=headers)
    if len(body) >= _SMALLEST_PACKED and takes_gzip:
        body = gzip.compress(body, _LEVEL, mtime=0)
        headers["content-encoding"] = "gzip"
    return Response(body, media_type=media_type, headers=headers)


class KeptAnswer(StreamingResponse):
    """A kept document; it is opened, or made, when it is sent, so that no thread waits for it."""

    def __init__(self, kept: KeptCopy, make: Callable[[], bytes], *, takes_gzip: bool, has_length: bool) -> None:
        super().__init__(iter(()))
        self._kept, self._make = kept, make
        self._takes_gzip = takes_gzip
        self._is_as_kept = kept.base == kept.made_with
        self._has_length = has_length and self._is_as_kept  # else it is known only at the end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; called by the framework."""
        kept = self._kept
        with await kept.documents.open(kept.mark, self._make, client=kept.client) as packed:
            size, unpacked_size = _measure(packed)
            is_packed = self._takes_gzip and unpacked_size >= _SMALLEST_PACKED
            if is_packed:
                self.headers["content-encoding"] = "gzip"
            if self._has_length:
                self.headers["content-length"] = str(size if is_packed else unpacked_size)
            chunks = _read(packed, is_packed=is_packed and self._is_as_kept)
            if not self._is_as_kept:
                chunks = replace_text(chunks, kept.made_with.encode(), kept.base.encode())
                chunks = _pack(chunks) if is_packed else chunks
            self.body_iterator = iterate_in_threadpool(chunks)
            await super().__call__(scope, receive, send)


def _measure(packed: BinaryIO) -> tuple[int, int]:
    """Return how many bytes a packed document has, and how many unpacked: gzip notes that at its end."""
    size = packed.seek(-4, os.SEEK_END) + 4
    unpacked_size = int.from_bytes(packed.read(4), "little")
    packed.seek(0)
    return size, unpacked_size


def _read(packed: BinaryIO, *, is_packed: bool) -> Iterator[bytes]:
    source = packed if is_packed else gzip.GzipFile(fileobj=packed)
    while chunk := source.read(_CHUNK):
        yield chunk


def replace_text(chunks: Iterable[bytes], old: bytes, new: bytes) -> Iterator[bytes]:
    """Yield the bytes of `chunks` with `new` in the place of `old`, also where that lies across two of them."""
    rest = b""
    for chunk in chunks:
        *before, last = (rest + chunk).split(old)
        begun = max(0, len(last) - len(old) + 1)  # from here on `old` may have begun
        yield new.join([*before, last[:begun]])
        rest = last[begun:]
    yield rest


def _pack(chunks: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(_QUICK_LEVEL, wbits=16 + zlib.MAX_WBITS)
    for chunk in chunks:
        yield packer.compress(chunk)
    yield packer.flush()


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
