"""Listening sockets that the supervisor opens once and hands to its children.

A port that is free for the second in which a fallen process starts again can be taken by whoever shares the
machine's network, user servers among them; whoever takes it receives passwords and tokens. So the supervisor
holds the sockets for as long as the hall runs, and a child that starts again finds its own still there, with
the visitors who came meanwhile waiting in its line.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping

from datahall_hub.ports import INNER

VARIABLE = "DATAHALL_SOCKETS"  # in a child's environment: "port:descriptor", separated by blanks
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
