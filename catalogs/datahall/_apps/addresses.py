"""Where the hall is, and which token may go there. Reads the environment; asks nobody.

A token does what its owner may do, so it travels only where it is meant to go: to the hall that its owner names, never
readable on the way unless that is asked for, and the token of a person's own server to the hall of that server alone.
"""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass, field

import httpx

from .._cli_help import Misuse
from .._messages import N_
from .faults import NAME_IT, NotSignedIn

DEFAULT = "http://127.0.0.1:8000"  # where `datahall-hub up` opens a hall
EXAMPLE = "https://hall.example.org"
LAST_PORT = 65_535
_BASE = "/services/hall"
_TOKEN = re.compile(r"[!-~]{1,1000}")


@dataclass(frozen=True)
class Token:
    """A token, and whether it is the one that a person's server was given."""

    text: str = field(repr=False)
    is_of_server: bool = False


@dataclass(frozen=True)
class HallAddress:
    """A hall: its address without a trailing slash, and whether this runs in a person's server there."""

    url: str
    is_own: bool = False

    @property
    def api(self) -> str:
        """Where its API begins."""
        return f"{self.url}{_BASE}/api/v1"

    @property
    def token_page(self) -> str:
        """Where a person makes a token."""
        return f"{self.url}/hub/token"

    @property
    def is_near(self) -> bool:
        """Whether what is sent there stays on this machine, or takes the way that the operator has laid."""
        return self.is_own or _is_loopback(httpx.URL(self.url).host)

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way can read what is sent."""
        return self.is_near or self.url.startswith("https://")


def find_hall(named: str | None) -> HallAddress:
    """Return the hall that is named, else that of ``DATAHALL_HALL``, of the person's own server, or of this machine.

    Raises
    ------
    Misuse
        The address makes no sense.
    """
    own = _find_own()
    url = _read_address(named or os.environ.get("DATAHALL_HALL") or own or DEFAULT)
    return HallAddress(url, is_own=url == own)


def find_token(hall: HallAddress, *, may_be_read: bool) -> Token:
    """Return the token to send to `hall`; `may_be_read` where its owner does not mind that others read it on the way.

    Raises
    ------
    NotSignedIn
        There is none, or none that can be one; its text is not told.
    Misuse
        Others could read it on the way.
    """
    token = Token(os.environ.get("DATAHALL_TOKEN", "").strip())
    if not token.text and hall.is_own:
        token = Token(os.environ.get("JUPYTERHUB_API_TOKEN", "").strip(), is_of_server=True)
    if not token.text:
        raise NotSignedIn(
            N_("This needs a token of the hall, and DATAHALL_TOKEN is not set."),
            hint=N_("Make one at {page}, and set DATAHALL_TOKEN to it."),
            page=hall.token_page,
        )
    if not _TOKEN.fullmatch(token.text):
        raise NotSignedIn(
            N_("What DATAHALL_TOKEN holds can be no token."),
            hint=N_("Make one at {page}, and set DATAHALL_TOKEN to it."),
            page=hall.token_page,
        )
    if not (hall.is_private or may_be_read):
        raise Misuse(
            N_("The token was not sent: on the way to {hall} everybody could read it."),
            code="insecure-hall",
            hall=hall.url,
            hint=N_("Name the hall by an address that begins with https://, or say --insecure in a network you trust."),
        )
    return token


def _find_own() -> str | None:
    """Return the hall of the person's server in which this runs: the one whose fetch service the library asks."""
    fetch = os.environ.get("DATAHALL_FETCH_URL")
    return _read_address(fetch) if fetch else None


def _read_address(text: str) -> str:
    """Return the address of a hall; that of one of its pages will do. What is read here is what is connected to."""
    try:
        url = httpx.URL(text.strip())
    except (httpx.InvalidURL, ValueError) as error:
        raise _no_address(text) from error
    if url.scheme not in ("http", "https") or not url.host or url.userinfo or (url.port or 80) > LAST_PORT:
        raise _no_address(text)
    path = url.raw_path.decode("ascii").partition("?")[0].partition(_BASE)[0].rstrip("/")
    return f"{url.scheme}://{url.netloc.decode('ascii')}{path}"


def _no_address(text: str) -> Misuse:
    shown = repr(text.rpartition("@")[2][:200])  # what stands before the sign may be a password
    return Misuse(N_("{address} is no address of a hall."), address=shown, hint=NAME_IT, example=EXAMPLE)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
