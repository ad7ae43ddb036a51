"""The sockets that a fork server listens on: how one is made, whom it lets in, and how much may be asked there."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datahall_forkserver.birth import Birth
from datahall_forkserver.errors import NoServerError
from datahall_forkserver.identities import Identity
from datahall_forkserver.protocol import LONGEST_LINE, MOST_DESCRIPTORS, MOST_NAMED

WAITING = 128  # connections that the system keeps until they are let in

Answer = Callable[[Any, Mapping[str, Any]], Birth | None]  # of a connection and what it asks


class Allowance:
    """How much may be asked at one door: it fills evenly, and is spent by what is asked.

    It may be overspent, because what something costs is known once it is there; then nobody is let in for a while.
    """

    def __init__(self, most: float, *, each_second: float) -> None:
        self._most = most
        self._each_second = each_second
        self._left = most
        self._looked_at = time.monotonic()

    def spend(self, cost: float) -> None:
        """Take what something costs."""
        self._fill()
        self._left -= cost

    @property
    def is_overspent(self) -> bool:
        """Whether nothing may be asked for now."""
        self._fill()
        return self._left <= 0

    def _fill(self) -> None:
        now = time.monotonic()
        self._left = min(self._most, self._left + (now - self._looked_at) * self._each_second)
        self._looked_at = now


@dataclass(eq=False)
class Door:
    """A listening socket and its rules.

    Parameters
    ----------
    is_welcome
        Whether a process, by id and user, may ask here.
    answer
        What becomes of a request.
    most
        How many connections may be open at a time.
    longest
        How many bytes a request may have.
    allowance
        How much strangers may ask for; None where the owner asks.
    """

    listener: socket.socket
    path: Path
    is_welcome: Callable[[int, int], bool]
    answer: Answer
    most: int
    longest: int = LONGEST_LINE
    allowance: Allowance | None = None
    connections: set[Any] = field(default_factory=set)
    is_shut: bool = False  # for a while

    def __post_init__(self) -> None:
        self.listener.setblocking(False)
        self._file = _identify(self.path)

    @property
    def is_for_strangers(self) -> bool:
        """Whether others than the server's owner ask here."""
        return self.allowance is not None

    @property
    def most_descriptors(self) -> int:
        """How many a request may bring; strangers' have no names."""
        return MOST_DESCRIPTORS - (MOST_NAMED if self.is_for_strangers else 0)

    @property
    def is_ours(self) -> bool:
        """Whether the socket that is found at the path is still this one."""
        return _identify(self.path) == self._file

    def remove(self) -> None:
        """Listen no more."""
        if self.is_ours:
            with contextlib.suppress(OSError):
                self.path.unlink()
        self.listener.close()


def open_listener(path: Path, *, identity: Identity | None = None) -> socket.socket:
    """Listen at a path, under a name of its own first: whoever finds the socket finds it ready."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    new = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        new.unlink(missing_ok=True)
        listener.bind(str(new))
        new.chmod(0o600)
        if identity is not None:
            os.chown(new, identity.user, identity.group, follow_symlinks=False)
        listener.listen(WAITING)
        new.rename(path)
    except BaseException:
        listener.close()
        raise
    return listener


def require_private(folder: Path) -> None:
    """Refuse a folder that others than its owner, who is this user, can enter."""
    status = folder.stat()
    if status.st_uid != os.geteuid() or status.st_mode & 0o077:
        raise NoServerError(f"{folder} can be entered by others; a fork server does not listen there.")


def _identify(path: Path) -> tuple[int, int] | None:
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
