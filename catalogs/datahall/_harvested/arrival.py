"""Bring one distribution's bytes to a file: from the mirror, or its own address, within limits, unless unchanged."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .._addresses import unreachable
from .._disk import check_room
from .._download import open_answer
from .._mirror import find_in_mirror
from .._wire import is_packed, read_body
from ..card import Source
from ..errors import N_, SourceFailed, UnreadableSource
from .limits import Limits

Progress = Callable[[int, int | None], None]

_LONGEST_LOOKED_UP = 2_000  # characters of an address that a card, and so a mirror, may have
_LONGEST_MARK = 500  # characters of an ETag that are kept


@dataclass(frozen=True)
class Arrival:
    """What came: the file's digest and size, and by which marks the server tells whether it has changed."""

    sha256: str
    bytes: int
    etag: str = ""
    last_modified: str = ""

    def conditions(self) -> dict[str, str]:
        """Return the headers that ask only for what has changed."""
        if self.etag:
            return {"If-None-Match": self.etag}
        return {"If-Modified-Since": self.last_modified} if self.last_modified else {}


def bring_file(
    url: str,
    *,
    into: Path,
    limits: Limits,
    trusts: bool = False,
    known: Arrival | None = None,
    progress: Progress | None = None,
) -> Arrival | None:
    """Write what lies at `url` to the file `into`; None where the server says that it is as `known` has it.

    With `trusts` it may lie on the hosts of an own network that the operator trusts.

    Raises
    ------
    SourceFailed
        Unreachable, in a private network, larger or slower than the limits.
    UnreadableSource
        There is nothing in it.
    """
    mirrored = _find_mirrored(url)
    if isinstance(mirrored, Path):
        with mirrored.open("rb") as file:
            return _write(iter(lambda: file.read(1 << 20), b""), into=into, url=url, limits=limits, progress=progress)
    conditions = known.conditions() if known is not None else {}
    limits.check_time(url)
    accepted = (200, 304) if conditions else (200,)
    place = mirrored or url
    may_trust = trusts or mirrored is not None
    with open_answer(
        place, headers=conditions, accepted=accepted, patience=limits.seconds_left, trusts=may_trust
    ) as answer:
        if answer.status_code == 304:
            return None
        announced = answer.headers.get("content-length", "")
        is_known = announced.isdecimal() and len(announced) < 16 and not is_packed(answer)
        total = int(announced) if is_known else None
        if total is not None:
            limits.check_size(total, url=url)
        came = _write(read_body(answer, url=url), into=into, url=url, limits=limits, progress=progress, total=total)
        if total is not None and came.bytes != total:
            raise unreachable(url, f"{came.bytes} bytes of {total}")
        etag, modified = answer.headers.get("etag", ""), answer.headers.get("last-modified", "")
        return Arrival(came.sha256, came.bytes, _kept(etag), _kept(modified))


def _find_mirrored(url: str) -> Path | str | None:
    if len(url) > _LONGEST_LOOKED_UP:
        return None
    try:
        return find_in_mirror(Source.model_construct(url=url, format="csv"))
    except SourceFailed:
        return None  # a broken mirror must not hide the source itself


def _kept(mark: str) -> str:
    return mark if len(mark) <= _LONGEST_MARK and mark.isprintable() and mark.isascii() else ""


def _write(
    parts: Iterator[bytes],
    *,
    into: Path,
    url: str,
    limits: Limits,
    progress: Progress | None,
    total: int | None = None,
) -> Arrival:
    digest, size = hashlib.sha256(), 0
    with into.open("wb") as file:
        for part in parts:
            size += len(part)
            limits.check_size(size, url=url)
            limits.check_time(url)
            check_room(into.parent, size=len(part), file=url)
            file.write(part)
            digest.update(part)
            if progress is not None:
                progress(len(part), total)
    if not size:
        raise UnreadableSource(N_("{file} is empty."), code="empty", file=url)
    return Arrival(digest.hexdigest(), size)
