"""The one place where a fork server waits: descriptors, and what is done once one of them has something to say."""

from __future__ import annotations

import select
from collections.abc import Callable

from datahall_forkserver.birth import Birth

READABLE = select.POLLIN | select.POLLHUP | select.POLLERR
WRITABLE = READABLE | select.POLLOUT
# What is done returns something only in a process that was forked by it.
Handler = Callable[[], Birth | None]


class Watch:
    """A `poll` with handlers; whatever an event loop would hold besides is copied into every child."""

    def __init__(self) -> None:
        self._poll = select.poll()
        self._handlers: dict[int, Handler] = {}

    def add(self, descriptor: int, handle: Handler) -> None:
        """Call `handle` whenever the descriptor has something to say."""
        self._poll.register(descriptor, READABLE)
        self._handlers[descriptor] = handle

    def change(self, descriptor: int, *, writable: bool) -> None:
        """Wait for room to write as well, or no longer."""
        self._poll.modify(descriptor, WRITABLE if writable else READABLE)

    def remove(self, descriptor: int) -> None:
        """Forget a descriptor that is about to be closed; fine where it is not watched."""
        if self._handlers.pop(descriptor, None):
            self._poll.unregister(descriptor)

    def wait(self, seconds: float) -> Birth | None:
        """Wait at most so long, and do what is to be done; each that has something to say is heard once."""
        for descriptor, _ in self._poll.poll(seconds * 1000):
            handle = self._handlers.get(descriptor)  # an earlier one in this round may have closed it
            birth = handle() if handle else None
            if birth is not None:
                return birth
        return None
