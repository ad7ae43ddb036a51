"""How much of each dataset a document of many has room for, whatever portals put into theirs.

A portal may give a dataset a thousand distributions; a page of a thousand such datasets would take minutes to make.
What is left out is counted in the entry, and stands in the dataset's own document.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from .._entries.entry import Entry

MOST_OF_ONE = 50  # distributions
ON_AVERAGE = 10  # real portals have three to five, so that almost nothing is left out of theirs
FEW = 500  # distributions for which any list has room, however few datasets it has


def share_room(entries: Iterable[Entry]) -> list[Entry]:
    """Return `entries`, those with many distributions cut so that all together stay within the room there is."""
    cut = [leave_out(entry, most=MOST_OF_ONE) for entry in entries]  # at once: what is cut is not held
    counts = [len(entry.distributions) for entry in cut]
    room = max(FEW, ON_AVERAGE * len(cut))
    if sum(counts) <= room:
        return cut
    most = next(most for most in range(MOST_OF_ONE, 0, -1) if sum(min(count, most) for count in counts) <= room)
    return [leave_out(entry, most=most) for entry in cut]


def leave_out(entry: Entry, *, most: int) -> Entry:
    """Return `entry` with its first `most` distributions."""
    more = len(entry.distributions) - most
    if more <= 0:
        return entry
    return replace(entry, distributions=entry.distributions[:most], left_out=entry.left_out + more)
