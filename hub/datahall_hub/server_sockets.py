"""Where a person's server listens: a Unix socket in a folder of the hall's own, which no sandbox shows.

The hub makes the socket and hands it over, already listening: a server that is still starting keeps its visitors
waiting instead of refusing them, and nobody inside can plant a link for the proxy to follow. JupyterHub stores an
address and a port for each server and would write ``:80`` behind a socket's name; `SocketServer` does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
from jupyterhub.objects import Server
from jupyterhub.utils import can_connect
from traitlets import Unicode

from datahall_hub.home import Home

LINE = 128  # visitors who may wait until the server looks after them
SERVER_ERRORS = 500
LOOK_AGAIN = 0.1  # seconds after an answer that was none
NOBODY_LISTENS = (ConnectionRefusedError, FileNotFoundError)


class SocketServer(Server):  # type: ignore[misc]  # JupyterHub ships no types
    """A server at a Unix socket, as the hub and its proxy speak of it."""

    path = Unicode()

    @property
    def host(self) -> str:
        """What the proxy is told: the socket's path, in the letters it is written with, and no port."""
        return f"http+unix://{quote(self.path, safe='')}"

    @property
    def url(self) -> str:
        """The same with the path of the server's pages."""
        return f"{self.host}{self.base_url}"

    async def wait_up(
        self, timeout: float = 10, http: bool = False, ssl_context: object = None, extra_path: str = ""
    ) -> aiohttp.ClientResponse:
        """Return the first answer below 500; JupyterHub calls this when it has started, and after its own restart."""
        return await ask_until_answered(Path(self.path), page=f"{self.base_url}{extra_path}", within=timeout)

    def is_up(self) -> bool:
        """Return whether somebody listens."""
        return bool(can_connect(self.path, unix_socket=True))


async def ask_until_answered(path: Path, *, page: str, within: float) -> aiohttp.ClientResponse:
    """Ask a server at its socket until it answers as it should.

    JupyterHub's own client writes the path in small letters, which is another path.

    Raises
    ------
    TimeoutError
        If it has not after `within` seconds, or if nobody listens any more: nobody will again.
    """
    limit = aiohttp.ClientTimeout(total=within)
    async with (
        asyncio.timeout(within),
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(path)), timeout=limit) as client,
    ):
        while True:
            try:
                async with client.get(f"http://localhost{page}", allow_redirects=False) as answer:
                    if answer.status < SERVER_ERRORS:
                        return answer
            except aiohttp.ClientConnectorError as error:
                if isinstance(error.os_error, NOBODY_LISTENS):
                    raise TimeoutError(f"Nobody listens at {path}.") from error
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(LOOK_AGAIN)


def place_socket(home: Home, *, number: int) -> Path:
    """Return where the server of that number listens; the same for every hub of this hall."""
    return home.server_sockets / str(number) / "s"


def open_server_socket(path: Path) -> socket.socket:
    """Return a socket that listens at `path`, whatever stood there before; only the hall's own user enters."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen(LINE)
    except OSError:
        listener.close()
        raise
    return listener


def note_launch(path: Path, state: Mapping[str, Any]) -> None:
    """Write down what was started for the socket at `path`: the hub may fall before its database knows."""
    _place_note(path).write_text(json.dumps(state))


def read_launch(path: Path) -> dict[str, Any] | None:
    """Return what was started for the socket at `path` last and has not been taken away, or None."""
    try:
        noted: dict[str, Any] = json.loads(_place_note(path).read_text())
    except (OSError, ValueError):
        return None
    return noted


def _place_note(path: Path) -> Path:
    return path.with_name("launched.json")


def remove_server_socket(path: Path) -> None:
    """Take away the socket of a server that has ended, and what is noted of it."""
    path.unlink(missing_ok=True)
    _place_note(path).unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # something else lies there, or it was never made
        path.parent.rmdir()
