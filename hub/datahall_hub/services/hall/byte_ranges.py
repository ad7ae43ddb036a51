"""Byte ranges of RFC 9110, section 14: which part of a file a request asks for.

Pure. One range is answered with a part; what is malformed, of another unit or asks for several ranges is
answered with the whole, as the standard allows.
"""

from __future__ import annotations

import re
from typing import Final, Literal

_ONE_RANGE = re.compile(r"bytes=\s*(\d{0,19})-(\d{0,19})\s*", re.ASCII | re.IGNORECASE)
UNSATISFIABLE: Final = "unsatisfiable"


def parse_range(header: str | None, *, size: int) -> tuple[int, int] | Literal["unsatisfiable"] | None:
    """Return the first and last byte asked for, None for the whole, or `UNSATISFIABLE` (status 416)."""
    match = _ONE_RANGE.fullmatch(header or "")
    if match is None:
        return None
    first, last = match.groups()
    if not first:
        return _parse_suffix(last, size=size)
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        return UNSATISFIABLE
    return start, min(int(last), size - 1) if last else size - 1


def matches_etag(header: str | None, *, etag: str) -> bool:
    """Tell whether ``If-None-Match`` names `etag` (weak comparison, as the standard has it there)."""
    if header is None:
        return False
    return header.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in header.split(","))


def allows_range(header: str | None, *, etag: str) -> bool:
    """Tell whether ``If-Range`` lets a range be answered: absent, or exactly this strong tag."""
    return header is None or header.strip() == etag


def _parse_suffix(length: str, *, size: int) -> tuple[int, int] | Literal["unsatisfiable"] | None:
    if not length:
        return None
    if int(length) == 0 or size == 0:
        return UNSATISFIABLE
    return max(size - int(length), 0), size - 1
