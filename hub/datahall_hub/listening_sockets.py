"""Listening sockets that the supervisor opens once and hands to its children.

A port that is free for the second in which a fallen process starts again can be taken by whoever shares the
machine's network, user servers among them; whoever takes it receives passwords and tokens. So the supervisor
holds the sockets for as long as the hall runs, and a child that starts again finds its own still there, with
the visitors who came meanwhile waiting in its line.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterable, Mapping

from datahall_hub.ports import INNER

VARIABLE = "DATAHALL_SOCKETS"  # in a child's environment: "port:descriptor", separated by blanks
# Where a person's server could answer in the hall's place, by the address that the hall listens on.
TWINS = {"127.0.0.1": ("::1",), "localhost": ("::1",), "::1": ("127.0.0.1",), "0.0.0.0": ("::",)}  # noqa: S104
LINE = 1024  # visitors who may wait while a process starts again


def open_listening_socket(host: str, *, port: int) -> socket.socket:
    """Return a socket that listens at `host` and `port`; raise `OSError` where that is not to be had."""
    family, kind, protocol, _, address = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(LINE)
    except OSError:
        listener.close()
        raise
    return listener


def open_listening_sockets(ports: Iterable[int], *, host: str = INNER) -> dict[int, socket.socket]:
    """Return a listening socket for each port, or none at all."""
    opened: dict[int, socket.socket] = {}
    try:
        for port in ports:
            opened[port] = open_listening_socket(host, port=port)
    except OSError:
        close_sockets(opened)
        raise
    return opened


def reserve_twins(host: str, *, port: int) -> list[socket.socket]:
    """Return sockets that keep `port` from being taken at the addresses that ``localhost`` may also mean.

    A browser that is sent to ``localhost`` tries IPv6 first, whoever listens there. These sockets are bound and do not
    listen, so that it is refused there at once and comes to the hall. Raise `OSError` where one is taken already.
    """
    reserved: list[socket.socket] = []
    for address in TWINS.get(host, ()):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            twin = socket.socket(family, socket.SOCK_STREAM)
        except OSError:  # a machine without IPv6
            continue
        try:
            if family == socket.AF_INET6:
                twin.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            twin.bind((address, port))
        except OSError as error:
            twin.close()
            if error.errno != errno.EADDRNOTAVAIL:
                close_sockets(dict(enumerate(reserved)))
                raise
        else:
            reserved.append(twin)
    return reserved


def close_sockets(sockets: Mapping[int, socket.socket]) -> None:
    """Close all of them; called when the hall has ended."""
    for listener in sockets.values():
        listener.close()


def describe_sockets(sockets: Mapping[int, socket.socket]) -> str:
    """Return what a child finds in its environment."""
    return " ".join(f"{port}:{listener.fileno()}" for port, listener in sockets.items())


def take_inherited_socket(port: int) -> socket.socket | None:
    """Return the socket that this process was handed for `port`, or None where it was started by hand."""
    for entry in os.environ.get(VARIABLE, "").split():
        name, _, descriptor = entry.partition(":")
        if name == str(port):
            os.set_inheritable(int(descriptor), False)
            listener = socket.socket(fileno=int(descriptor))
            listener.setblocking(False)  # as event loops want it
            return listener
    return None
