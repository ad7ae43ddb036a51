"""One harvest of one portal, written page by page, each in one step: it goes on where it was killed.

A page remembers in which run it was read last, and a record on which page it stands. So a harvest that goes on passes
over the pages that it has read; a page that has not changed confirms its records without reading one of them; and what
stands on no page of a whole run is missing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..errors import N_
from .kept_room import Bound, KeptRoom
from .limits import Limits
from .outcomes import BEYOND, LISTED, Before, Outcome, Page, read_outcome, sum_up, write_outcome
from .record_writing import Known, RecordWriter
from .records_file import writing_step
from .source_titles import write_titles

if TYPE_CHECKING:
    from .._harvesting.record import Harvest, Record

TWICE = N_("its identifier stands on another page of the portal, too; the first one was kept")
_GOES_ON = timedelta(days=2)  # an interrupted harvest that is older begins anew
_ALWAYS_LISTED = 20  # rejected records of a page, however many others are listed already
READER = 8  # raised when the readers learn something: what they read before is then read again, changed or not


class HarvestRun:
    """Writes the pages of one portal; one at a time for each portal."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        name: str,
        address: str,
        start: str = "",
        limits: Limits | None = None,
    ) -> None:
        self._connection = connection
        self._today = _now().date().isoformat()
        with self._step():
            self.before = self._find_before(name)
            self._source, self._run, self.goes_on = self._begin(name, address, start)
        self._writer = RecordWriter(connection, source=self._source, name=name, day=self._today)
        self._room = KeptRoom(connection, source=self._source, limits=limits or Limits())
        self._start = start
        self._listed = 0  # rejected records that pages of this run list

    @property
    def bound(self) -> Bound | None:
        """What of this portal cannot be kept: more records, or more bytes; None while there is room."""
        return self._room.reached

    def find_page(self, address: str) -> Page | None:
        """Return what is known of the page at `address`."""
        row = self._connection.execute(
            "SELECT number, run, etag, last_modified, digest, outcome FROM pages WHERE source = ? AND address = ?",
            [self._source, address],
        ).fetchone()
        if row is None:
            return None
        number, run, etag, last_modified, digest, text = row
        outcome = read_outcome(text)
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
                    write_outcome(outcome),
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
        came_from: str = "",
        is_again: bool = False,
    ) -> Outcome:
        """Write what a page holds; of one that is read again only what stood on no other page of this run."""
        with self._step():
            if address == self._start and harvest.titles:
                write_titles(self._connection, source=self._source, titles=harvest.titles)
            page = self._number_page(address)
            leaving = self._writer.records_of(page)
            counts = {"added": 0, "updated": 0, "unchanged": 0}
            rejected = [(each.id, each.reason) for each in harvest.rejected]
            left_out = dict(harvest.left_out)
            is_alone = True
            change = self._writer.last_change()
            self._room.begin_page(change=change)
            for record, known in self._writer.with_known(harvest.records):
                if known is not None and known.page != page and self._is_read(known.page):
                    if is_again:
                        pass
                    elif known.digest == self._writer.digest(record, harvest.cards.get(record.id))[0]:
                        left_out["repeated"] = left_out.get("repeated", 0) + 1
                    else:
                        rejected.append((record.id, TWICE))
                    is_alone = False
                    continue
                card = harvest.cards.get(record.id)
                if known is not None:
                    leaving.discard(known.number)
                if self._has_no_room(record, known, card):
                    left_out[BEYOND] = left_out.get(BEYOND, 0) + 1
                    is_alone = False
                    continue
                word, change = self._writer.keep(record, known, card, page=page, change=change)
                counts[word] += 1
                self._room.note_record(is_new=known is None, change=change)
            self._writer.leave(leaving)
            if not is_alone:  # what is taken from it depends on the pages before it
                etag, last_modified, digest = "", "", None
            listed = rejected[: max(LISTED - self._listed, _ALWAYS_LISTED)]
            self._listed += len(listed)
            outcome = Outcome(
                **counts,
                rejected=tuple(listed),
                unlisted=len(rejected) - len(listed),
                left_out=left_out,
                notes=tuple((note.field, note.value, note.reason) for note in harvest.notes),
                total=harvest.total,
                next_page=harvest.next_page,
                children=harvest.children,
                size=size,
                address=came_from if came_from.startswith(("http://", "https://")) else "",
                kind=harvest.kind,
                reader=READER,
            )
            told = write_outcome(outcome)
            self._connection.execute(
                "UPDATE pages SET run = ?, etag = ?, last_modified = ?, digest = ?, outcome = ? WHERE number = ?",
                [self._run, etag, last_modified, digest, told, page],
            )
            self._room.end_page(change=change, size=len(told))
        return outcome

    def _has_no_room(self, record: Record, known: Known | None, card: dict[str, Any] | None) -> bool:
        """Say whether a record is new, or other than before, and no more of this portal is kept."""
        bound = self._room.find_bound(is_new=known is None)
        if bound is None or (known is not None and known.digest == self._writer.digest(record, card)[0]):
            return False
        self._room.reached = bound
        return True

    def keep_titles(self, titles: Mapping[str, str]) -> None:
        """Keep what the portal calls itself, where it tells that beside its pages."""
        if titles:
            with self._step():
                write_titles(self._connection, source=self._source, titles=titles)

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
        return sum(known is None or known.missing_since is not None for _, known in self._writer.with_known(records))

    def finish(self, *, kind: str, remarks: Sequence[Any] = (), is_walked: bool = True) -> dict[str, Any]:
        """End a run after which the whole portal is known: mark what it no longer has; return and keep the result.

        `is_walked` says whether all of it was read, and not only what had changed.
        """
        with self._step():
            change = self._writer.last_change()
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

    def _is_read(self, page: int | None) -> bool:
        """Say whether a page was read in this run, so that its records have been taken."""
        question = "SELECT 1 FROM pages WHERE number = ? AND run = ?"
        return page is not None and self._connection.execute(question, [page, self._run]).fetchone() is not None

    def _end(
        self, *, is_whole: bool, kind: str, remarks: Sequence[Any], walked: datetime | None = None
    ) -> dict[str, Any]:
        rows = self._connection.execute(
            "SELECT outcome FROM pages WHERE source = ? AND run = ? ORDER BY number", [self._source, self._run]
        )
        outcomes = [read_outcome(text) for (text,) in rows]
        present, missing = self._connection.execute(
            "SELECT count(*) - count(missing_since), count(missing_since) FROM records WHERE source = ?", [self._source]
        ).fetchone()
        result = sum_up(outcomes, present=present, missing=missing, is_whole=is_whole) | {"remarks": list(remarks)}
        if walked is not None:
            result["walked"] = walked.isoformat(timespec="seconds")
        now = _now().isoformat(timespec="seconds")
        self._connection.execute(
            "UPDATE sources SET kind = ?, finished = ?, result = ?, failure = NULL, failures = 0,"
            " succeeded = CASE WHEN ? THEN ? ELSE succeeded END WHERE number = ?",
            [kind, now, json.dumps(result, ensure_ascii=False), is_whole, now, self._source],
        )
        return result

    @contextmanager
    def _step(self) -> Iterator[None]:
        """Do all of it or nothing."""
        with writing_step(self._connection):
            yield


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


def _now() -> datetime:
    return datetime.now(UTC)
