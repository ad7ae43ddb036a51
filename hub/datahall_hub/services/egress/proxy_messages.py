"""What is read in a request for the proxy, and what is written of it to a server. Values in, values out."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from datahall_hub.services.egress.destinations import Destination
from datahall_hub.services.egress.refusals import N_, BadRequest

# Of one connection, not of the message (RFC 9110, 7.6.1); `expect` is answered here.
OF_THE_CONNECTION = frozenset(
    (b"connection", b"proxy-connection", b"keep-alive", b"te", b"trailer", b"transfer-encoding", b"upgrade", b"expect")
)
OF_THE_PROXY = frozenset((b"proxy-authorization", b"proxy-authenticate", b"proxy-authentication-info"))

Headers = list[tuple[bytes, bytes]]


def parse_authority(target: bytes) -> tuple[str, int]:
    """Return host and port of a CONNECT (RFC 9110, 9.3.6)."""
    host, colon, port = target.decode("ascii", "replace").rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdigit() or len(port) > 5 or not 0 < int(port) < 2**16:
        raise BadRequest("bad-target", N_("CONNECT needs a host and a port."))
    if ":" in host and not (host.startswith("[") and host.endswith("]")):
        raise BadRequest("bad-target", N_("CONNECT needs a host and a port."))
    return host, int(port)


def parse_target(target: bytes) -> tuple[str, int, bytes]:
    """Return host, port and the rest of a plain request's address."""
    try:
        parts = urlsplit(target.decode("ascii"))
        port = parts.port or 80
    except ValueError:
        raise BadRequest("bad-target", N_("The address of the request can't be read.")) from None
    if parts.scheme.lower() != "http" or not parts.hostname or parts.username is not None:
        raise BadRequest(
            "bad-target", N_("This is a proxy: ask it for a whole address that begins with http://, or for CONNECT.")
        )
    _, _, rest = target.partition(b"://")
    path = rest[len(parts.netloc) :].partition(b"#")[0] or b"/"
    return parts.hostname, port, path if path.startswith(b"/") else b"/" + path


def write_authority(destination: Destination, *, always_port: bool = False) -> bytes:
    """Return a destination as it stands in `Host` and in a CONNECT."""
    host = f"[{destination.host}]" if ":" in destination.host else destination.host
    has_port = always_port or destination.port != 80
    return f"{host}:{destination.port}".encode() if has_port else host.encode()


def keep_headers(headers: Iterable[tuple[bytes, bytes]], *, without: set[bytes]) -> Headers:
    """Return the headers of the message itself; those of the connection, and what it calls its own, are left out."""
    pairs = [(bytes(name).lower(), bytes(value)) for name, value in headers]
    named = {
        word.strip().lower() for name, value in pairs if name in (b"connection", b"proxy-connection")
        for word in value.split(b",")
    }  # fmt: skip
    dropped = OF_THE_CONNECTION | OF_THE_PROXY | named | without
    if any(name == b"transfer-encoding" for name, _ in pairs):
        dropped |= {b"content-length"}  # the other has counted (RFC 9112, 6.3)
    return [(name, value) for name, value in pairs if name not in dropped]


def frame_body(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Return how long a request's body is: as it was understood here, said once."""
    pairs = {bytes(name).lower(): bytes(value) for name, value in headers}
    if b"transfer-encoding" in pairs:
        return [(b"transfer-encoding", b"chunked")]
    return [(b"content-length", pairs[b"content-length"])] if b"content-length" in pairs else []


def write_authorization(proxy: str) -> Headers:
    """Return how the operator is known to their own proxy, as its address says."""
    parts = urlsplit(proxy)
    if parts.username is None:
        return []
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
    return [(b"proxy-authorization", b"Basic " + base64.b64encode(pair))]
