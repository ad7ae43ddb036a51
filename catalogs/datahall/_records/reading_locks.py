"""Readers of the records who keep their lock: told without getting in the way of the others.

SQLite's writer shuts new readers out while it waits for those that are there. A program in a sandbox may read the file,
and so keep its lock for as long as it likes; every page of the hall that shows a record would wait with the writer. So
the writer keeps new readers out for a moment only, in which all leave who read a little, however many take turns; where
somebody stays, it waits for long without shutting anybody out, and asks for the file for a moment once more at the end.
"""

from __future__ import annotations

import os
import sqlite3
import struct
import sys
import time
from pathlib import Path

from ..errors import N_, StoreFailed

PATIENCE = 30.0  # seconds that readers may take; the slowest of ours, over a million records, take some
MOMENT = 2.0  # seconds for which new readers are shut out at most
_LOOK_EVERY = 0.01
# Bytes of the file that readers lock, and the one before that they ask for first (SQLite, "File Locking And Concurrency
# In SQLite Version 3", SHARED and PENDING).
_PENDING = 0x40000000
_SHARED_FIRST, _SHARED_SIZE = 0x40000000 + 2, 510
_FLOCK = struct.Struct("hhqqi4x")  # struct flock of Linux: type, whence, start, length, process

# A descriptor is never closed: with one of them all locks of this process on the file would go.
_descriptors: dict[tuple[int, int], int] = {}


def commit(connection: sqlite3.Connection, *, busy: float) -> None:
    """Commit, once readers have left; `busy` is what the connection waits for locks otherwise.

    Raises
    ------
    StoreFailed
        With the code ``records-held``, after all was taken back: a program keeps the file.
    """
    file = next(row[2] for row in connection.execute("PRAGMA database_list") if row[1] == "main")
    begun = time.monotonic()
    holder = _wait_for_readers(file)
    connection.execute(f"PRAGMA busy_timeout = {int(MOMENT * 1_000)}")
    try:
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if holder is None or error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        raise _held(file, holder=holder, seconds=time.monotonic() - begun) from error
    finally:
        connection.execute(f"PRAGMA busy_timeout = {int(busy * 1_000)}")


def _wait_for_readers(file: str) -> int | None:
    """Return once nobody reads, or after some time the process that does; no positive number where it is unknown."""
    end = time.monotonic() + PATIENCE
    if _drain(file) is None:
        return None
    while (holder := _find_reader(file)) is not None and time.monotonic() < end:
        time.sleep(_LOOK_EVERY)
    return holder


def _drain(file: str) -> int | None:
    """Keep new readers out until nobody reads, and the commit with that lock ends it, or for a moment."""
    end, is_shut = time.monotonic() + MOMENT, False
    while (holder := _find_reader(file)) is not None and time.monotonic() < end:
        is_shut = is_shut or _shut(file)
        time.sleep(_LOOK_EVERY)
    if is_shut and holder is not None:
        _lock_pending(file, is_open=True)
    return holder


def _shut(file: str) -> bool:
    """Keep new readers out; False where one is just coming in."""
    try:
        _lock_pending(file, is_open=False)
    except OSError:
        return False
    return True


def _lock_pending(file: str, *, is_open: bool) -> None:
    """Take the lock that SQLite's writer takes, too, and gives back after its commit; or give it back."""
    import fcntl

    kind = fcntl.F_UNLCK if is_open else fcntl.F_WRLCK
    fcntl.fcntl(_descriptor_of(file), fcntl.F_SETLK, _FLOCK.pack(kind, os.SEEK_SET, _PENDING, 1, 0))


def _find_reader(file: str) -> int | None:
    """Return a process that has a reading lock on the file; None where no other has one."""
    if sys.platform != "linux":
        return None  # its struct is another one; the writer then only waits for a moment
    import fcntl

    asked = _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, _SHARED_FIRST, _SHARED_SIZE, 0)
    kind, *_, process = _FLOCK.unpack(fcntl.fcntl(_descriptor_of(file), fcntl.F_GETLK, asked))
    return None if kind == fcntl.F_UNLCK else process


def _descriptor_of(file: str) -> int:
    status = Path(file).stat()
    key = status.st_dev, status.st_ino
    if key not in _descriptors:
        _descriptors[key] = os.open(file, os.O_RDWR | os.O_CLOEXEC)
    return _descriptors[key]


def _held(file: str, *, holder: int, seconds: float) -> StoreFailed:
    return StoreFailed(
        N_("{file} cannot be written: process {process} has kept it from being changed for {seconds} seconds."),
        code="records-held",
        file=file,
        process=holder if holder > 0 else "?",
        seconds=int(seconds),
        hint=N_("What was read before is kept. End that program, or the server that it runs in, and harvest again."),
    )
