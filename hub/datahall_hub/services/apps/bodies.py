"""How much a stranger may send: a request with more than 64 KiB is answered 413 before it is read.

Who sends more through the proxy while that answer comes is told by the proxy that the service is gone (503).
"""

from __future__ import annotations

from collections.abc import Awaitable

from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.web import Application

from .headers import SECURITY_HEADERS

LARGEST_BODY = 64 * 1024  # bytes; a page of an app sends none at all, and a leaving one a form of nothing


class BoundedApplication(Application):
    """An application that does not collect large bodies."""

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> HTTPMessageDelegate:
        """Put the bound before the handlers; tornado calls this for each request, before its body is read."""
        return _Bounded(super().start_request(server_conn, request_conn), connection=request_conn)


class _Bounded(HTTPMessageDelegate):
    def __init__(self, delegate: HTTPMessageDelegate, *, connection: HTTPConnection) -> None:
        self._delegate = delegate
        self._connection = connection
        self._left = LARGEST_BODY
        self._refused = False

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        length = headers.get("Content-Length", "")
        if length.isdecimal() and int(length) > LARGEST_BODY:
            self._refuse()
            return None
        return self._delegate.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        self._left -= len(chunk)
        if self._left < 0 and not self._refused:  # a body that does not say how long it is
            self._refuse()
        return None if self._refused else self._delegate.data_received(chunk)

    def finish(self) -> None:
        if not self._refused:
            self._delegate.finish()

    def on_connection_close(self) -> None:
        self._delegate.on_connection_close()

    def _refuse(self) -> None:
        self._refused = True
        words = b"Too much: the apps take requests of at most 64 KiB.\n"
        headers = HTTPHeaders({**SECURITY_HEADERS, "Content-Type": "text/plain; charset=utf-8", "Connection": "close"})
        headers["Content-Length"] = str(len(words))
        self._connection.write_headers(ResponseStartLine("HTTP/1.1", 413, "Content Too Large"), headers, words)
        self._connection.finish()
