"""Answers with a part of a file, quickly: what the system has in memory goes out without another thread.

A thread for each piece costs more than reading it. So each is first asked for without waiting (Linux: `RWF_NOWAIT`);
what would have to come from the disk is read in a thread, so that nobody else waits for it.
"""

from __future__ import annotations

import asyncio
import errno
import os
from contextlib import suppress
from pathlib import Path

from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

PIECE = 512 * 1024  # bytes; larger ones gain nothing, and lie in memory for each reader
AT_ONCE = getattr(os, "RWF_NOWAIT", 0)
_NOT_AT_ONCE = frozenset({errno.EAGAIN, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS})


class FileSlice(Response):
    """The bytes `first` to `last` of a file; `headers` hold its length."""

    def __init__(
        self, file: Path, *, first: int, last: int, status_code: int, headers: dict[str, str], media_type: str
    ) -> None:
        super().__init__(status_code=status_code, headers=headers, media_type=media_type)
        self._file, self._first, self._end = file, first, last + 1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the bytes until they or the client are gone; called by the server."""
        descriptor = os.open(self._file, os.O_RDONLY | os.O_CLOEXEC)
        leaving = asyncio.create_task(_wait_for_leaving(receive))
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            place = self._first
            while place < self._end and not leaving.done():
                piece = await read_piece(descriptor, place, min(PIECE, self._end - place))
                if not piece:  # the file is shorter than it was: the server hangs up, and the client knows
                    raise OSError(errno.EIO, "the file ends too soon", str(self._file))
                place += len(piece)
                await send({"type": "http.response.body", "body": piece, "more_body": place < self._end})
        finally:
            leaving.cancel()
            with suppress(asyncio.CancelledError):
                await leaving
            os.close(descriptor)


async def read_piece(descriptor: int, place: int, length: int) -> bytes | memoryview:
    """Return up to `length` bytes at `place`; fewer where only those are in memory, none at the end of the file."""
    if AT_ONCE:
        buffer = bytearray(length)
        try:
            got = os.preadv(descriptor, [buffer], place, AT_ONCE)
        except OSError as error:
            if error.errno not in _NOT_AT_ONCE:
                raise
        else:
            return memoryview(buffer)[:got]
    return await asyncio.to_thread(os.pread, descriptor, length, place)


async def _wait_for_leaving(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
