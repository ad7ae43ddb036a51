"""How much of each dataset a document of many has room for, whatever portals put into theirs.

A portal may give a dataset a thousand distributions; a page of a thousand such datasets would take minutes to make.
What is left out is counted in the entry, and stands in the dataset's own document.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from .._entries.entry import Entry
from .._entries.offered_formats import list_offered
from .._entries.short_entries import MOST as MOST_OF_ONE

ON_AVERAGE = 10  # real portals have three to five, so that almost nothing is left out of theirs
FEW = 500  # distributions for which any list has room, however few datasets it has


def share_room(entries: Iterable[Entry], *, count: int) -> list[Entry]:
    """Return `entries`, `count` of them, those with many distributions cut so that all stay within the room there is.

    They are cut as they come: no more than there is room for is ever held.
    """
    room, most, used = max(FEW, ON_AVERAGE * count), MOST_OF_ONE, 0
    taken: list[Entry] = []
    for entry in entries:
        taken.append(leave_out(entry, most=most))
        used += len(taken[-1].distributions)
        if used > room:
            most, used = _fit(taken, room=room)
            taken = [leave_out(each, most=most) for each in taken]
    return taken


def _fit(entries: list[Entry], *, room: int) -> tuple[int, int]:
    """Return how many distributions of one dataset there is room for, at least one, and how many that are of all."""
    counts = Counter(len(entry.distributions) for entry in entries)
    used = {most: sum(min(count, most) * each for count, each in counts.items()) for most in range(max(counts), 0, -1)}
    most = next((most for most, each in used.items() if each <= room), 1)
    return most, used[most]


def leave_out(entry: Entry, *, most: int) -> Entry:
    """Return `entry` with its first `most` distributions."""
    more = len(entry.distributions) - most
    if more <= 0:
        return entry
    return replace(
        entry,
        distributions=entry.distributions[:most],
        left_out=entry.left_out + more,
        offered_formats=list_offered(entry),
    )
