"""A small real HTTP server whose answers a test writes down; it also truncates, lies, redirects and dawdles."""

from __future__ import annotations

import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Reply:
    """One answer. `promise` is a Content-Length that may be a lie; None sends none and closes."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    promise: int | None = -1
    endless: bool = False
    pause: float = 0.0  # seconds between pieces of 1,000 bytes
    cut: int | None = None  # the connection breaks after so many bytes of each answer
    has_ranges: bool = True


Answer = Reply | Callable[[str, bytes], Reply]


class _QuietServer(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that have had enough, and everything else."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # a socket, as it gives it


class SmallServer:
    """Serves `answers` by path and counts what it was asked for."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.ranges: list[str | None] = []  # what each request said of a range
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                server._answer(self, b"")

            def do_HEAD(self) -> None:
                server._answer(self, b"")

            def do_POST(self) -> None:
                server._answer(self, self.rfile.read(int(self.headers.get("Content-Length", 0))))

            def log_message(self, *_: object) -> None:
                pass

        self._server = _QuietServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self.headers: list[Message] = []  # of each request

    @property
    def netloc(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.netloc}"

    def _answer(self, handler: BaseHTTPRequestHandler, content: bytes) -> None:
        self.headers.append(handler.headers)
        self.asked.append(handler.path)
        answer = self.answers.get(handler.path, Reply(status=404))
        reply = answer(handler.path, content) if callable(answer) else answer
        wanted, condition = handler.headers.get("Range"), handler.headers.get("If-Range")
        self.ranges.append(wanted)
        if not reply.has_ranges or condition not in (None, reply.headers.get("ETag")):
            wanted = None
        body, status, headers = _ranged(reply, wanted)
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        if reply.promise is None or reply.endless:
            handler.send_header("Connection", "close")
            handler.close_connection = True
        else:
            promised = len(body) if reply.promise == -1 else reply.promise
            handler.send_header("Content-Length", str(promised))
            handler.close_connection = promised != len(body) or reply.cut is not None
        handler.end_headers()
        if handler.command != "HEAD":
            _send(handler, body[: reply.cut], reply)

    def start(self) -> SmallServer:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _ranged(reply: Reply, wanted: str | None) -> tuple[bytes, int, dict[str, str]]:
    headers = {"Accept-Ranges": "bytes", **reply.headers}
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", wanted or "")
    if reply.status != 200 or match is None:
        return reply.body, reply.status, headers
    size, (first, last) = len(reply.body), match.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    return reply.body[start : end + 1], 206, {**headers, "Content-Range": f"bytes {start}-{end}/{size}"}


def _send(handler: BaseHTTPRequestHandler, body: bytes, reply: Reply) -> None:
    try:
        while reply.endless:
            handler.wfile.write(b"x" * 65536)
        for start in range(0, len(body), 1000) if reply.pause else ():
            handler.wfile.write(body[start : start + 1000])
            handler.wfile.flush()
            time.sleep(reply.pause)
        if not reply.pause:
            handler.wfile.write(body)
    except (BrokenPipeError, ConnectionResetError):
        handler.close_connection = True  # the client has had enough


@contextmanager
def small_server() -> Iterator[SmallServer]:
    server = SmallServer().start()
    try:
        yield server
    finally:
        server.stop()
