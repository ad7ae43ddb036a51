"""Where the proxy leads: public addresses of the internet, and hosts that the operator has named.

A name is looked up once, and it is the addresses that were looked at that are connected to. Nobody is led to this
machine, to networks that are not public, or to where clouds tell machines their secrets.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import psutil
from datahall._addresses import check_address, find_proxy
from datahall.errors import SourceFailed

from datahall_hub.services.egress.refusals import N_, BadRequest, RefusedDestination, TooSlow, Unreachable
from datahall_hub.services.egress.seats import Share

LOOKUP_WITHIN = 10.0  # seconds
LOOKUP_THREADS = 32
OWN_ADDRESSES_FOR = 5.0  # seconds for which they are remembered
HOST = re.compile(r"[A-Za-z0-9_.:-]{1,255}")
# Endings of names that mean something to a machine and its network alone (RFC 6761, 6762, 9476; .internal of ICANN).
INNER_NAMES = ("localhost", "localdomain", "local", "internal", "home.arpa", "lan", "intranet", "corp", "alt")
# Public by their numbers, but inside every machine of a cloud: Azure's, Oracle's.
CLOUDS_OWN = tuple(ipaddress.ip_network(block) for block in ("168.63.129.16/32", "192.0.0.0/24"))


@dataclass(frozen=True)
class Destination:
    """Where to connect: to one of these addresses, or to a proxy of the operator's that is to connect instead."""

    host: str
    port: int
    addresses: tuple[str, ...]
    proxy: str | None = None


@dataclass(frozen=True)
class Rules:
    """What the operator has set: further ports, and hosts of own networks, `host` or `host:port`."""

    ports: frozenset[int] = frozenset({80, 443})
    hosts: frozenset[str] = frozenset()

    def names(self, host: str, port: int) -> bool:
        """Return whether the operator has named this host for this port."""
        return f"{_bracket(host)}:{port}" in self.hosts or (_bracket(host) in self.hosts and port in self.ports)


@dataclass
class Destinations:
    """Finds out where a request may be led."""

    rules: Rules
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(LOOKUP_THREADS, "lookup"))
    _own: frozenset[str] = frozenset()
    _own_until: float = 0.0

    async def find(self, host: str, port: int, *, scheme: str, share: Share) -> Destination:
        """Return where to connect for a host.

        Raises
        ------
        Refusal
            If nobody is led there, or the name is not known.
        """
        host = host.strip("[]").rstrip(".").lower()
        if not HOST.fullmatch(host):
            raise BadRequest("bad-host", N_("This is no host name: {host}."), host=ascii(host)[:100])
        address = f"{scheme}://{_bracket(host)}:{port}/"
        if self.rules.names(host, port):
            return await self._look_up(lambda: _trust(host, port), host=host, port=port, share=share)
        if port not in self.rules.ports:
            raise RefusedDestination(
                "port-refused",
                N_("Port {port} is not open to the internet from here; an administrator can add it (internet_ports)."),
                port=port,
            )
        if _is_inner_name(host):
            raise _refuse(host)
        return await self._look_up(lambda: self._check(host, port, address), host=host, port=port, share=share)

    async def _look_up(self, look: Callable[[], Destination], *, host: str, port: int, share: Share) -> Destination:
        try:
            async with asyncio.timeout(LOOKUP_WITHIN):
                await share.lookups.acquire()
                looking = asyncio.get_running_loop().run_in_executor(self._threads, look)
                # A thread can't be called back: whoever asked for slow names waits for those.
                looking.add_done_callback(lambda _: share.lookups.release())
                return await asyncio.shield(looking)
        except TimeoutError:
            raise TooSlow("lookup-slow", N_("The name {host} could not be looked up in time."), host=host) from None
        except SourceFailed as error:
            if error.code == "refused-address":
                raise _refuse(host) from None
            raise _unknown(host) from None
        except OSError:
            raise _unknown(host) from None

    def _check(self, host: str, port: int, address: str) -> Destination:
        """Return a destination that may be led to; names of the operator's own network are not trusted here."""
        numbers = check_address(address, origin=host, trusts=False)
        if numbers is None:
            return Destination(host, port, (), proxy=find_proxy(address))
        own = self._find_own_addresses()
        if any(number.partition("%")[0] in own or _is_clouds_own(number) for number in numbers):
            raise _refuse(host)
        return Destination(host, port, numbers)

    def _find_own_addresses(self) -> frozenset[str]:
        """Return this machine's addresses, the public ones among them: what listens there may trust who is near."""
        if time.monotonic() > self._own_until:
            found = (each.address.partition("%")[0] for kinds in psutil.net_if_addrs().values() for each in kinds)
            self._own = frozenset(found)
            self._own_until = time.monotonic() + OWN_ADDRESSES_FOR
        return self._own


def _trust(host: str, port: int) -> Destination:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return Destination(host, port, tuple(dict.fromkeys(str(entry[4][0]) for entry in found)))


def _is_inner_name(host: str) -> bool:
    if ":" in host or host.replace(".", "").isdigit():
        return False  # an address: it is looked at itself
    last = host.rpartition(".")[2]
    return "." not in host or any(host == name or host.endswith(f".{name}") for name in INNER_NAMES) or last == ""


def _is_clouds_own(number: str) -> bool:
    address = ipaddress.ip_address(number.partition("%")[0])
    return any(address in block for block in CLOUDS_OWN)


def _bracket(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _refuse(host: str) -> RefusedDestination:
    return RefusedDestination(
        "address-refused",
        N_("{host} is no public address of the internet; an administrator can name hosts of own networks "
           "(internet_hosts)."),
        host=host,
    )  # fmt: skip


def _unknown(host: str) -> Unreachable:
    return Unreachable("name-unknown", N_("The name {host} is not known."), host=host)
