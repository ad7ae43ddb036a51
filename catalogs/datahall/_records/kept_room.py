"""How much is kept of one portal, with all that it once had and no longer has: a stranger must not fill the disk."""

from __future__ import annotations

import sqlite3
from typing import Literal

from .limits import Limits

Bound = Literal["records", "bytes"]

_MEASURED_AFTER = 500  # written records; a record has some kilobytes, and at most some megabytes
_SIZES = (
    "SELECT coalesce(sum(length(content) + coalesce(length(text), 0) + coalesce(length(card), 0)), 0) FROM records"
    " LEFT JOIN originals ON originals.record = number LEFT JOIN cards ON cards.record = number"
)


class KeptRoom:
    """What the records and pages of one portal take, counted while it is harvested and compared with the limits."""

    def __init__(self, connection: sqlite3.Connection, *, source: int, limits: Limits) -> None:
        self._connection = connection
        self._source = source
        self._limits = limits
        self._records = self._ask("SELECT count(*) FROM records WHERE source = ?")
        self._measured = 0  # the last change whose record was counted
        self._is_estimate = False
        self._bytes = self._count_bytes()
        self.reached: Bound | None = None  # what has kept something out

    def begin_page(self, *, change: int) -> None:
        """Count what is written after `change`; what others have written before it is not of this portal."""
        self._measured = change

    def find_bound(self, *, is_new: bool) -> Bound | None:
        """Return which bound a record that is new, or other than before, would break."""
        if self._has_all_bytes():
            return "bytes"
        return "records" if is_new and self._records >= self._limits.kept_records else None

    def note_record(self, *, is_new: bool, change: int) -> None:
        """Count a record that may have been written; the last change is now `change`."""
        self._records += is_new
        if change - self._measured >= _MEASURED_AFTER:
            self._measure(change)

    def end_page(self, *, change: int, size: int) -> None:
        """Count the rest of a page, and the `size` bytes in which it is noted what was on it."""
        self._measure(change)
        self._bytes += size
        if self.reached is None and self._has_all_bytes():
            self.reached = "bytes"

    def _measure(self, change: int) -> None:
        """Count what was written since the last time; what it replaced is still counted, too."""
        question = f"{_SIZES} WHERE change > ? AND change <= ? AND source = ?"
        self._bytes += self._ask(question, self._measured, change)
        self._is_estimate |= change > self._measured
        self._measured = change

    def _has_all_bytes(self) -> bool:
        if self._bytes >= self._limits.kept_bytes and self._is_estimate:
            self._bytes, self._is_estimate = self._count_bytes(), False
        return self._bytes >= self._limits.kept_bytes

    def _count_bytes(self) -> int:
        pages = self._ask("SELECT coalesce(sum(length(outcome)), 0) FROM pages WHERE source = ?")
        return pages + self._ask(f"{_SIZES} WHERE source = ?")

    def _ask(self, question: str, *values: int) -> int:
        return int(self._connection.execute(question, [*values, self._source]).fetchone()[0])
