"""The hall's own address inside a sandbox: connections are passed on to the hall's public port, and nowhere else."""

from __future__ import annotations

import asyncio
import ipaddress
from urllib.parse import urlsplit

from datahall_hub.services.egress.seats import Share
from datahall_hub.services.egress.streams import Stream, connect, join_streams

CONNECT_WITHIN = 10.0  # seconds


def find_hall(local_url: str) -> tuple[str, int]:
    """Return host and port of the hall on this machine."""
    parts = urlsplit(local_url)
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port


def choose_source(number: int, *, host: str) -> str | None:
    """Return the address that a sandbox's requests come from, one of this machine's 127.128.0.0/9.

    The hall counts attempts by address, and believes what 127.0.0.1 says of those it asks for, since the operator's
    own server in front is there. A person's sandbox is neither everybody nor that server. None where the hall
    listens elsewhere: such an address can't be used then, and nothing there is believed.
    """
    try:
        is_loopback = ipaddress.ip_address(host) in ipaddress.ip_network("127.0.0.0/8")
    except ValueError:
        is_loopback = host == "localhost"
    if not is_loopback:
        return None
    # The last one is the network's own broadcast address.
    return str(ipaddress.IPv4Address(int(ipaddress.IPv4Address("127.128.0.1")) + number % (2**23 - 2)))


async def serve_hall(stream: Stream, *, hall: tuple[str, int], source: str | None, share: Share) -> None:
    """Pass one connection on to the hall; without a hall it just ends, as where nobody listens."""
    try:
        async with asyncio.timeout(CONNECT_WITHIN):
            onward = await connect(*hall, source=source)
    except (OSError, TimeoutError):
        stream.abort()
        return
    await join_streams(stream, onward, share=share)
