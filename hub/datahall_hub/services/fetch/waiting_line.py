"""Who waits for what: each person has a line of their own, and the persons take turns.

So one who asks for a hundred datasets of slow sources keeps somebody who asks for one waiting for one of them at most.
"""

from __future__ import annotations

import threading


class WaitingLine:
    """Datasets that wait, each perhaps for several persons; may be used from any thread."""

    def __init__(self) -> None:
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

    def take(self) -> tuple[str, str] | None:
        """Return the next dataset and whose turn it is, once there is one; None after the line was closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._ids or self._is_closed)
            if self._is_closed:
                return None
            person = next(iter(self._lines))
            dataset_id = next(iter(self._lines[person]))
            self._lines[person] = self._lines.pop(person)  # to the back
            for each in [each for each, line in self._lines.items() if dataset_id in line]:
                del self._lines[each][dataset_id]
                if not self._lines[each]:
                    del self._lines[each]
            self._ids.discard(dataset_id)
            return dataset_id, person

    def close(self) -> None:
        """Have nothing taken any more."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
