"""Delimiters: tell which character stands between a text table's values, by which one makes its rows alike."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

CANDIDATES = (",", ";", "\t", "|")
LONGEST_ROW = 1 << 24  # bytes; what a card's source may have, too
_ROWS = 500  # rows that are weighed


@dataclass(frozen=True)
class Dialect:
    """How a text table's values are kept apart; `names_itself` where its first line says ``sep=;``."""

    delimiter: str
    quote: str | None = '"'
    escape: str | None = None
    names_itself: bool = False

    def read(self, text: Iterable[str]) -> Any:  # csv.reader's class has no public name
        """Return a reader of the rows in `text`, which was opened with ``newline=""``."""
        csv.field_size_limit(max(LONGEST_ROW, csv.field_size_limit()))  # 128 KiB is less than some GeoJSON cells
        return csv.reader(
            text,
            delimiter=self.delimiter,
            quotechar=self.quote,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            escapechar=self.escape,
            doublequote=self.escape is None,
        )


def find_dialect(sample: str) -> Dialect:
    """Return the dialect of the table that `sample` begins; a single column has the delimiter ``,``."""
    first = sample[:8].splitlines()[:1]
    if first and first[0].lower().startswith("sep=") and len(first[0]) == 5:
        return Dialect(first[0][4], names_itself=True)
    delimiter = max(CANDIDATES, key=lambda candidate: _weigh(sample, candidate))
    if _weigh(sample, delimiter) <= 0:
        delimiter = ","
    return Dialect(delimiter, quote=_find_quote(sample, delimiter))


def _weigh(sample: str, delimiter: str) -> float:
    """Return how much alike the rows are in length: the share of the most usual one, with a little for more columns."""
    lengths = Counter(len(row) for row in _parse(sample, delimiter) if row)
    usual = Counter({length: count for length, count in lengths.items() if length > 1})
    if not usual:
        return 0.0
    length, count = usual.most_common(1)[0]
    return count / lengths.total() + 0.02 * math.log2(length)


def _find_quote(sample: str, delimiter: str) -> str | None:
    """Return ``"``, or None where quotes are plain characters: reading them as marks swallows whole lines."""
    if '"' not in sample:
        return '"'
    rows = _parse(sample, delimiter)
    swallowed = sum(cell.count(delimiter) > 5 and cell.count("\n") > 5 for row in rows for cell in row)
    return None if swallowed else '"'


def _parse(sample: str, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in Dialect(delimiter).read(io.StringIO(sample, newline="")):
            rows.append(row)
            if len(rows) >= _ROWS:
                break
    except csv.Error:  # a field larger than csv's limit, or a bare return within one: what was read counts
        pass
    return rows
