"""One harvest of one portal, written page by page, each in one step: it goes on where it was killed.

A page remembers in which run it was read last, and a record on which page it stands. So a harvest that goes on passes
over the pages that it has read; a page that has not changed confirms its records without reading one of them; and what
stands on no page of a whole run is missing.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..errors import N_
from .record_store import pack

if TYPE_CHECKING:
    from .._harvesting.record import Harvest, Record

TWICE = N_("its identifier stands on another page of the portal, too; the first one was kept")
_GOES_ON = timedelta(days=2)  # an interrupted harvest that is older begins anew
READER = 1  # raised when the readers learn something: what they read before is then read again, changed or not
_AT_ONCE = 400  # identifiers of one question
_LISTED = 10_000  # rejected records of one harvest that are listed; the rest is counted


@dataclass(frozen=True)
class Page:
    """One page of a portal as it was read last."""

    number: int
    is_done: bool  # in this run
    etag: str
    last_modified: str
    digest: bytes | None
    outcome: Outcome


@dataclass(frozen=True)
class Outcome:
    """What a page held, and what of that was new."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: tuple[tuple[str, str], ...] = ()  # id and marked reason
    left_out: dict[str, int] = field(default_factory=dict)
    notes: tuple[tuple[str, str, str], ...] = ()  # field, value, marked reason
    total: int | None = None
    next_page: str = ""
    children: tuple[str, ...] = ()
    size: int = 0  # bytes
    kind: str = ""
    reader: int = 0

    @property
    def kept(self) -> int:
        """How many of its records are in the store."""
        return self.added + self.updated + self.unchanged


@dataclass(frozen=True)
class Before:
    """How the last harvest ended, if it was a whole one."""

    kind: str
    succeeded: datetime
    walked: datetime  # when all pages were read
    rejected: int


class HarvestRun:
    """Writes the pages of one portal; one at a time for each portal."""

    def __init__(self, connection: sqlite3.Connection, *, name: str, address: str, start: str = "") -> None:
        self._connection = connection
        self._name = name
        self._today = _now().date().isoformat()
        with self._step():
            self.before = self._find_before(name)
            self._source, self._run, self.goes_on = self._begin(name, address, start)

    def find_page(self, address: str) -> Page | None:
        """Return what is known of the page at `address`."""
        row = self._connection.execute(
            "SELECT number, run, etag, last_modified, digest, outcome FROM pages WHERE source = ? AND address = ?",
            [self._source, address],
        ).fetchone()
        if row is None:
            return None
        number, run, etag, last_modified, digest, text = row
        outcome = _read_outcome(text)
        if outcome.reader != READER:
            etag, last_modified, digest = "", "", None
        return Page(number, run == self._run, etag, last_modified, digest, outcome)

    def confirm_page(self, page: Page, *, etag: str = "", last_modified: str = "") -> Outcome:
        """Note that a page is as it was, and how to ask for it the next time."""
        known = page.outcome
        outcome = replace(known, added=0, updated=0, unchanged=known.kept)
        with self._step():
            self._connection.execute(
                "UPDATE pages SET run = ?, etag = ?, last_modified = ?, outcome = ? WHERE number = ?",
                [
                    self._run,
                    etag or page.etag,
                    last_modified or page.last_modified,
                    _write_outcome(outcome),
                    page.number,
                ],
            )
        return outcome

    def keep_page(
        self,
        address: str,
        harvest: Harvest,
        *,
        etag: str = "",
        last_modified: str = "",
        digest: bytes | None = None,
        size: int = 0,
        is_again: bool = False,
    ) -> Outcome:
        """Write what a page holds; of one that is read again only what stood on no other page of this run."""
        with self._step():
            page = self._number_page(address)
            leaving = self._records_of(page)
            counts = {"added": 0, "updated": 0, "unchanged": 0}
            rejected = [(each.id, each.reason) for each in harvest.rejected]
            left_out = dict(harvest.left_out)
            is_alone = True
            change = self._last_change()
            for record, known in self._with_known(harvest.records):
                if known is not None and known.page != page and self._is_read(known.page):
                    if is_again:
                        pass
                    elif known.digest == self._digest(record, harvest.cards.get(record.id))[0]:
                        left_out["repeated"] = left_out.get("repeated", 0) + 1
                    else:
                        rejected.append((record.id, TWICE))
                    is_alone = False
                    continue
                word, change = self._keep(record, known, harvest.cards.get(record.id), page=page, change=change)
                counts[word] += 1
                if known is not None:
                    leaving.discard(known.number)
            self._leave(leaving)
            if not is_alone:  # what is taken from it depends on the pages before it
                etag, last_modified, digest = "", "", None
            outcome = Outcome(
                **counts,
                rejected=tuple(rejected[:_LISTED]),
                left_out=left_out,
                notes=tuple((note.field, note.value, note.reason) for note in harvest.notes),
                total=harvest.total,
                next_page=harvest.next_page,
                children=harvest.children,
                size=size,
                kind=harvest.kind,
                reader=READER,
            )
            self._connection.execute(
                "UPDATE pages SET run = ?, etag = ?, last_modified = ?, digest = ?, outcome = ? WHERE number = ?",
                [self._run, etag, last_modified, digest, _write_outcome(outcome), page],
            )
        return outcome

    def confirm_others(self) -> None:
        """Note that all other pages are as they were: the portal has told what has changed."""
        rows = self._connection.execute(
            "SELECT address FROM pages WHERE source = ? AND run <> ?", [self._source, self._run]
        ).fetchall()
        for (address,) in rows:
            if (page := self.find_page(address)) is not None:
                self.confirm_page(page)

    def count_present(self) -> int:
        """Return how many records the portal has, as far as is known."""
        question = "SELECT count(*) FROM records WHERE source = ? AND missing_since IS NULL"
        return int(self._connection.execute(question, [self._source]).fetchone()[0])

    def count_new(self, records: Iterable[Record]) -> int:
        """Return how many of `records` were not there the last time."""
        return sum(known is None or known.missing_since is not None for _, known in self._with_known(records))

    def finish(self, *, kind: str, remarks: Sequence[Any] = (), is_walked: bool = True) -> dict[str, Any]:
        """End a run after which the whole portal is known: mark what it no longer has; return and keep the result.

        `is_walked` says whether all of it was read, and not only what had changed.
        """
        with self._step():
            change = self._last_change()
            self._connection.execute("DELETE FROM pages WHERE source = ? AND run <> ?", [self._source, self._run])
            gone = self._connection.execute(
                "SELECT number FROM records WHERE source = ? AND missing_since IS NULL"
                " AND (page IS NULL OR page NOT IN (SELECT number FROM pages WHERE source = ?))",
                [self._source, self._source],
            ).fetchall()
            self._connection.executemany(
                "UPDATE records SET missing_since = ?, change = ? WHERE number = ?",
                [(self._today, change + step, number) for step, (number,) in enumerate(gone, start=1)],
            )
            walked = _now() if is_walked or self.before is None else self.before.walked
            return self._end(is_whole=True, kind=kind, remarks=remarks, walked=walked)

    def stop(self, *, kind: str, remarks: Sequence[Any] = ()) -> dict[str, Any]:
        """End a run that has read as much as it may: nothing is marked as missing; return and keep the result."""
        with self._step():
            return self._end(is_whole=False, kind=kind, remarks=remarks)

    def _begin(self, name: str, address: str, start: str) -> tuple[int, int, bool]:
        """Return the number of the source and of the run, and whether that was begun before and interrupted."""
        self._connection.execute(
            "INSERT INTO sources (name, address, start) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING",
            [name, address, start],
        )
        number, before, run, started, finished = self._connection.execute(
            "SELECT number, address || ' ' || start, run, started, finished FROM sources WHERE name = ?", [name]
        ).fetchone()
        is_open = started is not None and finished is None
        if is_open and before == f"{address} {start}" and _now() - datetime.fromisoformat(started) < _GOES_ON:
            return number, run, True
        self._connection.execute(
            "UPDATE sources SET address = ?, start = ?, run = run + 1, started = ?, finished = NULL WHERE number = ?",
            [address, start, _now().isoformat(timespec="seconds"), number],
        )
        return number, run + 1, False

    def _find_before(self, name: str) -> Before | None:
        """Return how the last harvest ended, where it was a whole one."""
        row = self._connection.execute(
            "SELECT kind, succeeded, finished, result FROM sources WHERE name = ?", [name]
        ).fetchone()
        result = json.loads(row[3]) if row is not None and row[3] else {}
        if row is None or row[1] is None or row[1] != row[2] or not result.get("walked"):
            return None
        walked, succeeded = datetime.fromisoformat(result["walked"]), datetime.fromisoformat(row[1])
        return Before(row[0], succeeded, walked, int(result["rejected_count"]))

    def _number_page(self, address: str) -> int:
        self._connection.execute(
            "INSERT INTO pages (source, address, run, outcome) VALUES (?, ?, 0, '{}') ON CONFLICT DO NOTHING",
            [self._source, address],
        )
        question = "SELECT number FROM pages WHERE source = ? AND address = ?"
        return int(self._connection.execute(question, [self._source, address]).fetchone()[0])

    def _records_of(self, page: int) -> set[int]:
        question = "SELECT number FROM records WHERE source = ? AND page = ?"
        return {number for (number,) in self._connection.execute(question, [self._source, page])}

    def _leave(self, numbers: Iterable[int]) -> None:
        """Take records off their page, on which they no longer stand; perhaps they stand on another one."""
        self._connection.executemany("UPDATE records SET page = NULL WHERE number = ?", [(each,) for each in numbers])

    def _is_read(self, page: int | None) -> bool:
        """Say whether a page was read in this run, so that its records have been taken."""
        question = "SELECT 1 FROM pages WHERE number = ? AND run = ?"
        return page is not None and self._connection.execute(question, [page, self._run]).fetchone() is not None

    def _last_change(self) -> int:
        return int(self._connection.execute("SELECT coalesce(max(change), 0) FROM records").fetchone()[0])

    def _with_known(self, records: Iterable[Record]) -> Iterator[tuple[Record, _Known | None]]:
        """Yield each record with what is known of it, asking for some hundred at once."""
        waiting = list(records)
        for start in range(0, len(waiting), _AT_ONCE):
            some = waiting[start : start + _AT_ONCE]
            question = (
                "SELECT source_id, number, page, digest, original_digest, missing_since FROM records"  # noqa: S608 marks
                f" WHERE source = ? AND source_id IN ({', '.join('?' * len(some))})"
            )
            rows = self._connection.execute(question, [self._source, *(record.id for record in some)])
            known = {row[0]: _Known(*row[1:]) for row in rows}
            yield from ((record, known.get(record.id)) for record in some)

    def _keep(
        self, record: Record, known: _Known | None, card: dict[str, Any] | None, *, page: int, change: int
    ) -> tuple[str, int]:
        """Write a record where it is new or other than before; return what it is, and the last change."""
        digest, content, told = self._digest(record, card)
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
    def _digest(record: Record, card: dict[str, Any] | None) -> tuple[bytes, str, str]:
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
            [self._free_id(record), self._source, record.id, page, digest, original_digest, self._today, change,
             pack(content)],
        )  # fmt: skip
        return int(cursor.lastrowid or 0)

    def _free_id(self, record: Record) -> str:
        """Return the id of a new record; one that another has already gets digits of its own identifier."""
        from .._harvesting.naming import name_record

        id = name_record(record, source=self._name)
        is_taken = self._connection.execute("SELECT 1 FROM records WHERE id = ?", [id]).fetchone() is not None
        return f"{id}-{hashlib.sha256(record.id.encode()).hexdigest()[:12]}" if is_taken else id

    def _end(
        self, *, is_whole: bool, kind: str, remarks: Sequence[Any], walked: datetime | None = None
    ) -> dict[str, Any]:
        result = self._sum_up(is_whole=is_whole) | {"remarks": list(remarks)}
        if walked is not None:
            result["walked"] = walked.isoformat(timespec="seconds")
        now = _now().isoformat(timespec="seconds")
        self._connection.execute(
            "UPDATE sources SET kind = ?, finished = ?, result = ?, failure = NULL, failures = 0,"
            " succeeded = CASE WHEN ? THEN ? ELSE succeeded END WHERE number = ?",
            [kind, now, json.dumps(result, ensure_ascii=False), is_whole, now, self._source],
        )
        return result

    def _sum_up(self, *, is_whole: bool) -> dict[str, Any]:
        """Return the counts of all pages of this run, and of the records that the source has now."""
        rows = self._connection.execute(
            "SELECT outcome FROM pages WHERE source = ? AND run = ? ORDER BY number", [self._source, self._run]
        )
        outcomes = [_read_outcome(text) for (text,) in rows]
        there, missing = self._connection.execute(
            "SELECT count(*) - count(missing_since), count(missing_since) FROM records WHERE source = ?", [self._source]
        ).fetchone()
        added, updated = (sum(getattr(outcome, word) for outcome in outcomes) for word in ("added", "updated"))
        rejected = [each for outcome in outcomes for each in outcome.rejected]
        left_out: dict[str, int] = {}
        for outcome in outcomes:
            for word, count in outcome.left_out.items():
                left_out[word] = left_out.get(word, 0) + count
        return {
            "harvested": there,
            "added": added,
            "updated": updated,
            "unchanged": there - added - updated if is_whole else sum(outcome.unchanged for outcome in outcomes),
            "missing": missing,
            "rejected": [{"id": id, "reason": reason} for id, reason in rejected[:_LISTED]],
            "rejected_count": len(rejected),
            "left_out": left_out,
            "notes": list(dict.fromkeys(note for outcome in outcomes for note in outcome.notes))[:_LISTED],
            "pages": len(outcomes),
            "bytes": sum(outcome.size for outcome in outcomes),
            "is_whole": is_whole,
        }

    @contextmanager
    def _step(self) -> Iterator[None]:
        """Do all of it or nothing."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def note_failure(
    connection: sqlite3.Connection, *, name: str, address: str, failure: dict[str, Any], is_expected: bool
) -> None:
    """Note why a harvest failed; a source that nothing was ever read from is forgotten, unless it is expected."""
    if is_expected:
        question = "INSERT INTO sources (name, address) VALUES (?, ?) ON CONFLICT (name) DO NOTHING"
        connection.execute(question, [name, address])
    else:
        connection.execute(
            "DELETE FROM sources WHERE name = ? AND finished IS NULL AND run < 2 AND failure IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM pages WHERE source = sources.number)",
            [name],
        )
    connection.execute(
        "UPDATE sources SET failure = ?, failed = ?, failures = failures + 1 WHERE name = ?",
        [json.dumps(failure, ensure_ascii=False), _now().isoformat(timespec="seconds"), name],
    )


@dataclass(frozen=True, slots=True)
class _Known:
    number: int
    page: int | None
    digest: bytes
    original_digest: bytes
    missing_since: str | None


def _hash(*texts: str) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for text in texts:
        digest.update(text.encode(errors="replace"))
        digest.update(b"\0")
    return digest.digest()


def _now() -> datetime:
    return datetime.now(UTC)


def _write_outcome(outcome: Outcome) -> str:
    return json.dumps(vars(outcome), ensure_ascii=False)


def _read_outcome(text: str) -> Outcome:
    values = json.loads(text)
    for name in ("rejected", "notes"):
        values[name] = tuple(tuple(each) for each in values.get(name, ()))
    return Outcome(**{**values, "children": tuple(values.get("children", ()))})
