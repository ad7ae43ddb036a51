"""Addresses that may be fetched from: public http(s) ones, and hosts that an operator trusts.

What a name points to is looked up once, and it is the addresses that were looked at that are connected to, since a name
may move in between; the answer's sender is looked at all the same. Only where a proxy asks in our place does it decide
for itself. Trusted are the mirror's host and what
``DATAHALL_TRUSTED_HOSTS`` lists (``host`` or ``host:port``, separated by commas; for an office's own network).
"""

from __future__ import annotations

import ipaddress
import os
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from ._locations import find_mirror
from ._network_faults import explain_fault
from ._reader_words import quote_reader
from .errors import N_, DatahallError, SourceFailed

if TYPE_CHECKING:
    import httpx

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_INSIDE = tuple(
    ipaddress.ip_network(block)
    for block in (
        "64:ff9b:1::/48",  # translation to IPv4 inside a network (RFC 8215)
        "fec0::/10",  # what was local to a site (RFC 3879)
        "::/96",  # an IPv4 address in the oldest clothes (RFC 4291, 2.5.5.1)
        "192.88.99.0/24",  # relays to IPv6 that are no more (RFC 7526)
    )
)


def check_address(address: str, *, origin: str, trusts: bool = True) -> tuple[str, ...] | None:
    """Refuse what is not http(s), and hosts inside a private network; return the IP addresses that may be connected to.

    There are none to return where the host is trusted, or a proxy asks.

    `origin` is what a person knows, of which `address` may be where it led. Without `trusts` no host of an own network
    is trusted: for addresses that strangers have written down.

    Raises
    ------
    SourceFailed
    """
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise unreachable(origin, quote_reader(N_("its address makes no sense"), error=error)) from error
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or parts.username:
        raise _refused(address, origin=origin)
    if trusts and _is_trusted(parts.netloc, host):
        return None
    try:
        found = socket.getaddrinfo(host, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:  # of the network, or of a name or port that none can be
        if find_proxy(address) is not None:
            return None  # a proxy resolves names that we cannot
        raise unreachable(origin, explain_fault(error, host=host)) from error
    numbers = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not all(map(_is_public, numbers)):
        raise _refused(address, origin=origin)
    return None if find_proxy(address) is not None else numbers


def check_peer(response: httpx.Response, *, address: str, origin: str, trusts: bool = True) -> None:
    """Refuse an answer, whatever it says, of a private address to which the name pointed only after it was checked.

    Raises
    ------
    SourceFailed
    """
    parts = urlsplit(address)
    stream = response.extensions.get("network_stream")
    peer = stream.get_extra_info("server_addr") if stream is not None else None
    is_trusted = trusts and _is_trusted(parts.netloc, parts.hostname or "")
    if peer is None or find_proxy(address) is not None or is_trusted:
        return
    if not _is_public(str(peer[0])):
        raise _refused(address, origin=origin)


def find_proxy(address: str) -> str | None:
    """Return the proxy that the environment has for `address`: none where ``no_proxy`` names the host."""
    parts, proxies = urlsplit(address), getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(parts.netloc):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def unreachable(url: str, reason: str | DatahallError) -> SourceFailed:
    """Return the error that says why `url` cannot be fetched."""
    return SourceFailed(
        N_("{url} cannot be fetched: {reason}."),
        code="unreachable",
        url=url,
        reason=reason,
        hint=N_("Nothing was changed. Check the network, or name a mirror in DATAHALL_MIRROR."),
    )


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    if found.is_multicast or any(found in block for block in _INSIDE):
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = (
            found.ipv4_mapped
            or found.sixtofour
            or (ipaddress.IPv4Address(found.packed[-4:]) if found in _NAT64 else None)
        )
        if inner is not None and not inner.is_global:
            return False  # a private IPv4 address in the clothes of a public IPv6 one
    return found.is_global


def is_in_own_network(address: str) -> bool:
    """Say whether an address is on a host that the operator trusts."""
    try:
        parts = urlsplit(address)
        return _is_trusted(parts.netloc, parts.hostname or "")
    except ValueError:
        return False


def _is_trusted(netloc: str, host: str) -> bool:
    mirror = urlsplit(find_mirror() or "").netloc
    listed = [entry.strip() for entry in os.environ.get("DATAHALL_TRUSTED_HOSTS", "").split(",")]
    return bool(mirror and netloc == mirror) or any(entry in (netloc, host) for entry in listed if entry)


def _refused(address: str, *, origin: str) -> SourceFailed:
    if address == origin:
        text = N_("{address} is not a public http(s) address.")
    else:
        text = N_("{url} leads to {address}, which is not a public http(s) address.")
    return SourceFailed(
        text,
        code="refused-address",
        url=origin,
        address=address,
        hint=N_("An operator may list hosts of the own network in DATAHALL_TRUSTED_HOSTS."),
    )
