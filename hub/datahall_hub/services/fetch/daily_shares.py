"""How much each person has had brought into the store today, so that none fills it alone.

Kept in memory until midnight, as a keyed hash under a key that is thrown away with it: it says nothing of who opens
what, and a service that is started again counts from nothing.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import Counter
from collections.abc import Callable
from datetime import date

from datahall.openings import today


class DailyShares:
    """Counts the bytes of each person; may be used from any thread."""

    def __init__(self, most: int, *, clock: Callable[[], date] = today) -> None:
        self.most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._begin(clock())

    def has_left(self, person: str) -> bool:
        """Tell whether a person may have more brought today; the hall itself, who is nobody, always may."""
        with self._lock:
            mark = self._mark(person)
            return not person or self._taken[mark] < self.most

    def take(self, person: str, size: int) -> None:
        """Note that `size` bytes were brought for a person."""
        with self._lock:
            mark = self._mark(person)
            self._taken[mark] += size

    def _mark(self, person: str) -> bytes:
        """Return what stands for a person today, with the lock held."""
        if (day := self._clock()) != self._day:
            self._begin(day)
        return hashlib.blake2b(person.encode(), key=self._key, digest_size=12).digest()

    def _begin(self, day: date) -> None:
        self._day, self._key, self._taken = day, secrets.token_bytes(16), Counter[bytes]()
