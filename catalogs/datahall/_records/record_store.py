"""What has been harvested, to read: records by id and in the order of their changes, and how each portal stands.

Every change of a record (new, other content, missing, found again) gives it a number higher than all before; who
keeps an index of them asks for the changes after the last one it has taken in. Safe in threads; nothing stays open.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .records_file import find_file, reading

if TYPE_CHECKING:
    from .._harvesting.record import Record

_AT_ONCE = 5_000  # rows between two of which others may write
_COLUMNS = "r.id, s.name, r.missing_since, r.change, r.first_seen, r.content, c.card"
_FROM = "FROM records r JOIN sources s ON s.number = r.source LEFT JOIN cards c ON c.record = r.number"
# Those that are there, in the order of an index that holds all that is asked for: a million are skipped in a moment.
SOME = (
    "SELECT number FROM records INDEXED BY records_of_page WHERE missing_since IS NULL"
    " ORDER BY source, page, number LIMIT ? OFFSET ?"
)


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A harvested record as it is kept."""

    id: str  # harvested/<source>--<slug>
    record: Record
    source: str
    missing_since: date | None  # since when the portal no longer has it
    change: int
    first_seen: date
    card: dict[str, Any] | None = None  # the whole card, of a dataset of another Datahall


@dataclass(frozen=True, slots=True)
class RawRecord:
    """The same for whoever reads a million of them: `content` holds the fields of a Record that are not at rest."""

    id: str
    source: str
    missing_since: str | None
    change: int
    content: dict[str, Any]  # JSON: dates are texts, what is missing has the value that `Record` declares
    card: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a portal stands: where it is, and what its last harvest brought."""

    name: str
    address: str
    kind: str
    records: int  # that it has now
    missing: int  # that it had once
    started: datetime | None  # the last harvest
    finished: datetime | None  # None while one runs, or where it was interrupted
    succeeded: datetime | None  # the last whole one
    result: dict[str, Any] = field(default_factory=dict)  # of the last one that ended: counts, rejected, notes
    failure: dict[str, str] | None = None  # why the last one failed: code, and message in en and zh
    failed: datetime | None = None  # when that was
    failures: int = 0  # in a row


class RecordStore:
    """The records of all portals; a store that nobody has written to is empty."""

    def __init__(self, file: Path | None = None) -> None:
        self.file = file or find_file()

    @property
    def identity(self) -> str:
        """What tells this store from one that was begun anew, whose changes are counted from one again."""
        with reading(self.file) as connection:
            found = connection and connection.execute("SELECT value FROM facts WHERE name = 'identity'").fetchone()
            return str(found[0]) if found else ""

    @property
    def last_change(self) -> int:
        """The number of the newest change; 0 where there is none."""
        return int(self._ask_number("SELECT coalesce(max(change), 0) FROM records"))

    def count(self, *, source: str | None = None) -> int:
        """Return how many records the portals have now, or one of them has; those that are missing do not count."""
        if source is None:
            return self._ask_number("SELECT count(*) FROM records WHERE missing_since IS NULL")
        question = (
            "SELECT count(*) FROM records WHERE missing_since IS NULL"
            " AND source = (SELECT number FROM sources WHERE name = ?)"
        )
        return self._ask_number(question, source)

    def get(self, id: str) -> StoredRecord | None:
        """Return the record with this id and the text it was made from; None where there is none."""
        with reading(self.file) as connection:
            if connection is None:
                return None
            question = f"SELECT {_COLUMNS}, o.text {_FROM} LEFT JOIN originals o ON o.record = r.number WHERE r.id = ?"
            row = connection.execute(question, [id]).fetchone()
        return _stored(row[:-1], original=row[-1]) if row else None

    def find_id(self, name: str, *, source: str) -> str | None:
        """Return the id here of what the portal `source` calls `name`: its identifier, address or short name."""
        short = name.rstrip("/").rpartition("/")[2]  # the end of the address of a page of CKAN
        question = f"SELECT r.id {_FROM} WHERE s.name = ? AND (r.source_id = ? OR r.id = ?) LIMIT 1"
        with reading(self.file) as connection:
            asked = [source, name, f"harvested/{source}--{short}"]
            row = connection.execute(question, asked).fetchone() if connection else None
        return str(row[0]) if row else None

    def find_card(self, id: str) -> dict[str, Any] | None:
        """Return the whole card of another Datahall's dataset as it is there; None for those of other portals."""
        question = "SELECT card FROM cards JOIN records ON number = record WHERE id = ?"
        with reading(self.file) as connection:
            row = connection.execute(question, [id]).fetchone() if connection else None
        return _unpack(row[0]) if row else None

    def take(self, *, start: int, rows: int) -> Iterator[StoredRecord]:
        """Yield up to `rows` of the records that `count` counts, from the one at `start` on; for pages of all."""
        question = f"SELECT {_COLUMNS} {_FROM} WHERE r.number IN ({SOME}) ORDER BY r.source, r.page, r.number"
        with reading(self.file) as connection:
            packed = connection.execute(question, [rows, start]).fetchall() if connection else []
        return map(_stored, packed)  # one by one: unpacked they may be a thousand times as large

    def list_ids(self, *, start: int = 0, rows: int) -> list[str]:
        """Return the ids of what the portals have now, in their order, from number `start` on."""
        question = "SELECT id FROM records WHERE missing_since IS NULL ORDER BY id LIMIT ? OFFSET ?"
        with reading(self.file) as connection:
            return [row[0] for row in connection.execute(question, [rows, start])] if connection else []

    def take_dates(self, *, start: int, rows: int) -> list[tuple[str, date, date | None]]:
        """Return of the same records the id, when it was first seen, and when its source says that it changed."""
        from pydantic_core import from_json

        question = (
            f"SELECT r.id, first_seen, content {_FROM} WHERE r.number IN ({SOME}) ORDER BY r.source, page, r.number"
        )
        with reading(self.file) as connection:
            found = connection.execute(question, [rows, start]).fetchall() if connection else []
        told = ((id, seen, from_json(zlib.decompress(content)).get("modified")) for id, seen, content in found)
        return [(id, date.fromisoformat(seen), date.fromisoformat(day) if day else None) for id, seen, day in told]

    def changes(self, *, after: int = 0) -> Iterator[StoredRecord]:
        """Yield what has changed after the change `after`, in that order, without the texts records were made from."""
        return map(_stored, self._rows(after))

    def raw_changes(self, *, after: int = 0) -> Iterator[RawRecord]:
        """Yield the same as plain JSON, about ten times as quickly."""
        return map(_raw, self._rows(after))

    def sample(self, count: int) -> Iterator[RawRecord]:
        """Yield about `count` records, or all where there are fewer, at equal distances in the order they came in."""
        highest = self._ask_number("SELECT ifnull(max(number), 0) FROM records")
        numbers = list(range(1, highest + 1, max(1, highest // count)))
        question = f"SELECT {_COLUMNS} {_FROM} WHERE r.number IN (SELECT value FROM json_each(?))"  # noqa: S608
        for start in range(0, len(numbers), _AT_ONCE):
            with reading(self.file) as connection:
                some = json.dumps(numbers[start : start + _AT_ONCE])
                rows = connection.execute(question, [some]).fetchall() if connection else []
            yield from map(_raw, rows)

    def list_sources(self) -> tuple[str, ...]:
        """Return what the portals are called in ids; a moment's work, where `sources` counts all records."""
        with reading(self.file) as connection:
            return tuple(row[0] for row in connection.execute("SELECT name FROM sources")) if connection else ()

    def sources(self) -> tuple[SourceState, ...]:
        """Return how each portal stands, by name."""
        question = """
            SELECT s.name, address, kind, count(r.source) - count(missing_since), count(missing_since),
                started, finished, succeeded, failed, result, failure, failures
            FROM sources s LEFT JOIN records r ON r.source = s.number GROUP BY s.number ORDER BY s.name"""
        with reading(self.file) as connection:
            rows = connection.execute(question).fetchall() if connection else []
        return tuple(_source(row) for row in rows)

    def _rows(self, after: int) -> Iterator[tuple[Any, ...]]:
        """Yield rows some thousand at a time, between which harvests may write; what changes meanwhile comes again."""
        question = f"SELECT {_COLUMNS} {_FROM} WHERE r.change > ? ORDER BY r.change LIMIT {_AT_ONCE}"
        rows: list[tuple[Any, ...]] = [()]
        while rows:
            with reading(self.file) as connection:
                rows = connection.execute(question, [after]).fetchall() if connection else []
            yield from rows
            after = rows[-1][3] if rows else after

    def _ask_number(self, question: str, *values: object) -> int:
        with reading(self.file) as connection:
            return int(connection.execute(question, values).fetchone()[0]) if connection else 0


def pack(text: str) -> bytes:
    """Return `text` as it is kept."""
    return zlib.compress(text.encode(errors="replace"), 1)


def _unpack(packed: bytes | None) -> dict[str, Any] | None:
    return None if packed is None else json.loads(zlib.decompress(packed))


def _raw(row: tuple[Any, ...]) -> RawRecord:
    from pydantic_core import from_json

    id, source, missing_since, change, _, content, card = row
    fields = from_json(zlib.decompress(content), cache_strings="keys")
    return RawRecord(id, source, missing_since, change, fields, _unpack(card))


def _stored(row: tuple[Any, ...], original: bytes | None = None) -> StoredRecord:
    from .._harvesting.record import Record

    id, source, missing_since, change, first_seen, content, card = row
    record = Record.model_validate_json(zlib.decompress(content))
    if original is not None:
        record = record.model_copy(update={"original": zlib.decompress(original).decode()})
    since = date.fromisoformat(missing_since) if missing_since else None
    return StoredRecord(id, record, source, since, change, date.fromisoformat(first_seen), _unpack(card))


def _source(row: tuple[Any, ...]) -> SourceState:
    name, address, kind, records, missing, *times, result, failure, failures = row
    started, finished, succeeded, broke = (datetime.fromisoformat(time) if time else None for time in times)
    told, failed = (json.loads(text) if text else None for text in (result, failure))
    return SourceState(
        name, address, kind, records, missing, started, finished, succeeded, told or {}, failed, broke, failures
    )
