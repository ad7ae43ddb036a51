"""When a fork server is to be followed by a fresh one: what it has in memory has changed on disk since.

The fresh one starts beside it, and takes over its socket and its gates once it has everything in memory. The one before
ends with the last of its children, none of which notices. Until then starts go the ordinary way.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from datahall_forkserver.client import ForkServer
from datahall_forkserver.errors import ForkserverError
from datahall_forkserver.process_start import find_parent
from datahall_forkserver.surroundings import find_changes

from datahall_hub.children import Child

LOOK_EVERY = 5.0  # seconds; what changed must look the same twice, because installing takes a while


class Renewals:
    """Looks after the fork servers among the hall's processes."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._due_at = 0.0
        self._known: dict[str, tuple[int, Mapping[str, Any]]] = {}
        self._seen: dict[str, dict[str, int | None]] = {}

    def find_due(self, children: Iterable[Child]) -> Iterator[tuple[Child, str]]:
        """Return those that are to be renewed now, each with the first thing that has changed."""
        if self._clock() < self._due_at:
            return
        self._due_at = self._clock() + LOOK_EVERY
        for child in children:
            surroundings = self._describe(child)
            changes = find_changes(surroundings) if surroundings else {}
            has_settled = changes == self._seen.get(child.plan.name)
            self._seen[child.plan.name] = changes
            if changes and has_settled:
                yield child, next(iter(changes))

    def _describe(self, child: Child) -> Mapping[str, Any] | None:
        """Return what a process has loaded; None where it is no fork server, or does not serve yet."""
        if child.plan.fork_socket is None or child.process is None or not child.is_ready:
            return None
        known, surroundings = self._known.get(child.plan.name, (0, {}))
        if known == child.process.pid:
            return surroundings
        try:
            described = ForkServer(child.plan.fork_socket).describe()
        except ForkserverError:
            return None
        if find_parent(described["pid"]) != child.process.pid:  # the one before still serves
            return None
        self._known[child.plan.name] = child.process.pid, described["surroundings"]
        return self._known[child.plan.name][1]
