"""A small apps service for tests: HTTP on a Unix socket, which answers trials, looks and proofs as it is told to."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

FINE: dict[str, Any] = {"ending": "finished", "seconds": 1.5, "memory": 90_000_000}
RENDERS: dict[str, Any] = {"renders": True, "live_only": False, "seconds": {"en": 1.0, "zh": 1.1}}

SEEN: dict[str, Any] = {"has_picture": True, "made_with": {"axe-core": "4", "chromium": "1"}}

Answer = tuple[int, dict[str, Any]]


class SmallTrials:
    """What it was asked, and what it answers: `trial`, `look` and `proof` take a request and return status and body."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.trial: Callable[[dict[str, Any]], Answer] = lambda asked: (200, {"language": asked["language"], **FINE})
        self.look: Callable[[dict[str, Any]], Answer] = lambda _: (200, SEEN)
        self.proof: Callable[[dict[str, Any]], Answer] = lambda _: (200, RENDERS)

    def count(self, path: str) -> int:
        """Return how often an address was asked."""
        return sum(each == path for each, _ in self.asked)


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


@contextmanager
def run_small_trials(socket: Path) -> Iterator[SmallTrials]:
    """Serve until the block ends."""
    trials = SmallTrials()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            trials.asked.append((self.path, asked))
            answers = {"/trials": trials.trial, "/looks": trials.look}
            status, body = answers.get(self.path, trials.proof)(asked)
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(content)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    socket.unlink(missing_ok=True)
    with _Server(str(socket), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield trials
        finally:
            server.shutdown()
            thread.join()
