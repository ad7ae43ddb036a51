"""Ask the hall: addresses of its API that only read. What it answers is passed on as it came."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

from tornado.httpclient import AsyncHTTPClient, HTTPClientError

CONNECT_WITHIN = 2.0  # seconds; it is on this machine, or in this cluster
ANSWER_WITHIN = 20.0  # seconds; a dataset that is described for the first time takes one or two
AWAY_FOR = 15.0  # seconds for which a hall that was silent is not asked again
# By which the hall knows at which address people see it; it checks them.
PASSED_ON = ("Host", "X-Forwarded-Proto", "Accept-Language")


@dataclass
class _Silence:
    """Until when a hall is not asked, so that not every question waits for it."""

    until: float = 0.0


_silence = _Silence()


class HallAwayError(Exception):
    """The hall does not answer, or says that it cannot."""


@dataclass(frozen=True)
class HallAnswer:
    """What it answered: a status below 500 and JSON."""

    status: int
    body: bytes


def find_hall(environment: Mapping[str, str] = os.environ) -> str | None:
    """Return the address of the API of the hall that this server belongs to; None on a machine of one's own."""
    fetch = environment.get("DATAHALL_FETCH_URL", "")
    return urljoin(fetch, ".") if fetch else None


async def ask_hall(path: str, *, query: str, headers: Mapping[str, str]) -> HallAnswer:
    """Return the answer at an address below the hall's API.

    Raises
    ------
    HallAwayError
        If there is no hall, if it does not answer in time, or answers with a failure of its own.
    """
    base = find_hall()
    if base is None:
        raise HallAwayError("this server belongs to no hall")
    if time.monotonic() < _silence.until:
        raise HallAwayError("it was silent a moment ago")
    try:
        answer = await AsyncHTTPClient().fetch(
            f"{base}{path}?{query}" if query else f"{base}{path}",
            headers={name: headers[name] for name in PASSED_ON if name in headers},
            connect_timeout=CONNECT_WITHIN,
            request_timeout=ANSWER_WITHIN,
            follow_redirects=False,
            raise_error=False,
        )
    except (HTTPClientError, OSError) as error:
        _silence.until = time.monotonic() + AWAY_FOR
        raise HallAwayError(str(error)) from error
    if answer.code >= 500 or not answer.headers.get("Content-Type", "").startswith("application/json"):
        raise HallAwayError(f"it answered {answer.code}")
    return HallAnswer(answer.code, answer.body)
