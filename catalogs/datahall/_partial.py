"""A download that grows: the bytes so far in a file, their digest, and how to ask for the rest.

A file that an earlier fetch left is gone on with only where the card has a sha256, which the whole must have in the
end. Within one fetch a strong ETag serves as well.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import httpx

from .card import Source

_RANGE = re.compile(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18}|\*)")


class Partial:
    """What has arrived of `source` in `file`; `was_resumed` once it is put together from more than one answer."""

    def __init__(self, file: Path, *, source: Source, progress: Callable[[int, int | None], None] | None) -> None:
        self.file = file
        self.size = 0
        self.was_resumed = False
        self._source = source
        self._progress = progress
        self._digest = hashlib.sha256()
        self._validator: str | None = None
        if source.sha256 is not None and file.is_file():
            self._load()
        else:
            self.clear()

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to ask for."""
        return self._source.bytes is not None and self.size == self._source.bytes and self.was_resumed

    @property
    def can_be_resumed(self) -> bool:
        """Whether the rest, from wherever it comes, is known to belong to what is here."""
        return self._source.sha256 is not None or self._validator is not None

    def hexdigest(self) -> str:
        """Return the sha256 of the bytes so far."""
        return self._digest.hexdigest()

    def range_headers(self) -> dict[str, str]:
        """Return what asks for the rest, or for everything where the source has changed since."""
        if not self.size:
            return {}
        headers = {"Range": f"bytes={self.size}-"}
        return headers | ({"If-Range": self._validator} if self._validator else {})

    def begin(self, response: httpx.Response) -> bool:
        """Take up an answer: the rest, or everything anew; False where it is neither and must be asked for again."""
        is_rest = response.status_code == 206 and "content-encoding" not in response.headers
        if is_rest and self._continues(response.headers.get("content-range", "")):
            self.was_resumed = True
            return True
        self.clear()
        if response.status_code != 200:
            return False
        etag = response.headers.get("etag", "")
        # A weak one does not vouch for bytes, and of packed bytes we count those unpacked.
        self._validator = etag if etag.startswith('"') and "content-encoding" not in response.headers else None
        return True

    def append(self, parts: Iterable[bytes]) -> None:
        """Write the parts behind what is there, as they come."""
        with self.file.open("ab") as file:
            for part in parts:
                file.write(part)
                self._count(part)

    def clear(self) -> None:
        """Begin anew."""
        if self._progress is not None and self.size:
            self._progress(-self.size, self._source.bytes)
        self.file.unlink(missing_ok=True)
        self.size, self.was_resumed, self._validator, self._digest = 0, False, None, hashlib.sha256()
        self.file.touch()

    def _load(self) -> None:
        """Read what an earlier fetch left; it may end anywhere, and be damaged."""
        with self.file.open("rb") as file:
            while part := file.read(1 << 20):
                self._count(part)
        self.was_resumed = self.size > 0
        if self._source.bytes is not None and self.size > self._source.bytes:
            self.clear()

    def _count(self, part: bytes) -> None:
        self._digest.update(part)
        self.size += len(part)
        if self._progress is not None:
            self._progress(len(part), self._source.bytes)

    def _continues(self, content_range: str) -> bool:
        found = _RANGE.fullmatch(content_range)
        if found is None or int(found[1]) != self.size:
            return False
        return found[2] == "*" or self._source.bytes is None or int(found[2]) == self._source.bytes
