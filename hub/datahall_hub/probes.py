"""Questions to services that may not have started yet.

The supervisor holds the listening sockets, so a connection succeeds before anybody answers. A probe therefore
asks once, lets the question wait in the service's line, and looks now and then whether the answer has come:
looking never blocks, and a service is known to be ready as soon as it is.
"""

from __future__ import annotations

import contextlib
import http.client
import select
import socket
import time
from pathlib import Path

PATIENCE = 10.0  # seconds after which a question is asked anew
READ_TIMEOUT = 1.0  # seconds for an answer that has begun
PROBE_TIMEOUT = 1.0  # seconds one look may take


class Probe:
    """One service's readiness: it answers `path` with 200, or, where `any_status` is enough, at all.

    Parameters
    ----------
    place
        An inner port, or the path of a Unix socket.
    """

    def __init__(self, place: int | Path, *, path: str, any_status: bool = False) -> None:
        self._place = place
        self._path = path
        self._any_status = any_status
        self._socket: socket.socket | None = None
        self._asked_at = 0.0

    def look(self) -> bool:
        """Return whether the service has answered well; ask where no question is on its way."""
        if self._socket is None:
            self._ask()
        elif time.monotonic() - self._asked_at > PATIENCE:
            self.close()
        if self._socket is None or not select.select([self._socket], [], [], 0)[0]:
            return False
        return self._read_answer(self._socket)

    def close(self) -> None:
        """Take the question back."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _ask(self) -> None:
        is_path = isinstance(self._place, Path)
        connection = socket.socket(socket.AF_UNIX if is_path else socket.AF_INET)
        connection.settimeout(READ_TIMEOUT)
        try:
            connection.connect(str(self._place) if is_path else ("127.0.0.1", self._place))
            connection.sendall(f"GET {self._path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        except OSError:
            connection.close()
            return
        self._socket = connection
        self._asked_at = time.monotonic()

    def _read_answer(self, connection: socket.socket) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            response = http.client.HTTPResponse(connection, method="GET")
            try:
                response.begin()
                return self._any_status or response.status == http.client.OK
            finally:
                response.close()
                self.close()
        self.close()
        return False


def answers(port: int, *, path: str, host: str = "127.0.0.1") -> bool:
    """Whether the service at a port answers `path` with 200."""
    connection = http.client.HTTPConnection(host, port, timeout=PROBE_TIMEOUT)
    with contextlib.closing(connection):
        try:
            connection.request("GET", path)
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
