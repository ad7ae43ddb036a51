"""Tickets for previews: each opens one version of an app once, within a minute, to whoever holds it.

The hall, which knows who may see a version, asks for a ticket and hands it to that person's browser. Tickets are in
memory alone and by their digests, so that nothing written down opens anything; a service that starts anew knows none.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

TICKET = r"[A-Za-z0-9_-]{43}"  # what `secrets.token_urlsafe` makes of as many bytes
BYTES = 32
VALID_FOR = 60.0  # seconds; a browser follows a redirect at once
MOST = 1_000  # tickets that nobody has used; the oldest is forgotten


@dataclass(frozen=True)
class Previewed:
    """A version as it is previewed: where it lies, and which versions of datasets it opens."""

    folder: Path
    slug: str
    number: int
    datasets: Mapping[str, str]
    is_published: bool = False


class PreviewTickets:
    """All tickets of one service."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._valid: OrderedDict[bytes, tuple[float, Previewed]] = OrderedDict()

    def give(self, previewed: Previewed) -> str:
        """Return a new ticket for a version."""
        self._forget_old()
        ticket = secrets.token_urlsafe(BYTES)
        self._valid[_digest(ticket)] = self._clock() + VALID_FOR, previewed
        return ticket

    def find(self, ticket: str) -> Previewed | None:
        """Return what a ticket opens, and leave it valid; None where it is used, too old, or none."""
        self._forget_old()
        _, previewed = self._valid.get(_digest(ticket), (0.0, None))
        return previewed

    def use_up(self, ticket: str) -> None:
        """Have a ticket open nothing from now on."""
        self._valid.pop(_digest(ticket), None)

    def _forget_old(self) -> None:
        """Forget what is too old, and the oldest where there are too many; they stand in the order of their times."""
        now = self._clock()
        while self._valid and (len(self._valid) >= MOST or next(iter(self._valid.values()))[0] <= now):
            self._valid.popitem(last=False)


def _digest(ticket: str) -> bytes:
    return hashlib.sha256(ticket.encode()).digest()
