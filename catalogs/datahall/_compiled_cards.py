"""Cards as they were read the last time, so that thousands of them need not be parsed and checked again.

``DATAHALL_HOME/cards.sqlite`` holds a valid card as JSON beside the state of the file that it was made of (times,
size, number on the disk) and of everything that had a say in it: this library's code and the vocabulary. A row counts
only where all of them are as they were, so a changed card shows at once. What cannot be read or written here costs
time, and nothing else. Where cards are few none are kept: parsing some hundred takes less than a second.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._locations import find_home, find_locations

if TYPE_CHECKING:
    import os
    import sqlite3

    from .card import Card

WORTHWHILE = 200  # cards that were parsed at one time, from which on they are kept
_CODE = (
    "card.py", "_card_faults.py", "_card_problems.py", "_card_reasons.py", "_documents.py", "_placeholders.py",
    "_vocabulary.py", "_practice/tables.py",
)  # fmt: skip
_BUSY = 1.0  # seconds to wait for another process that writes
_TABLE = "CREATE TABLE IF NOT EXISTS cards (file TEXT PRIMARY KEY, state TEXT NOT NULL, content TEXT NOT NULL)"


@dataclass(frozen=True)
class CompiledCard:
    """A card's values; the model is made of them when somebody asks for it."""

    content: str

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """The values as they stand in the card, without what is as the model has it anyway."""
        values: Mapping[str, Any] = json.loads(self.content)
        return values

    @property
    def is_draft(self) -> bool:
        """Whether it is marked as one: by its first key, since values stand in the model's order."""
        return self.content.startswith('{"draft":true')

    def build(self) -> Card:
        """Return the card; raises ValueError where this is none, which only a damaged file can bring about."""
        from .card import Card

        return Card.model_validate_json(self.content)


def find_compiled(file: Path, status: os.stat_result) -> CompiledCard | None:
    """Return the card that was made of this very file, if it was kept."""
    database = _find_database()
    if database is None:
        return None
    import sqlite3  # some milliseconds that most need not wait

    with suppress(sqlite3.Error), closing(_connect(database)) as connection:
        question = "SELECT content FROM cards WHERE file = ? AND state = ?"
        row = connection.execute(question, [str(file), _describe(status, edition=find_edition())]).fetchone()
        return CompiledCard(row[0]) if row else None
    return None


def find_all_compiled(files: Mapping[Path, os.stat_result]) -> dict[Path, CompiledCard]:
    """Return the kept cards of these very files."""
    database = _find_database()
    if database is None:
        return {}
    import sqlite3

    with suppress(sqlite3.Error), closing(_connect(database)) as connection:
        edition = find_edition()
        wanted = {str(file): (file, _describe(status, edition=edition)) for file, status in files.items()}
        rows = connection.execute("SELECT file, state, content FROM cards")
        return {
            wanted[name][0]: CompiledCard(content)
            for name, state, content in rows
            if name in wanted and wanted[name][1] == state
        }
    return {}


def keep_compiled(cards: Iterable[tuple[Path, os.stat_result, Card]], *, present: Iterable[Path]) -> None:
    """Keep cards that were parsed just now, and forget those whose files are gone; never fails."""
    found = list(cards)
    database = find_home() / "cards.sqlite"
    if not find_locations().is_writable or not found or (len(found) < WORTHWHILE and not database.is_file()):
        return
    import sqlite3

    with suppress(OSError, sqlite3.Error):
        database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(database, found, present={str(file) for file in present})


def _write(database: Path, found: list[tuple[Path, os.stat_result, Card]], *, present: set[str]) -> None:
    import sqlite3

    edition = find_edition()
    rows = [
        (str(file), _describe(status, edition=edition), card.model_dump_json(exclude_defaults=True))
        for file, status, card in found
    ]
    try:
        with closing(sqlite3.connect(database, timeout=_BUSY)) as connection, connection:
            connection.execute(_TABLE)
            known = [row[0] for row in connection.execute("SELECT file FROM cards")]
            connection.executemany(
                "DELETE FROM cards WHERE file = ?", [[name] for name in known if name not in present]
            )
            connection.executemany("INSERT OR REPLACE INTO cards VALUES (?, ?, ?)", rows)
    except sqlite3.OperationalError:
        raise  # another process writes, or the disk is full
    except sqlite3.DatabaseError:
        database.unlink(missing_ok=True)  # damaged: it is made anew


def find_edition() -> str:
    """Return what changes with the code that checks cards and with the vocabulary that they are checked against."""
    code = [Path(__file__).parent / name for name in (*_CODE, Path(__file__).name)]
    words = sorted(find_locations().vocabulary.glob("*.yaml"))
    states = [
        f"{file.name} {status.st_mtime_ns} {status.st_size}" for file in (*code, *words) if (status := _stat(file))
    ]
    return hashlib.sha256("\n".join(states).encode()).hexdigest()[:32]


def _stat(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except OSError:
        return None


def _describe(status: os.stat_result, *, edition: str) -> str:
    times = f"{status.st_mtime_ns} {status.st_ctime_ns}"
    return f"{edition} {times} {status.st_size} {status.st_ino} {status.st_dev}"


def _find_database() -> Path | None:
    database = find_home() / "cards.sqlite"
    return database if find_locations().is_writable and database.is_file() else None


def _connect(database: Path) -> sqlite3.Connection:
    import sqlite3
    from urllib.parse import quote

    uri = f"file:{quote(str(database.absolute()))}?mode=ro"
    return sqlite3.connect(uri, uri=True, timeout=_BUSY)
