"""Write the records of one portal: each where it is new or other than before, and nothing where it is as it was."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .record_store import pack

if TYPE_CHECKING:
    from .._harvesting.record import Record

_AT_ONCE = 400  # identifiers of one question


@dataclass(frozen=True, slots=True)
class Known:
    """What is kept of a record, as far as it decides what is written."""

    number: int
    page: int | None
    digest: bytes
    original_digest: bytes
    missing_since: str | None


class RecordWriter:
    """Writes into the transaction of whoever calls; a change of a record gets a number higher than all before."""

    def __init__(self, connection: sqlite3.Connection, *, source: int, name: str, day: str) -> None:
        self._connection = connection
        self._source = source
        self._name = name
        self._day = day

    def last_change(self) -> int:
        """Return the number of the newest change of all records."""
        return int(self._connection.execute("SELECT coalesce(max(change), 0) FROM records").fetchone()[0])

    def with_known(self, records: Iterable[Record]) -> Iterator[tuple[Record, Known | None]]:
        """Yield each record with what is known of it, asking for some hundred at once."""
        waiting = list(records)
        for start in range(0, len(waiting), _AT_ONCE):
            some = waiting[start : start + _AT_ONCE]
            question = (
                "SELECT source_id, number, page, digest, original_digest, missing_since FROM records"  # noqa: S608 marks
                f" WHERE source = ? AND source_id IN ({', '.join('?' * len(some))})"
            )
            rows = self._connection.execute(question, [self._source, *(record.id for record in some)])
            known = {row[0]: Known(*row[1:]) for row in rows}
            yield from ((record, known.get(record.id)) for record in some)

    def keep(
        self, record: Record, known: Known | None, card: dict[str, Any] | None, *, page: int, change: int
    ) -> tuple[str, int]:
        """Write a record where it is new or other than before; return what it is, and the last change."""
        digest, content, told = self.digest(record, card)
        original_digest = _hash(record.original)[:8]
        if known is None:
            number = self._insert(record, digest, original_digest, content=content, page=page, change=change + 1)
        else:
            number = known.number
            if known.page != page:
                self._connection.execute("UPDATE records SET page = ? WHERE number = ?", [page, number])
        is_updated = known is not None and known.digest != digest
        is_back = known is not None and known.missing_since is not None
        if is_updated or is_back:
            self._connection.execute(
                "UPDATE records SET digest = ?, content = ?, missing_since = NULL, change = ? WHERE number = ?",
                [digest, pack(content), change + 1, number],
            )
        if card is not None and (known is None or is_updated):
            self._connection.execute("INSERT OR REPLACE INTO cards VALUES (?, ?)", [number, pack(told)])
        if known is None or known.original_digest != original_digest:
            self._connection.execute("INSERT OR REPLACE INTO originals VALUES (?, ?)", [number, pack(record.original)])
            self._connection.execute(
                "UPDATE records SET original_digest = ? WHERE number = ?", [original_digest, number]
            )
        if known is None:
            return "added", change + 1
        return ("updated" if is_updated else "unchanged"), change + (is_updated or is_back)

    @staticmethod
    def digest(record: Record, card: dict[str, Any] | None) -> tuple[bytes, str, str]:
        """Return the hash of a record's content, and what it is made of: record and card as they are kept."""
        content = record.model_dump_json(exclude={"original"}, exclude_defaults=True)
        told = json.dumps(card, ensure_ascii=False, sort_keys=True) if card is not None else ""
        return _hash(content, told), content, told

    def _insert(
        self, record: Record, digest: bytes, original_digest: bytes, *, content: str, page: int, change: int
    ) -> int:
        cursor = self._connection.execute(
            "INSERT INTO records (id, source, source_id, page, digest, original_digest, first_seen, change, content)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [self._free_id(record), self._source, record.id, page, digest, original_digest, self._day, change,
             pack(content)],
        )  # fmt: skip
        return int(cursor.lastrowid or 0)

    def _free_id(self, record: Record) -> str:
        """Return the id of a new record; one that another has already gets digits of its own identifier."""
        from .._harvesting.naming import name_record

        id = name_record(record, source=self._name)
        is_taken = self._connection.execute("SELECT 1 FROM records WHERE id = ?", [id]).fetchone() is not None
        return f"{id}-{hashlib.sha256(record.id.encode()).hexdigest()[:12]}" if is_taken else id

    def records_of(self, page: int) -> set[int]:
        """Return the numbers of the records that stand on a page."""
        question = "SELECT number FROM records WHERE source = ? AND page = ?"
        return {number for (number,) in self._connection.execute(question, [self._source, page])}

    def leave(self, numbers: Iterable[int]) -> None:
        """Take records off their page, on which they no longer stand; perhaps they stand on another one."""
        self._connection.executemany("UPDATE records SET page = NULL WHERE number = ?", [(each,) for each in numbers])


def _hash(*texts: str) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for text in texts:
        digest.update(text.encode(errors="replace"))
        digest.update(b"\0")
    return digest.digest()
