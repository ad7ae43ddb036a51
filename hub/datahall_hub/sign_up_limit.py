"""Bounds how many sign-ups from one place wait at the same time, so that a script cannot fill the list for all.

A sign-up counts for a day, or until an admin has decided about it. Kept in memory: the list of all that wait is
bounded by itself, and where somebody signed up from is nobody's to keep.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

MOST_FROM_A_PLACE = 50  # a class behind one address signs up at once; a tenth of what may wait in all
DAY = 86_400.0  # seconds


class SignUpLimit:
    """Remembers which sign-ups came from where today."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sign_ups: dict[str, dict[str, float]] = {}

    def is_reached(self, place: str, *, waiting: Collection[str]) -> bool:
        """Say whether `place` must wait; `waiting` are the names about which nobody has decided yet."""
        self._forget_decided(waiting)
        return len(self._sign_ups.get(place, {})) >= MOST_FROM_A_PLACE

    def note(self, name: str, *, place: str) -> None:
        """Count a sign-up."""
        self._sign_ups.setdefault(place, {})[name] = self._clock()

    def _forget_decided(self, waiting: Collection[str]) -> None:
        now = self._clock()
        kept = {
            place: {name: since for name, since in names.items() if name in waiting and now - since < DAY}
            for place, names in self._sign_ups.items()
        }
        self._sign_ups = {place: names for place, names in kept.items() if names}
