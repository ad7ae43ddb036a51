"""The file that holds all harvested records: opened, made, and set aside where it is damaged or of another time.

A rollback journal, not a write-ahead log, so that a read-only mount of the folder can be read, too. Who cannot read the
file has no records; harvesting again brings them back, since portals are their source.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import lru_cache
from pathlib import Path

from .._locations import find_home, find_locations
from .._messages import speak
from ..errors import N_, DatahallWarning, StoreFailed
from .reading_locks import commit

SCHEMA = 2  # a file with another number is of another time
BUSY = 30.0  # seconds that one waits for another who writes; a page of a portal is written in less
WRITERS_BUSY = 300.0  # seconds that a writer waits for its turn; another may itself be waiting for readers
_CACHE = 64 << 10  # kB; a page of a portal fits, so that readers wait for its last moment only
_BROKEN = ("malformed", "not a database", "no such table", "no such column")

_TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE sources (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, address TEXT NOT NULL,
    start TEXT NOT NULL DEFAULT '', kind TEXT NOT NULL DEFAULT '',
    run INTEGER NOT NULL DEFAULT 0, started TEXT, finished TEXT, succeeded TEXT, result TEXT, failure TEXT, failed TEXT,
    failures INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE pages (
    number INTEGER PRIMARY KEY AUTOINCREMENT, source INTEGER NOT NULL, address TEXT NOT NULL,
    run INTEGER NOT NULL, etag TEXT NOT NULL DEFAULT '', last_modified TEXT NOT NULL DEFAULT '',
    digest BLOB, outcome TEXT NOT NULL, UNIQUE (source, address)
);
CREATE TABLE records (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, source INTEGER NOT NULL, source_id TEXT NOT NULL,
    page INTEGER, digest BLOB NOT NULL, original_digest BLOB NOT NULL, first_seen TEXT NOT NULL, missing_since TEXT,
    change INTEGER NOT NULL UNIQUE, content BLOB NOT NULL, UNIQUE (source, source_id)
);
CREATE INDEX records_of_page ON records (source, page, missing_since);
CREATE TABLE originals (record INTEGER PRIMARY KEY, text BLOB NOT NULL);
CREATE TABLE cards (record INTEGER PRIMARY KEY, card BLOB NOT NULL);
"""


def find_file() -> Path:
    """Return where the records lie: in a user's sandbox below the mounted catalogs, else in ``DATAHALL_HOME``."""
    mounted = os.environ.get("DATAHALL_CATALOGS")
    return _find_below(Path(mounted) if mounted else find_home())


@lru_cache(maxsize=64)  # asked for several times for one page of the hall
def _find_below(folder: Path) -> Path:
    return folder / "index" / "records.sqlite"


@contextmanager
def reading(file: Path) -> Iterator[sqlite3.Connection | None]:
    """Give a connection for reading, None where there are no records; what cannot be read is set aside."""
    connection = open_for_reading(file)
    if connection is None:
        yield None
        return
    with guarded(file), closing(connection):
        yield connection


def open_for_reading(file: Path) -> sqlite3.Connection | None:
    """Return the connection that `reading` gives, for who closes it."""
    if not file.is_file():
        return None
    mode = "rw" if os.access(file, os.W_OK) else "ro"  # who may write also ends what a killed harvest left half done
    with guarded(file), ExitStack() as undone:
        connection = undone.enter_context(closing(_connect(file, mode=mode)))
        is_right = is_ours(connection)
        if is_right:
            undone.pop_all()
            return connection
    if is_right is False:
        set_aside(file)
    return None


@contextmanager
def writing(file: Path) -> Iterator[sqlite3.Connection]:
    """Give a connection for writing to a file that is there and whole."""
    if not find_locations().is_writable:
        raise StoreFailed(
            N_("Portals cannot be harvested here: the catalogs are read-only."),
            code="read-only",
            hint=N_("Ask the operator of the hall to harvest it."),
        )
    ensure_folder(file.parent)
    if file.exists():
        with reading(file):
            pass  # which sets aside what cannot be read
    with guarded(file), closing(_connect(file, mode="rwc")) as connection:
        connection.execute(f"PRAGMA cache_size = -{_CACHE}")
        connection.execute("PRAGMA cache_spill = OFF")  # what does not fit must not shut readers out before the end
        _ensure_tables(connection)
        yield connection


@contextmanager
def writing_step(connection: sqlite3.Connection) -> Iterator[None]:
    """Do all of it or nothing; readers are shut out for a moment at its end."""
    connection.execute(f"PRAGMA busy_timeout = {int(WRITERS_BUSY * 1_000)}")
    try:
        connection.execute("BEGIN IMMEDIATE")
    finally:
        connection.execute(f"PRAGMA busy_timeout = {int(BUSY * 1_000)}")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    commit(connection, busy=BUSY)


def ensure_folder(folder: Path) -> None:
    """Make a folder where it is not there.

    Raises
    ------
    StoreFailed
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(folder, error.strerror or str(error)) from error


def set_aside(file: Path) -> None:
    """Rename a file that cannot be read, with its journal, and say so; somebody else may have done it already."""
    aside = file.with_name(f"{file.name}.unreadable-{time.strftime('%Y%m%dT%H%M%S')}-{secrets.token_hex(2)}")
    with suppress(OSError):
        file.rename(aside)
        journal = file.with_name(f"{file.name}-journal")
        if journal.exists():
            journal.rename(aside.with_name(f"{aside.name}-journal"))
    message = N_("{file} cannot be read, and was set aside as {aside}. Harvest the portals again.")
    warnings.warn(DatahallWarning(speak(message, file=file, aside=aside.name), code="records-unreadable"), stacklevel=2)


def _connect(file: Path, *, mode: str) -> sqlite3.Connection:
    from urllib.parse import quote

    uri = f"file:{quote(str(file.absolute()))}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=BUSY, isolation_level=None, check_same_thread=False)


def is_ours(connection: sqlite3.Connection) -> bool | None:
    """Say whether the file is one of ours; None where nothing is in it yet."""
    try:
        if connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA:
            return True
        return False if connection.execute("SELECT 1 FROM sqlite_master").fetchone() else None
    except sqlite3.DatabaseError as error:
        if any(word in str(error) for word in _BROKEN):
            return False
        raise


def _ensure_tables(connection: sqlite3.Connection) -> None:
    if is_ours(connection):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        if not is_ours(connection):  # another process may have been quicker
            for statement in filter(str.strip, _TABLES.split(";")):
                connection.execute(statement)
            connection.execute("INSERT INTO facts VALUES ('identity', ?)", [secrets.token_hex(8)])
            connection.execute(f"PRAGMA user_version = {SCHEMA}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


@contextmanager
def guarded(file: Path) -> Iterator[None]:
    """Turn what SQLite says into an error that a person understands; a damaged file is set aside."""
    try:
        yield
    except sqlite3.Error as error:
        if any(word in str(error) for word in _BROKEN):
            set_aside(file)
        raise _unusable(file, str(error)) from error


def _unusable(file: Path, reason: str) -> StoreFailed:
    return StoreFailed(
        N_("{file} cannot be used: {reason}."),
        code="records-unusable",
        file=file,
        reason=reason,
        hint=N_("Try again; if it stays so, look for a full disk, or for another program that holds the file."),
    )
