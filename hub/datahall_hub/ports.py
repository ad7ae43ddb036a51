"""Free inner ports, and the same ones again after a restart.

User servers that outlived their hub hold its address in their environment; so the last run's ports are
taken again as long as they are free.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
from collections.abc import Iterable
from pathlib import Path

INNER = "127.0.0.1"
IN_USE = "in use"


def find_port_problem(host: str, *, port: int) -> str | None:
    """Return None if `port` can be listened on, else what the system says against it."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as candidate:
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            candidate.bind(address)
    except OSError as error:
        return IN_USE if error.errno == errno.EADDRINUSE else os.strerror(error.errno or 0) or str(error)
    return None


def choose_ports(names: Iterable[str], *, fixed: dict[str, int], file: Path) -> dict[str, int]:
    """Return a port for each name: the fixed one, else last run's if it is free, else any free one."""
    last = _load_ports(file)
    taken = {port for port in fixed.values() if port}
    chosen: dict[str, int] = {}
    for name in names:
        port = fixed.get(name) or last.get(name, 0)
        if not port or (not fixed.get(name) and (port in taken or find_port_problem(INNER, port=port))):
            port = find_free_port(taken=taken)
        taken.add(port)
        chosen[name] = port
    file.write_text(json.dumps(chosen) + "\n")
    return chosen


def find_free_port(*, taken: set[int]) -> int:
    """Return an inner port on which nothing listens now and that is not `taken`."""
    while True:
        with socket.socket() as candidate:
            candidate.bind((INNER, 0))
            port = int(candidate.getsockname()[1])
        if port not in taken:
            return port


def _load_ports(file: Path) -> dict[str, int]:
    with contextlib.suppress(OSError, ValueError, AttributeError):
        return {str(name): int(port) for name, port in json.loads(file.read_text()).items()}
    return {}
