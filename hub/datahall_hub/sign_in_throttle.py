"""Slows down guessing, without letting anybody keep somebody else out.

Failures are counted for a name at a place, where a place is the address that an attempt comes from; and, with a
higher bound, for the place alone. Browsers in which the person has signed in before, and requests of whoever is
signed in, are places of their own that others' failures do not reach. Names are counted whether or not somebody
has them, so that the answer does not tell which exist. Kept in memory and bounded; forgotten when the hub starts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable

from datahall_hub.user_names import is_valid_name

KNOWN_BROWSER = "a browser in which the person has signed in before"
SIGNED_IN = "somebody who is signed in"
_OWN = frozenset({KNOWN_BROWSER, SIGNED_IN})

FREE_FAILURES = 5
PAUSE = 60.0  # seconds; one attempt a minute is some 1,400 guesses a day, against ten characters and no common word
# A school may have one address: a class that mistypes goes on, a script that tries one word with all names does not.
FREE_FAILURES_OF_A_PLACE = 100
PAUSE_OF_A_PLACE = 6.0  # seconds
REMEMBERED = 10_000  # entries of each kind
NOBODY = ""  # stands for all names that cannot be anybody's, however long
OTHERS = "places for which there was no room"


class FailureCount:
    """Counts failures by key; after `free` of them one more each `pause` seconds, so that each entry ends by itself."""

    def __init__(self, *, free: int, pause: float, clock: Callable[[], float], overflow: Hashable = None) -> None:
        self._free, self._pause, self._clock, self._overflow = free, pause, clock, overflow
        self._entries: dict[Hashable, tuple[float, float]] = {}

    def __len__(self) -> int:
        """Return how many keys are remembered."""
        return len(self._entries)

    def is_blocked(self, key: Hashable) -> bool:
        """Say whether `key` must wait."""
        return self._level(self._find_place(key)) > self._free - 1

    def note(self, key: Hashable) -> None:
        """Count a failure; without room it counts for the overflow key, or not where there is none."""
        if key not in self._entries and len(self._entries) >= REMEMBERED:
            self._entries = {each: entry for each, entry in self._entries.items() if self._level(each) > 0}
        key = self._find_place(key)
        if key is not None:
            self._entries[key] = (self._level(key) + 1, self._clock())

    def take_back(self, key: Hashable) -> None:
        """Uncount one failure that was none."""
        key = self._find_place(key)
        if key in self._entries:
            self._entries[key] = (max(0.0, self._level(key) - 1), self._clock())

    def forget(self, key: Hashable) -> None:
        """Forget all failures of `key`."""
        self._entries.pop(key, None)

    def _find_place(self, key: Hashable) -> Hashable:
        has_room = key in self._entries or len(self._entries) < REMEMBERED
        return key if has_room else self._overflow

    def _level(self, key: Hashable) -> float:
        count, since = self._entries.get(key, (0.0, 0.0))
        return max(0.0, count - (self._clock() - since) / self._pause)


class SignInThrottle:
    """Remembers failed attempts; `place` is an address, or one of the two places of the person's own."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        # A name at a new place for which there is no room is still held by the bound of its place.
        self._pairs = FailureCount(free=FREE_FAILURES, pause=PAUSE, clock=clock)
        self._own = FailureCount(free=FREE_FAILURES, pause=PAUSE, clock=clock)
        self._places = FailureCount(free=FREE_FAILURES_OF_A_PLACE, pause=PAUSE_OF_A_PLACE, clock=clock, overflow=OTHERS)

    def is_blocked(self, name: str, *, place: str) -> bool:
        """Say whether an attempt with `name` from `place` must wait."""
        if place in _OWN:
            return self._own.is_blocked((name, place))
        return self._pairs.is_blocked((_shorten(name), place)) or self._places.is_blocked(place)

    def note_failure(self, name: str, *, place: str) -> None:
        """Count a failed attempt."""
        if place in _OWN:
            self._own.note((name, place))
            return
        self._pairs.note((_shorten(name), place))
        self._places.note(place)

    def forget(self, name: str, *, place: str) -> None:
        """Forget the failures of `name` at `place`, after a right password; the place keeps those of other names."""
        if place in _OWN:
            self._own.forget((name, place))
            return
        self._pairs.forget((_shorten(name), place))
        self._places.take_back(place)


def _shorten(name: str) -> str:
    return name if is_valid_name(name) else NOBODY
