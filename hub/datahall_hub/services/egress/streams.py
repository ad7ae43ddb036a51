"""Bytes passed on between two connections, in bounded pieces and with an end to all waiting."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from dataclasses import dataclass, field
from typing import Any

from datahall_hub.services.egress.seats import Share

PIECE = 32_768  # bytes that are read, and that wait to be written, of one direction of one connection
IDLE = 600.0  # seconds in which neither side says anything
CLOSE_WITHIN = 5.0  # seconds for what is still on its way


@dataclass
class Stream:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def abort(self) -> None:
        """Let go of it at once."""
        self.writer.transport.abort()

    async def finish(self) -> None:
        """Close it once all has been written, or has not been for too long."""
        self.writer.close()
        with contextlib.suppress(OSError):
            async with asyncio.timeout(CLOSE_WITHIN):
                await self.writer.wait_closed()
                return
        self.abort()


async def adopt_connection(connection: socket.socket) -> Stream:
    """Return the stream of a socket that is connected."""
    return _bound(Stream(*await asyncio.open_connection(sock=connection, limit=PIECE)))


async def connect(host: str, port: int, *, source: str | None = None, tls: bool = False) -> Stream:
    """Return a stream to an address; `source` is our own end of it."""
    local = (source, 0) if source else None
    return _bound(
        Stream(*await asyncio.open_connection(host, port, local_addr=local, limit=PIECE, ssl=True if tls else None))
    )


def _bound(stream: Stream) -> Stream:
    stream.writer.transport.set_write_buffer_limits(high=PIECE)
    return stream


@dataclass
class _Activity:
    idle: float
    last: float = field(default_factory=time.monotonic)

    def note(self) -> None:
        self.last = time.monotonic()

    async def await_silence(self) -> None:
        """Return once neither side has said anything for a while, or has not taken what the other said."""
        while (left := self.last + self.idle - time.monotonic()) > 0:
            await asyncio.sleep(left)


async def join_streams(one: Stream, other: Stream, *, share: Share, idle: float = IDLE) -> None:
    """Pass on what either side says until both have ended or nothing has come for a while; then close both."""
    activity = _Activity(idle)
    pumping = asyncio.gather(
        _pump(one, other, share=share, activity=activity), _pump(other, one, share=share, activity=activity)
    )
    silence = asyncio.ensure_future(activity.await_silence())
    try:
        waiting: list[asyncio.Future[Any]] = [pumping, silence]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if pumping.done() and pumping.exception() is None:
            await asyncio.gather(one.finish(), other.finish())
    finally:
        silence.cancel()
        pumping.cancel()
        await asyncio.gather(silence, pumping, return_exceptions=True)
        one.abort()
        other.abort()


async def _pump(source: Stream, target: Stream, *, share: Share, activity: _Activity) -> None:
    while piece := await source.reader.read(PIECE):
        activity.note()
        async with share.turn():
            target.writer.write(piece)
        await target.writer.drain()
        activity.note()
    with contextlib.suppress(OSError, NotImplementedError):
        target.writer.write_eof()
