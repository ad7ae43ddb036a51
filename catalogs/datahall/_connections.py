"""Connections that lead to the very address that was checked, and that are given up when an answer trickles.

All below one answer share a `Watch`: until the answer's head is there a few seconds in all, whatever the number of hops
and of small steps; then a rate that is looked at anew every half minute. Only the time spent waiting counts, so that a
reader who takes its time is no fault of the server's. Whoever has to account for what comes can have it `metered`.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

from .errors import N_, SourceFailed

SLOWEST = 20_000  # bytes a second; below it a source is given up
WINDOW = 30.0  # seconds of waiting, all but the first of which must bring their share
HEAD_PATIENCE = 60.0  # seconds until an answer begins, redirects included

Meter = Callable[[int], None]

_METER: ContextVar[Meter | None] = ContextVar("meter", default=None)


@contextmanager
def metered(meter: Meter) -> Iterator[None]:
    """Have `meter` told the size of all that arrives meanwhile, heads of answers and what is thrown away included."""
    token = _METER.set(meter)
    try:
        yield
    finally:
        _METER.reset(token)


class Watch:
    """How long an answer for `url` may still take, `patience` seconds in all where the caller has so many."""

    def __init__(self, url: str, *, patience: float | None = None) -> None:
        self._url = url
        started = time.monotonic()
        self._end = started + patience if patience is not None else None
        self._head_end: float | None = started + HEAD_PATIENCE
        self._has_had_time = False
        self._waited = 0.0
        self._received = 0

    def note_head(self) -> None:
        """Note that the answer has begun: from now on it is its rate that counts."""
        self._head_end = None

    def limit(self, timeout: float | None) -> float:
        """Return how many of `timeout` seconds the next step may take.

        Raises
        ------
        SourceFailed
            None are left.
        """
        ends = [end for end in (self._end, self._head_end) if end is not None]
        if not ends:
            return timeout if timeout is not None else WINDOW
        left = min(ends) - time.monotonic()
        if left <= 0:
            raise self._given_up(N_("{url} was given up: its answer took too long."))
        return min(left, timeout) if timeout is not None else left

    def note(self, *, seconds: float, received: int) -> None:
        """Note a step that waited `seconds` for `received` bytes.

        Raises
        ------
        SourceFailed
            What came in this window is too little.
        """
        if (meter := _METER.get()) is not None:
            meter(received)
        self._waited += seconds
        self._received += received
        if self._waited < WINDOW:
            return
        if self._has_had_time and self._received < SLOWEST * WINDOW:
            raise self._given_up(N_("{url} was given up: it is slower than {rate} bytes a second."))
        self._has_had_time, self._waited, self._received = True, 0.0, 0

    def _given_up(self, message: str) -> SourceFailed:
        return SourceFailed(
            message,
            code="unreachable",
            url=self._url,
            rate=SLOWEST,
            hint=N_("Nothing was changed. Try again later, or name a mirror in DATAHALL_MIRROR."),
        )


class Transport(httpx.HTTPTransport):
    """httpx's own, but it connects to `addresses` where a name was checked, and `watch` sees every step."""

    def __init__(
        self, *, watch: Watch, addresses: tuple[str, ...] | None, verify: ssl.SSLContext, proxy: httpx.Proxy | None
    ) -> None:
        super().__init__(verify=verify, proxy=proxy, trust_env=False)
        self._pool._network_backend = _Backend(watch, addresses)  # httpcore's argument, which httpx passes on to none


class _Backend(httpcore.NetworkBackend):
    def __init__(self, watch: Watch, addresses: tuple[str, ...] | None) -> None:
        self._watch = watch
        self._addresses = addresses
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first checked address that answers; the name stays in the request and the certificate."""
        failure: Exception | None = None
        for address in self._addresses if self._addresses is not None else (host,):
            try:
                stream = self._inner.connect_tcp(
                    address, port, self._watch.limit(timeout), local_address, socket_options
                )
                return _Stream(stream, self._watch)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError("no address")


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, watch: Watch) -> None:
        self._inner = inner
        self._watch = watch

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        limit, started = self._watch.limit(timeout), time.monotonic()
        try:
            part = self._inner.read(max_bytes, limit)
        except httpcore.ReadTimeout:
            self._watch.limit(timeout)  # says so where it is the whole answer that took too long
            raise
        self._watch.note(seconds=time.monotonic() - started, received=len(part))
        return part

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._watch.limit(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, self._watch.limit(timeout))
        return _Stream(inner, self._watch)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
