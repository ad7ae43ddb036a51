"""A text file in any encoding as a stream of UTF-8 bytes, with or without the lines below its table.

Bounded: a few megabytes of the file are held at a time, whatever its size.
"""

from __future__ import annotations

import codecs
import io
import sys
import time
from pathlib import Path
from threading import Event, Lock, get_ident
from typing import BinaryIO, cast

PART = 1 << 22  # bytes read at a time
FOOTER_BYTES = 1 << 20  # the lines below a table must lie within this much of the end

_PATIENCE = 0.1  # seconds
_UTF8 = ("utf-8", "utf8", "utf-8-sig")


class Utf8Stream(io.RawIOBase):
    """The file's text as UTF-8 without a byte order mark, less its last `skip_footer` lines.

    With `errors` ``backslashreplace`` a byte that the encoding does not know is written as ``\\xe9``.
    """

    def __init__(self, path: Path, *, encoding: str, errors: str = "strict", skip_footer: int = 0) -> None:
        super().__init__()
        self._reading, self._was_ended = Lock(), Event()
        self._reader = get_ident()
        self._file: BinaryIO = path.open("rb")
        name = encoding.lower().replace("_", "-")
        is_plain = name in _UTF8 and errors == "strict"
        codec = "utf-8-sig" if name in _UTF8 else encoding
        self._decoder = None if is_plain else codecs.getincrementaldecoder(codec)(errors)
        self._skip_footer = skip_footer
        self._ready = b""
        self._held = b""
        self._is_first, self._is_over = True, False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        """Fill `buffer` with the next bytes; 0 at the end. Called by everything that reads."""
        view = memoryview(cast(bytearray, buffer)).cast("B")
        part = self.read(len(view))
        view[: len(part)] = part
        return len(part)

    def read(self, size: int | None = -1) -> bytes:
        """Return up to `size` bytes, b"" only at the end, and where the stream was closed meanwhile."""
        if size is None or size < 0:
            return b"".join(iter(lambda: self.read(PART), b""))
        with self._reading:
            self._reader = get_ident()
            while not self._ready and not self._is_over:
                self._ready = self._next_part()
            part, self._ready = self._ready[:size], self._ready[size:]
            if not part:
                self._was_ended.set()
        return part

    def close(self) -> None:
        """Leave nothing more to read, and wait for who reads in another thread, as Arrow does ahead.

        Python aborts the whole process where it ends while such a thread is within `read`.
        """
        with self._reading:
            self._is_over, self._ready = True, b""
            self._file.close()
        if self._reader != get_ident():
            self._was_ended.wait(_PATIENCE)  # it may ask once more, or not at all
            end = time.monotonic() + _PATIENCE
            while self._reader in sys._current_frames() and time.monotonic() < end:
                time.sleep(0.001)
        super().close()

    def _read_file(self) -> bytes:
        return self._file.read(PART)

    def _next_part(self) -> bytes:
        raw = self._read_file()
        if self._decoder is not None:
            part = self._decoder.decode(raw, final=not raw).encode("utf-8", "replace")
        else:
            part = raw.removeprefix(codecs.BOM_UTF8) if self._is_first else raw
        self._is_first, self._is_over = False, not raw
        if not self._skip_footer:
            return part
        self._held += part
        if self._is_over:
            return _without_last_lines(self._held, count=self._skip_footer)
        free = max(0, len(self._held) - FOOTER_BYTES)
        part, self._held = self._held[:free], self._held[free:]
        return part


def _without_last_lines(content: bytes, *, count: int) -> bytes:
    lines = content.splitlines(keepends=True)  # bytes know no other line ends than \n, \r and both
    return b"".join(lines[: max(0, len(lines) - count)])
