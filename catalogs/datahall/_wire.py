"""The wire: an answer's body as the bytes that were meant, within bounds, though a server may have packed them.

We ask for bytes as they are. A server that packs them all the same with gzip is understood, a small part at a time,
so that a few packed bytes cannot fill the memory; any other packing is refused.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ._addresses import unreachable
from .errors import N_, SourceFailed

if TYPE_CHECKING:
    import httpx

_PART = 1 << 20  # bytes that are unpacked at a time
_GZIP = ("gzip", "x-gzip")
_OTHERS = (
    "br",
    "zstd",
    "deflate",
    "compress",
    "x-compress",
)  # what else RFC 9110's registry has; others are no packing
_AUTOMATIC = 31  # zlib's word for gzip with its header and checksum


def is_packed(response: httpx.Response) -> bool:
    """Say whether the body is packed, so that its bytes are not those that are counted."""
    return bool(_packings(response))


def read_body(response: httpx.Response, *, url: str) -> Iterator[bytes]:
    """Yield the body part by part.

    Raises
    ------
    SourceFailed
        It is packed otherwise than once with gzip, or damaged.
    """
    packings = _packings(response)
    if not packings:
        yield from response.iter_raw()
    elif len(packings) == 1 and packings[0] in _GZIP:
        yield from _unpack(response.iter_raw(), url=url)
    else:
        raise SourceFailed(
            N_("{url} is packed on the way ({packing}), though it was asked for as it is."),
            code="packed-answer",
            url=url,
            packing=", ".join(packings),
            hint=N_("Nothing was changed. Name a mirror of the file, or ask who runs the server."),
        )


def _packings(response: httpx.Response) -> list[str]:
    written = response.headers.get("content-encoding", "").lower().split(",")
    return [word for entry in written if (word := entry.strip()) in (*_GZIP, *_OTHERS)]


def _unpack(parts: Iterator[bytes], *, url: str) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(_AUTOMATIC)
    is_empty = True
    try:
        for packed in parts:
            is_empty = is_empty and not packed
            while packed:
                if unpacker.eof:  # gzip files may stand one after the other
                    unpacker = zlib.decompressobj(_AUTOMATIC)
                if part := unpacker.decompress(packed, _PART):
                    yield part
                packed = unpacker.unconsumed_tail or unpacker.unused_data
        if part := unpacker.flush():  # some bytes that the limit has held back
            yield part
    except zlib.error as error:
        raise unreachable(url, f"gzip: {error}") from error
    if not (unpacker.eof or is_empty):
        raise unreachable(url, "gzip: the content ends too soon")
