"""Connections that nobody uses for a while: whoever asks again never meets one that is just being closed."""

from __future__ import annotations

import asyncio
import time
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import aiohttp

from tests.running_hall import RunningHall


async def read_patience() -> float:
    """Return for how many seconds JupyterHub's client, which people's servers use, keeps a connection."""
    async with aiohttp.TCPConnector() as connector:
        return float(connector._keepalive_timeout)


def test_the_proxy_keeps_a_connection_longer_than_peoples_servers_do(hall: RunningHall) -> None:
    """Who opened a second page six seconds after the first got "500: Internal Server Error" now and then."""
    with closing(HTTPConnection(urlsplit(hall.url).netloc, timeout=30)) as connection:
        for pause in (0.0, asyncio.run(read_patience()) + 1):
            time.sleep(pause)
            connection.request("GET", "/hub/api/")  # fails where it was closed meanwhile
            answer = connection.getresponse()
            assert (answer.status, answer.will_close) == (200, False)
            answer.read()
