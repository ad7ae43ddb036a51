"""Ask a feed for what is new since a position: the end of a growing file or address, or an answer that is whole.

A position is plain JSON. That of growing text is its offset with the last bytes before it, by which a file that was
begun anew (rotated, replaced) is known: it is then read from its start.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from .._download import open_answer
from .._wire import is_packed, read_body
from ..card import Practice, Source, Stream
from ..errors import N_, SourceFailed, UnreadableSource

if TYPE_CHECKING:
    import httpx

LIMIT = 32 << 20  # bytes at once; the rest is asked for in the same round
LARGEST_ANSWER = 256 << 20  # bytes of an answer that is whole
PATIENCE = 15.0  # seconds that one answer may take; an endless one of a growing address is cut, and gone on with
_WHOLE_PATIENCE = (
    20.0  # seconds that it may take with its headers, so that no source keeps the follower from the others
)
MOST_LINES = 16  # of one record, in quotes
TAIL = 64  # bytes before the offset that must still be there

Position = Mapping[str, Any]

_RANGE = re.compile(r"bytes (\d{1,18})-\d{1,18}/(?:\d{1,18}|\*)")


@dataclass(frozen=True)
class News:
    """What has come since a position: `head` (lines above the records) and `body` make a file of the source's format.

    Attributes
    ----------
    head, body : bytes
        The body ends with a whole record.
    position : mapping
        From where to go on.
    has_more : bool
        Whether more is there at once.
    """

    head: bytes
    body: bytes
    position: Position
    has_more: bool = False


def ask_feed(source: Source, *, file: Path | None, position: Position, now: datetime) -> News | None:
    """Return what is new in the feed of `source` since `position` ({} at first), or None.

    Parameters
    ----------
    source : Source
        Of the kind ``stream``.
    file : Path, optional
        Where a feed that is a file lies.
    position : mapping
        What the last `News` said.
    now : datetime
        Up to when a practice feed has delivered; with an offset.

    Raises
    ------
    SourceFailed
        The address cannot be reached, or is refused.
    UnreadableSource
        What it sends cannot be cut into records.
    """
    stream = source.stream
    assert stream is not None
    if stream.practice is not None:
        return _ask_practice(stream.practice, stream=stream, position=position, now=now)
    place = _File(file) if file is not None else _Address(stream.url or "")
    return _ask_growing(place, source=source, position=position) if stream.grows else place.read_whole(position)


class _Place(Protocol):
    def read(self, start: int) -> bytes | None:
        """Return at most about `LIMIT` bytes from `start`; None where there are not so many before it."""


def _ask_growing(place: _Place, *, source: Source, position: Position) -> News | None:
    offset, tail = int(position.get("offset", 0)), bytes.fromhex(position.get("tail", ""))
    head = bytes.fromhex(position.get("head", ""))
    content: bytes | None = place.read(offset - len(tail)) if offset else None
    if content is None or not content.startswith(tail):
        content, tail = place.read(0) or b"", b""
        found = _head_of(content, source=source)
        if found is None:
            return None
        head = found
        offset = len(head)
    has_more = len(content) >= LIMIT
    content = content[len(tail or head) :]
    # A quote that is still open when it is looked at again is astray: whoever writes a record writes it at once.
    body = content[: end_of_records(content, quote=None if position.get("open") == offset else source.quote)]
    if has_more and not body:
        body = content[: end_of_records(content, quote=None)]
    if has_more and not body:
        raise UnreadableSource(
            N_("{source} sends a record longer than {limit} bytes."),
            source=source.name,
            limit=LIMIT,
            hint=N_("Correct how the card describes it: its quotes, perhaps."),
        )
    is_open = b"\n" in content[len(body) :]
    if not body and not is_open:
        return None
    tail, offset = ((tail or head) + body)[-TAIL:], offset + len(body)
    where = {"offset": offset, "tail": tail.hex(), "head": head.hex()} | ({"open": offset} if is_open else {})
    return News(head, body, where, has_more)


def _head_of(content: bytes, *, source: Source) -> bytes | None:
    """Return the lines above the records; None while they are not all there."""
    lines = source.skip_rows + (1 if source.header and source.format != "jsonl" else 0)
    end = 0
    for _ in range(lines):
        end = content.find(b"\n", end) + 1
        if not end:
            return None
    return content[:end]


def end_of_records(content: bytes, *, quote: str | None) -> int:
    """Return where the last whole record ends: at a line's end that stands outside of quotes, if there are any."""
    end = content.rfind(b"\n")
    mark = (quote or "").encode()
    is_inside = mark != b"" and content.count(mark, 0, max(end, 0)) % 2 == 1
    while is_inside and end >= 0:
        before = content.rfind(b"\n", 0, end)
        is_inside ^= content.count(mark, max(before, 0), end) % 2 == 1
        end = before
    return end + 1


@dataclass(frozen=True)
class _File:
    path: Path

    def read(self, start: int) -> bytes | None:
        with self.path.open("rb") as file:
            if file.seek(0, 2) < start:
                return None
            file.seek(start)
            return file.read(LIMIT)

    def read_whole(self, position: Position) -> News | None:
        status = self.path.stat()
        stamp = {"changed": status.st_mtime_ns, "size": status.st_size}
        if stamp == position:
            return None
        with self.path.open("rb") as file:
            content = file.read(LARGEST_ANSWER + 1)
        if len(content) > LARGEST_ANSWER:
            raise UnreadableSource(
                N_("{source} is larger than {limit} bytes."), source=self.path.name, limit=LARGEST_ANSWER
            )
        return News(b"", content, stamp)


@dataclass(frozen=True)
class _Address:
    url: str

    def read(self, start: int) -> bytes | None:
        headers = {"Range": f"bytes={start}-"} if start else {}
        with open_answer(self.url, headers=headers, accepted=(200, 206, 416), patience=_WHOLE_PATIENCE) as response:
            found = _RANGE.fullmatch(response.headers.get("content-range", ""))
            if response.status_code == 416:
                return None
            if response.status_code == 206 and (found is None or int(found[1]) != start or is_packed(response)):
                return None
            skip = start if response.status_code == 200 else 0
            return self._take(read_body(response, url=self.url), skip=skip)

    def _take(self, parts: Iterator[bytes], *, skip: int) -> bytes | None:
        """Return the bytes behind the first `skip`; a body that goes on for ever is left after a while."""
        deadline = monotonic() + PATIENCE
        taken = bytearray()
        for part in parts:
            passed = min(skip, len(part))
            skip -= passed
            taken += part[passed:]
            if monotonic() > deadline and skip:
                raise SourceFailed(
                    N_(
                        "{source} gives no part of itself (HTTP ranges), and the whole is too slow: "
                        "what is new cannot be reached."
                    ),
                    code="no-ranges",
                    source=self.url,
                    hint=N_("Ask who runs the server for ranges, or for a file that begins anew each day."),
                )
            if len(taken) >= LIMIT or monotonic() > deadline:
                break
        return bytes(taken) if not skip else None

    def read_whole(self, position: Position) -> News | None:
        names = {"etag": "If-None-Match", "modified": "If-Modified-Since"}
        headers = {names[key]: value for key, value in position.items() if key in names}
        with open_answer(self.url, headers=headers, accepted=(200, 304), patience=_WHOLE_PATIENCE) as response:
            if response.status_code == 304:
                return None
            found = {"etag": response.headers.get("etag"), "modified": response.headers.get("last-modified")}
            content = self._read_whole(response)
        digest = hashlib.sha256(content).hexdigest()
        if digest == position.get("sha256"):
            return None
        marks = {key: value for key, value in found.items() if value and value.isascii() and value.isprintable()}
        return News(b"", content, marks | {"sha256": digest})

    def _read_whole(self, response: httpx.Response) -> bytes:
        deadline = monotonic() + PATIENCE
        content = bytearray()
        for part in read_body(response, url=self.url):
            content += part
            if len(content) > LARGEST_ANSWER:
                raise UnreadableSource(
                    N_("{source} is larger than {limit} bytes."), source=self.url, limit=LARGEST_ANSWER
                )
            if monotonic() > deadline:
                raise SourceFailed(
                    N_("{source} takes longer than {seconds} seconds to answer."),
                    code="too-slow",
                    source=self.url,
                    seconds=PATIENCE,
                    hint=N_("Nothing was changed; it is asked again later."),
                )
        return bytes(content)


def _ask_practice(practice: Practice, *, stream: Stream, position: Position, now: datetime) -> News | None:
    from .._practice.city import City
    from .._practice.sensors import write_delivered

    until = int(now.timestamp())
    days = timedelta(days=max((stream.days or 2) - 1, 1))
    midnight = datetime.combine((now.astimezone(ZoneInfo(stream.timezone)) - days).date(), time.min)
    first = int(position.get("first", midnight.replace(tzinfo=ZoneInfo(stream.timezone)).timestamp()))
    since, city = int(position.get("until", first)), City(practice.population, practice.seed)
    head, body = write_delivered(city, practice.table, first=first, since=since, until=until)
    return News(head, body, {"until": until, "first": first}) if body else None
