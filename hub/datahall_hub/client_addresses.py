"""Where a request comes from, as far as that can be trusted: the key under which attempts and sign-ups are counted.

The hub listens on this machine only, behind the proxy, which appends the address it sees to ``X-Forwarded-For``.
What stands further left the sender may have written, and ``X-Real-Ip`` (which tornado believes) the sender wrote
for certain. So only the last address counts, or the last that is not another trusted proxy
(``JupyterHub.trusted_downstream_ips``). Programs on this machine can reach the inner port without the proxy and
say what they like. Pure functions.
"""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv6Address, IPv6Network, ip_address

HERE = "this machine"
NETWORK_BITS = 64  # of an IPv6 address: what one customer gets, who may choose the other half freely


def find_client(forwarded: str, *, trusted: Collection[str] = ()) -> str:
    """Return the address (IPv6: the network) that sent a request with this ``X-Forwarded-For``."""
    for part in reversed(forwarded.split(",")):
        try:
            address = ip_address(part.strip())
        except ValueError:
            return HERE
        if isinstance(address, IPv6Address):
            address = address.ipv4_mapped or address
        if str(address) in trusted:
            continue
        if isinstance(address, IPv6Address):
            return str(IPv6Network((address, NETWORK_BITS), strict=False))
        return str(address)
    return HERE
