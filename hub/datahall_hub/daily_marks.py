"""Remembers until midnight that something came from a place, without remembering the place.

Kept in memory as a keyed hash, under a key that is made anew each day and thrown away with the hashes.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import Counter
from collections.abc import Callable
from datetime import date

from datahall.openings import today

MOST_MARKS = 500_000  # some 60 MB; whoever comes beyond is not counted until midnight


class DailyMarks:
    """Counts what came from where today; may be used from any thread."""

    def __init__(self, *, clock: Callable[[], date] = today) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._begin(clock())

    def has_room(self, thing: str, *, place: str, most: int = 1) -> bool:
        """Mark that `thing` came from `place`, and tell whether it came at most `most` times today."""
        with self._lock:
            if (day := self._clock()) != self._day:
                self._begin(day)
            mark = hashlib.blake2b(f"{thing} {place}".encode(), key=self._key, digest_size=12).digest()
            if mark not in self._marks and len(self._marks) >= MOST_MARKS:
                return False
            self._marks[mark] += 1
            return self._marks[mark] <= most

    def _begin(self, day: date) -> None:
        self._day, self._key, self._marks = day, secrets.token_bytes(16), Counter[bytes]()
