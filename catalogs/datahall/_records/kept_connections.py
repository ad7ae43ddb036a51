"""Connections to the records that stay open between two questions, for who asks many times a second.

Opening the file takes longer than finding a page of results in it. A connection that waits holds no lock, so nobody is
kept from writing; one to a file that was exchanged meanwhile is closed.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .records_file import guarded, is_ours, open_for_reading

_MOST = 4  # that wait; no more threads of a process mostly ask at once

State = tuple[str, int, int]  # a file's path, and what tells it from another that takes its place

_lock = threading.Lock()
_waiting: defaultdict[int, list[tuple[State, sqlite3.Connection]]] = defaultdict(list)  # by process: none is inherited


@contextmanager
def reading_often(file: Path) -> Iterator[sqlite3.Connection | None]:
    """Give a connection as `reading` does; all rows of an answer are to be taken before it ends."""
    state = _name_state(file)
    connection = _take(file, state) or open_for_reading(file)
    if connection is None:
        yield None
        return
    try:
        with guarded(file):
            yield connection
    except BaseException:
        connection.close()
        raise
    _give_back(state, connection)


def _name_state(file: Path) -> State | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return str(file), found.st_dev, found.st_ino


def _take(file: Path, state: State | None) -> sqlite3.Connection | None:
    """Return a connection that waits, and close those to another state of the file."""
    with _lock:
        waiting = _waiting[os.getpid()]
        outdated = [each for each in waiting if each[0][0] == str(file) and each[0] != state]
        waiting[:] = [each for each in waiting if each not in outdated]
        place = next((place for place, each in enumerate(waiting) if each[0] == state), None)
        taken = waiting.pop(place)[1] if place is not None else None
    for _, connection in outdated:
        connection.close()
    if taken is not None and not _is_whole(taken):
        taken.close()
        return None
    return taken


def _is_whole(connection: sqlite3.Connection) -> bool:
    try:
        return bool(is_ours(connection))
    except sqlite3.Error:  # who opens it anew is told
        return False


def _give_back(state: State | None, connection: sqlite3.Connection) -> None:
    if state is None or connection.in_transaction:
        connection.close()
        return
    with _lock:
        waiting = _waiting[os.getpid()]
        waiting.append((state, connection))
        longest = waiting.pop(0)[1] if len(waiting) > _MOST else None
    if longest is not None:
        longest.close()
