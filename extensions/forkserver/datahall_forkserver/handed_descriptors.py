"""Descriptors that came with a request: what those of strangers may be, and how they are closed.

Closing is no small thing: of some kinds the last one to close may be held up for as long as who made it wants.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import stat
import struct
from collections.abc import Iterable

ALL_DESCRIPTORS = 253  # that Linux lets anybody send at once
PIECE = 65536  # bytes
MOST_UNREAD = 4096  # messages without a byte that any socket's queue has room for

_libc = ctypes.CDLL(None, use_errno=True)  # Python's own `connect` has no address of no family
_NOWHERE = struct.pack("@H14x", socket.AF_UNSPEC)


def close_all(descriptors: Iterable[int]) -> None:
    """Close descriptors."""
    for descriptor in descriptors:
        os.close(descriptor)


def close_from_strangers(descriptors: Iterable[int]) -> None:
    """Close what strangers handed over, without waiting for anything.

    A network socket may be set to hold up whoever closes it last until its words have been heard; one that is
    disconnected has no words left. A Unix socket closes along with it whatever was sent there and not read.
    """
    for descriptor in descriptors:
        with contextlib.suppress(OSError):  # not connected, or a mere handle of a socket's file (O_PATH)
            if is_socket(descriptor):
                _disarm(descriptor)
        os.close(descriptor)


def is_socket(descriptor: int) -> bool:
    """Whether a descriptor is a socket of any kind, or a handle of one's file."""
    return stat.S_ISSOCK(os.fstat(descriptor).st_mode)


def keep_in_line(given: socket.socket) -> None:
    """Have urgent bytes of a Unix socket read like all others: else reading on closes what came with them."""
    given.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)


def close_unread(given: socket.socket) -> None:
    """Close what was sent through a Unix socket and not read; nothing can be sent any more.

    Whether it waits can't be left to the socket: strangers who have it, too, can change that.
    """
    keep_in_line(given)
    given.shutdown(socket.SHUT_RD)
    with contextlib.suppress(OSError):  # nobody and nothing is left
        if given.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            while True:
                close_from_strangers([given.accept()[0].detach()])
        flags = socket.MSG_CMSG_CLOEXEC | socket.MSG_DONTWAIT
        for _ in range(MOST_UNREAD):
            data, descriptors, _, _ = socket.recv_fds(given, PIECE, ALL_DESCRIPTORS, flags)
            close_from_strangers(descriptors)
            if not data and given.type == socket.SOCK_STREAM:
                break


def _disarm(descriptor: int) -> None:
    given = socket.socket(fileno=descriptor)
    try:
        if given.family == socket.AF_UNIX:
            close_unread(given)
        else:
            _libc.connect(descriptor, _NOWHERE, len(_NOWHERE))
    finally:
        given.detach()
