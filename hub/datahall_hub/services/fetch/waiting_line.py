"""Who waits for what: each person has a line of their own, and the persons take turns.

Nobody has more than so many fetched at the same time, so that one who asks for datasets of slow sources leaves a place
to the others; the hall itself, who is nobody, may have all places.
"""

from __future__ import annotations

import threading
from collections import Counter


class WaitingLine:
    """Datasets that wait, each perhaps for several persons; may be used from any thread."""

    def __init__(self, *, most_places: int = 1) -> None:
        self._most_places = most_places  # of one person
        self._places: Counter[str] = Counter()  # by person, of what was taken and has not ended
        self._lines: dict[str, dict[str, None]] = {}  # by person, whose turn comes first in front
        self._ids: set[str] = set()
        self._changed = threading.Condition()
        self._is_closed = False

    def __len__(self) -> int:
        """Return how many datasets wait."""
        return len(self._ids)

    def count_of(self, person: str) -> int:
        """Return for how many datasets a person waits."""
        with self._changed:
            return len(self._lines.get(person, ()))

    def put(self, dataset_id: str, person: str) -> None:
        """Add a dataset to the end of a person's line; one that others wait for comes when the first of them has it."""
        with self._changed:
            self._lines.setdefault(person, {})[dataset_id] = None
            self._ids.add(dataset_id)
            self._changed.notify()

    def join(self, dataset_id: str, person: str, *, most: int) -> None:
        """Have a dataset that still waits come by this person's turn, too, who may wait for `most`."""
        with self._changed:
            if dataset_id in self._ids and len(self._lines.get(person, ())) < most:
                self._lines.setdefault(person, {})[dataset_id] = None
                self._changed.notify()  # whoever it was held back from, this person may have a place

    def take(self) -> tuple[str, str] | None:
        """Return the next dataset and whose turn it is, once there is one; None after the line was closed.

        It takes a place of that person's, until `leave` is called.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._find_next() is not None or self._is_closed)
            person = self._find_next()
            if self._is_closed or person is None:
                return None
            self._places[person] += 1
            dataset_id = next(iter(self._lines[person]))
            self._lines[person] = self._lines.pop(person)  # to the back
            for each in [each for each, line in self._lines.items() if dataset_id in line]:
                del self._lines[each][dataset_id]
                if not self._lines[each]:
                    del self._lines[each]
            self._ids.discard(dataset_id)
            return dataset_id, person

    def leave(self, person: str) -> None:
        """Give back a place, so that the person's next dataset may be taken."""
        with self._changed:
            self._places[person] -= 1
            if not self._places[person]:
                del self._places[person]
            self._changed.notify_all()

    def is_held_back(self, dataset_id: str, person: str) -> bool:
        """Tell whether a dataset waits because the person has as many fetched at the moment as one may."""
        with self._changed:
            return dataset_id in self._lines.get(person, ()) and not self._has_place(person)

    def _find_next(self) -> str | None:
        """Return whose turn it is, with the lock held."""
        return next((person for person in self._lines if self._has_place(person)), None)

    def _has_place(self, person: str) -> bool:
        return not person or self._places[person] < self._most_places

    def close(self) -> None:
        """Have nothing taken any more."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
