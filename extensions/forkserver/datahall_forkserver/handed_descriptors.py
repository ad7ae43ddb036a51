"""Descriptors that came with a request: what those of strangers may be, and how they are closed.

Closing is no small thing: of some sockets the last one to close is held up for as long as who made it wants, and
closing a socket closes what was sent there and not read. Whoever made it can set it so that no reading finds that out.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import time
from collections.abc import Iterable

ALL_DESCRIPTORS = 253  # that Linux lets anybody send at once
END_WITHIN = 0.1  # seconds in which a process ends that has only to end


def close_all(descriptors: Iterable[int]) -> None:
    """Close descriptors."""
    for descriptor in descriptors:
        os.close(descriptor)


def close_from_strangers(descriptors: Iterable[int]) -> bool:
    """Close what strangers handed over, without waiting for anything; return whether that took a process.

    Of sockets another process is the last to close, by ending: Linux holds up nobody who ends.
    """
    given = list(descriptors)
    sockets = [each for each in given if is_socket(each)]
    close_all(each for each in given if each not in sockets)
    if sockets:
        _close_by_ending(sockets)
    return bool(sockets)


def is_socket(descriptor: int) -> bool:
    """Whether a descriptor is a socket of any kind, or a handle of one's file."""
    return stat.S_ISSOCK(os.fstat(descriptor).st_mode)


def close_unread(clients: Iterable[socket.socket]) -> bool:
    """Close our sides of strangers' connections, along with what came and was not read; return as the above does."""
    unread = []
    for client in clients:
        if _has_unread(client):
            unread.append(client.detach())
        else:
            client.close()
    if unread:
        _close_by_ending(unread)
    return bool(unread)


def _has_unread(client: socket.socket) -> bool:
    with contextlib.suppress(OSError):
        client.shutdown(socket.SHUT_RD)  # what comes from now on is refused
        # Urgent bytes are looked past otherwise, and carry descriptors as all others do.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
        for _ in range(2):
            with contextlib.suppress(ConnectionResetError):  # told once, before what had come
                return bool(client.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
    return False


def _close_by_ending(descriptors: Iterable[int]) -> None:
    ends: tuple[int, ...] = ()
    try:
        ends = os.pipe()
        pid = os.fork()
    except OSError:  # no further descriptor or process: the machine has other worries
        close_all([*descriptors, *ends])
        return
    end, hold = ends
    if pid == 0:
        os.close(hold)
        os.read(end, 1)  # until only this process has them
        os._exit(0)
    close_all([end, *descriptors, hold])
    deadline = time.monotonic() + END_WITHIN
    with contextlib.suppress(ChildProcessError):
        # One that takes longer is taken note of later, with all that others have left behind.
        while not os.waitpid(pid, os.WNOHANG)[0] and time.monotonic() < deadline:
            time.sleep(0.001)
