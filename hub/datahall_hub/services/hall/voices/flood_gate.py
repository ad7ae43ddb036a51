"""Keeps floods away without a riddle: how often one place and all together may write, and how quickly a form is sent.

Kept in memory and bounded, places as keyed hashes under a key that nobody keeps. A form bears a sealed stamp of when it
was made, which says nothing of whom it was made for.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable

from datahall_hub.services.hall.sessions import Seal
from datahall_hub.sign_in_throttle import FailureCount

FREE_OF_A_PLACE, PAUSE_OF_A_PLACE = 10, 300.0  # a class may write at once; then one each five minutes
FREE_OF_ALL, PAUSE_OF_ALL = 100, 30.0
MOST_WAITING = 1_000  # voices about which no steward has decided; then the hall takes no more
SOONEST = 3  # seconds; nobody reads a form and writes a sentence in less
EVERYBODY = "everybody"


class FloodGate:
    """Counts what is written."""

    def __init__(self, seal: Seal, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._seal = seal
        self._key = secrets.token_bytes(16)
        self._places = FailureCount(free=FREE_OF_A_PLACE, pause=PAUSE_OF_A_PLACE, clock=clock, overflow=EVERYBODY)
        self._all = FailureCount(free=FREE_OF_ALL, pause=PAUSE_OF_ALL, clock=clock)

    def is_closed(self, place: str) -> bool:
        """Tell whether `place` must wait before it writes more."""
        return self._places.is_blocked(self._hash(place)) or self._all.is_blocked(EVERYBODY)

    def note(self, place: str) -> None:
        """Count that something was written."""
        self._places.note(self._hash(place))
        self._all.note(EVERYBODY)

    def make_stamp(self) -> str:
        """Return the stamp of a form that is made now."""
        return self._seal.close_stamp()

    def is_too_soon(self, stamp: str) -> bool:
        """Tell whether the form with `stamp` was made only just now, or never."""
        age = self._seal.stamp_age(stamp)
        return age is None or age < SOONEST

    def _hash(self, place: str) -> bytes:
        return hashlib.blake2b(place.encode(), key=self._key, digest_size=12).digest()
