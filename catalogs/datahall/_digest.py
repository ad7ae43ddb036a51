"""Compute what a card promises of a source: its sha256 and its size, as the bytes come today."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ._download import Progress, stream_bytes
from .errors import N_, DatahallError

_PART = 1 << 20  # bytes read at a time


@dataclass(frozen=True)
class Digest:
    """The two lines of a card that tell a source's bytes from any others."""

    sha256: str
    bytes: int


def digest_source(place: str, *, progress: Progress | None = None) -> Digest:
    """Return the digest of a file or of what an http(s) address sends; nothing is kept."""
    is_address = place.startswith(("http://", "https://"))
    digest, size = hashlib.sha256(), 0
    for part in stream_bytes(place, progress=progress) if is_address else _file_parts(Path(place)):
        digest.update(part)
        size += len(part)
    return Digest(digest.hexdigest(), size)


def _file_parts(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            yield from iter(lambda: file.read(_PART), b"")
    except OSError as error:
        raise DatahallError(
            N_("{file} cannot be read: {reason}."), code="unreadable", file=path, reason=error.strerror or error
        ) from error
