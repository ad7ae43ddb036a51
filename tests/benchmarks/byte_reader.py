"""Reads bytes over HTTP as fast as Python can, so that servers are compared and not the client: sockets, no copies."""

from __future__ import annotations

import random
import re
import socket
import threading
import time
from dataclasses import dataclass

CHUNK = 1 << 18
HEAD_LIMIT = 16_384
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Target:
    """A file on a server: where it is, and how many bytes it has."""

    port: int
    path: str
    size: int


@dataclass
class Reading:
    """What a number of connections have read together."""

    bytes: int = 0
    answers: int = 0
    failures: int = 0


def read_for(seconds: float, target: Target, *, connections: int, range_bytes: int | None, seed: int) -> float:
    """Read ranges (or, with None, whole files) again and again over `connections`; return bytes a second.

    Raises
    ------
    AssertionError
        If an answer is not the status and the length that was asked for.
    """
    readings = [Reading() for _ in range(connections)]
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=_keep_reading, args=(each, target, until, range_bytes, random.Random(seed + number)))
        for number, each in enumerate(readings)
    ]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    assert not sum(each.failures for each in readings), f"{target.path} was not answered as asked"
    assert all(each.answers or each.bytes for each in readings), f"{target.path}: a connection got nothing"
    return sum(each.bytes for each in readings) / took


def _keep_reading(reading: Reading, target: Target, until: float, range_bytes: int | None, dice: random.Random) -> None:
    buffer = memoryview(bytearray(CHUNK))
    try:
        with socket.create_connection(("127.0.0.1", target.port), timeout=20) as connection:
            while time.monotonic() < until:
                _read_once(connection, reading, target, until, range_bytes, dice, buffer)
    except (OSError, ValueError, AssertionError):
        reading.failures += 1


def _read_once(
    connection: socket.socket,
    reading: Reading,
    target: Target,
    until: float,
    range_bytes: int | None,
    dice: random.Random,
    buffer: memoryview,
) -> None:
    first = dice.randrange(target.size - range_bytes) if range_bytes else 0
    wanted = f"Range: bytes={first}-{first + range_bytes - 1}\r\n" if range_bytes else ""
    connection.sendall(f"GET {target.path} HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\n{wanted}\r\n".encode())
    head = b""
    while b"\r\n\r\n" not in head:
        head += (piece := connection.recv(4096))
        assert piece, "hung up"
        assert len(head) < HEAD_LIMIT, "no end of the head"
    head, _, begun = head.partition(b"\r\n\r\n")
    assert head.split(b" ", 2)[1] == (b"206" if range_bytes else b"200"), head
    length = _LENGTH.search(head)
    assert length, head
    assert int(length[1]) == (range_bytes or target.size), head
    left = int(length[1]) - len(begun)
    reading.bytes += len(begun)
    while left > 0:
        got = connection.recv_into(buffer, min(CHUNK, left))
        assert got, "hung up"
        left -= got
        reading.bytes += got
        if range_bytes is None and time.monotonic() > until:
            return
    reading.answers += 1
