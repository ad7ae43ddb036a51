"""Faults of the network in a person's words: what the system says, it says in English and by number."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator

from ._messages import N_, Phrase
from ._reader_words import quote_reader
from .errors import DatahallError

_NO_WAY = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN)


def explain_fault(error: BaseException, *, host: str | None = None) -> str | DatahallError:
    """Return why nothing came, as the reason of another error; what is no common fault is told as it was said."""
    for each in _causes(error):
        if isinstance(each, socket.gaierror):
            name = DatahallError(N_("the name {host} was not found"), host=host)
            return name if host else Phrase(N_("the server's name was not found"))
        if isinstance(each, ConnectionRefusedError):
            return Phrase(N_("the server refused the connection"))
        if isinstance(each, TimeoutError):
            return Phrase(N_("no answer came in time"))
        if isinstance(each, ConnectionResetError | BrokenPipeError):
            return Phrase(N_("the connection broke off"))
        if isinstance(each, OSError) and each.errno in _NO_WAY:
            return Phrase(N_("no way leads there from this machine"))
    for kind, text in _list_kinds():
        if isinstance(error, kind):
            return quote_reader(text, error=error)
    return str(error) or type(error).__name__


def _list_kinds() -> list[tuple[type[BaseException], str]]:
    """Return what httpx and the system's TLS complain of; imported here, since only faults need it."""
    import ssl

    import httpx

    return [
        (ssl.SSLCertVerificationError, N_("its certificate is not valid")),
        (ssl.SSLError, N_("no safe connection could be made")),
        (httpx.RemoteProtocolError, N_("the answer broke off, or is none of a web server")),
        (httpx.ConnectError, N_("no connection could be made")),
        (httpx.ReadError, N_("the connection broke off")),
        (httpx.InvalidURL, N_("its address makes no sense")),
    ]


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the error and what it comes from, down to the system's own."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
