"""One question to a hall, and its answer: bounded in time and size, and never sent on to another address.

Whatever stands in the way is told as one of `faults`; the token stands in the request and nowhere else.
"""

from __future__ import annotations

import ssl
from functools import cache
from typing import Any

import httpx

from .._addresses import find_proxy
from .._connections import Transport, Watch
from .._messages import N_, chosen_language
from .._network_faults import explain_fault
from ..errors import SourceFailed
from .addresses import EXAMPLE, HallAddress, Token
from .answers import Kind, Misshapen, in_one_line, read_answer, read_as
from .faults import NAME_IT, NoHall, OutOfReach
from .refusals import tell_refusal

PATIENCE = 60.0  # seconds for a question and its answer
SENDING = 300.0  # seconds for one that carries an app: 10 MB over a slow line
SILENCE = 30.0  # seconds between two parts of an answer
LARGEST = 20_000_000  # bytes of an answer: a hundred versions with a long report each


class _Patience(Watch):
    """Bounds a question and its answer in all; how fast they travel does not matter, since both are small."""

    def __init__(self, url: str, *, seconds: float) -> None:
        super().__init__(url, patience=seconds)
        self.note_head()

    def note(self, *, seconds: float, received: int) -> None:
        """Judge no rate."""


def ask(
    hall: HallAddress, path: str, *, token: Token | None, body: bytes | None = None, patience: float | None = None
) -> dict[str, Any]:
    """Return what a hall answers: with a `body` something is done there, without one only looked at.

    Raises
    ------
    Refused, OutOfReach, NoHall, NotSignedIn
    """
    seconds = patience if patience is not None else (PATIENCE if body is None else SENDING)
    headers = _make_headers(token, has_body=body is not None)
    try:
        with _open_client(hall, _Patience(hall.url, seconds=seconds)) as client:
            method = "GET" if body is None else "POST"
            with client.stream(method, hall.api + path, content=body, headers=headers) as response:
                return _read(response, hall=hall, token=token)
    except SourceFailed as error:  # of the watch
        raise _silent(hall, TimeoutError(), was_sent=body is not None) from error
    except (httpx.HTTPError, OSError) as error:
        raise _silent(hall, error, was_sent=body is not None) from error


def read_from(hall: HallAddress, kind: type[Kind], answer: dict[str, Any]) -> Kind:
    """Return an answer as a value of `kind`; raise `NoHall` where it is of another shape."""
    try:
        return read_as(kind, answer)
    except Misshapen as error:
        raise _strange(hall, status=200) from error


def _open_client(hall: HallAddress, watch: Watch) -> httpx.Client:
    """Return a client that asks no proxy for a hall at hand, even where ``no_proxy`` forgets to say so."""
    proxy = None if hall.is_near else find_proxy(hall.url)
    try:
        transport = Transport(
            watch=watch, addresses=None, verify=_read_authorities(), proxy=httpx.Proxy(proxy) if proxy else None
        )
    except (ImportError, ValueError, httpx.InvalidURL) as error:  # of a proxy that cannot be one
        raise _silent(hall, error, was_sent=False) from error
    return httpx.Client(transport=transport, timeout=SILENCE, follow_redirects=False, trust_env=False)


def _make_headers(token: Token | None, *, has_body: bool) -> dict[str, str]:
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", "Accept-Language": chosen_language()}
    if has_body:
        headers["Content-Type"] = "application/json"
    if token is not None:
        headers["Authorization"] = f"token {token.text}"
    return headers


def _read(response: httpx.Response, *, hall: HallAddress, token: Token | None) -> dict[str, Any]:
    if response.has_redirect_location:
        raise _leads_elsewhere(response, hall=hall)
    content = bytearray()
    for part in response.iter_raw():
        content += part
        if len(content) > LARGEST:
            raise _strange(hall, status=response.status_code)
    answer = read_answer(bytes(content))
    if response.is_success and answer is not None:
        return answer
    refusal = tell_refusal(response.status_code, answer, hall=hall, token=token)
    raise refusal or _strange(hall, status=response.status_code)


def _leads_elsewhere(response: httpx.Response, *, hall: HallAddress) -> NoHall:
    place = in_one_line(response.headers["location"])[:200]
    return NoHall(
        N_("{hall} leads elsewhere: to {place}. Nothing was sent there."),
        code="leads-elsewhere",
        hall=hall.url,
        place=place,
        hint=N_("Where that is the hall, name it by --hall or DATAHALL_HALL."),
    )


def _strange(hall: HallAddress, *, status: int) -> NoHall:
    return NoHall(
        N_("What answers at {hall} does not speak as a hall does (status {status})."),
        hall=hall.url,
        status=status,
        hint=NAME_IT,
        example=EXAMPLE,
    )


def _silent(hall: HallAddress, error: BaseException, *, was_sent: bool) -> OutOfReach:
    look = N_("It may have arrived all the same: datahall app status tells. Else try again later.")
    return OutOfReach(
        N_("The hall at {hall} does not answer: {reason}."),
        code="unreachable",
        hall=hall.url,
        reason=explain_fault(error, host=httpx.URL(hall.url).host),
        hint=look if was_sent else N_("See whether it is open, or name it by --hall or DATAHALL_HALL."),
    )


@cache
def _read_authorities() -> ssl.SSLContext:
    """Return the certificate authorities that are trusted; reading them takes 20 ms, so it is done once."""
    return httpx.create_ssl_context()
