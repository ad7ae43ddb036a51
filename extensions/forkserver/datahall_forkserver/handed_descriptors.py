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

_libc = ctypes.CDLL(None, use_errno=True)  # Python's own `connect` has no address of no family
_NOWHERE = struct.pack("@H14x", socket.AF_UNSPEC)


def close_all(descriptors: Iterable[int]) -> None:
    """Close descriptors."""
    for descriptor in descriptors:
        os.close(descriptor)


def close_from_strangers(descriptors: list[int]) -> None:
    """Close what strangers handed over, without waiting for anything.

    A network socket may be set to hold up whoever closes it last until its words have been heard. One that is
    disconnected has no words left.
    """
    for descriptor in descriptors:
        with contextlib.suppress(OSError):
            if is_network_socket(descriptor):
                _libc.connect(descriptor, _NOWHERE, len(_NOWHERE))
        os.close(descriptor)


def is_network_socket(descriptor: int) -> bool:
    """Whether a descriptor is a socket of the internet's kind."""
    if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
        return False
    try:
        given = socket.socket(fileno=descriptor)
    except OSError:  # a mere handle of a Unix socket's file (O_PATH)
        return False
    try:
        return given.family in (socket.AF_INET, socket.AF_INET6)
    finally:
        given.detach()
