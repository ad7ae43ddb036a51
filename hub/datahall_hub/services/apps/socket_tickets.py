"""Tickets with which the page of a visit opens its socket: each is for one socket, and for a minute.

A socket opens for nobody but who has just asked how the visit stands, which its page alone can: browsers let no other
page read the answer. The visit's id remains the secret; who knows it is taken for its visitor.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections import OrderedDict, deque

VALID_FOR = 60.0  # seconds
MOST_HELD = 4  # of one visit: each sign of its page brings a new one


class SocketTickets:
    """The tickets that have been given out and not used."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, deque[tuple[str, float]]] = OrderedDict()  # by visits, the longest silent first

    def issue(self, visit_id: str) -> str:
        """Return a new ticket for the page of a visit."""
        now = time.monotonic()
        while self._held and next(iter(self._held.values()))[-1][1] <= now:
            self._held.popitem(last=False)
        ticket = secrets.token_urlsafe(16)
        self._held.setdefault(visit_id, deque(maxlen=MOST_HELD)).append((ticket, now + VALID_FOR))
        self._held.move_to_end(visit_id)
        return ticket

    def use_up(self, visit_id: str, ticket: str) -> bool:
        """Return whether a visit has this ticket; from now on it has not."""
        held = self._held.get(visit_id, deque())
        for each in held:
            if hmac.compare_digest(each[0].encode(), ticket.encode()) and each[1] > time.monotonic():
                held.remove(each)
                if not held:
                    del self._held[visit_id]
                return True
        return False
