"""How the hub has a sandbox served with the hall's address and, where the setting allows, a way to the internet.

The spawner calls `serve` once a sandbox stands, and gives what `build_network_environment` returns to what runs inside.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from typing import Any

from datahall_forkserver.identities import Identity
from datahall_forkserver.sandboxes import Sandbox

from datahall_hub.home import Home
from datahall_hub.services.egress.places import INSIDE, choose_proxy_port
from datahall_hub.settings import Settings

ANSWER_WITHIN = 5.0  # seconds; it takes some milliseconds, a service that has fallen is back after one or two
TRY_EVERY = 0.1  # seconds between two tries while the service is away
PROBE_WITHIN = 0.5  # seconds


class EgressError(Exception):
    """A sandbox is not served; the message says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


async def serve(
    home: Home,
    sandbox: Sandbox,
    *,
    identity: Identity | None,
    internet: bool,
    within: float = ANSWER_WITHIN,
) -> None:
    """Have the hall's port opened inside a sandbox, and the proxy's where `internet` is allowed.

    Returns once they are open. Asking twice is fine. A service that is just starting again is waited for.

    Raises
    ------
    EgressError
        If they are not open after `within` seconds, or can't be opened.
    """
    order = {
        "do": "serve",
        "sandbox": {"pid": sandbox.pid, "started": sandbox.started},
        "identity": {"user": identity.user, "group": identity.group} if identity else None,
        "internet": internet,
    }
    answer = await ask(home, order, within=within)
    if "error" in answer:
        raise EgressError(str(answer["error"]["code"]), str(answer["error"]["message"]))


async def ask(home: Home, order: dict[str, Any], *, within: float = ANSWER_WITHIN) -> dict[str, Any]:
    """Return the service's answer to one request; it is asked again while it is away.

    Raises
    ------
    EgressError
        If there is none in time.
    """
    try:
        async with asyncio.timeout(within):
            while True:
                with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                    return await _ask_once(home, order)
                await asyncio.sleep(TRY_EVERY)
    except TimeoutError:
        raise EgressError(
            "no-answer",
            f"The way out of sandboxes does not answer within {within:g} s. Its log: {home.logs}/egress.log",
        ) from None


async def _ask_once(home: Home, order: dict[str, Any]) -> dict[str, Any]:
    reader, writer = await asyncio.open_unix_connection(home.egress_socket, limit=2**24)
    try:
        writer.write(json.dumps(order).encode() + b"\n")
        answer: dict[str, Any] = json.loads(await reader.readuntil())
    finally:
        writer.close()
    return answer


def is_answering(home: Home) -> bool:
    """Return whether the service answers; the supervisor asks."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(PROBE_WITHIN)
        try:
            connection.connect(str(home.egress_socket))
            connection.sendall(b'{"do": "status"}\n')
            return bool(connection.recv(1))
        except OSError:
            return False


def place_hall(settings: Settings) -> str:
    """Return the hall's address inside a sandbox with a network of its own, without a trailing slash."""
    return f"http://{INSIDE}:{settings.port}"


def build_network_environment(settings: Settings) -> dict[str, str]:
    """Return the variables by which programs inside find the hub's API, the fetch service and the proxy."""
    hall = place_hall(settings)
    environment = {
        "JUPYTERHUB_API_URL": f"{hall}/hub/api",
        "DATAHALL_FETCH_URL": f"{hall}/services/hall/api/v1/fetch",
    }
    if settings.internet == "on":
        proxy = f"http://{INSIDE}:{choose_proxy_port(settings.port)}"
        for name in ("HTTP_PROXY", "HTTPS_PROXY"):
            environment |= {name: proxy, name.lower(): proxy}  # some programs know one spelling, some the other
        environment |= {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
    return environment
