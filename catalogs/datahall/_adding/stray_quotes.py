"""Stray quotes: find the values that have swallowed whole lines, because a quote opens and is closed late or never.

Pure: it looks at batches that pass by, and says afterwards what was in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import polars as pl

from .batches import Batch
from .delimiters import Dialect
from .findings import EXAMPLES, Finding, make_finding

_LEAST = 3  # line ends within one value; the lines between them must look like rows


@dataclass
class Quotes:
    """What quotes have done to a table's rows, as `dialect` reads it."""

    dialect: Dialect
    width: int
    rows: int = 0
    ragged: int = 0  # rows of another length than the table's
    swallowed: list[tuple[int, int]] = field(default_factory=list)  # first and last line of the first values
    unclosed: list[int] = field(default_factory=list)  # where quotes are plain: lines of the first values
    unclosed_count: int = 0
    enclosed: int = 0  # where quotes are plain: values that stand between two

    def watch(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """Yield `batches` as they are, having looked at them."""
        for batch in batches:
            self.rows += batch.frame.height
            self.ragged += len(batch.lengths)
            for text in batch.frame.iter_columns():
                if self.dialect.quote is None:
                    self._look_for_plain(text, batch.lines)
                elif self.width > 1 and len(self.swallowed) < EXAMPLES:
                    self._look_for_swallowed(text, batch.lines)
            yield batch

    def _look_for_swallowed(self, text: pl.Series, lines: pl.Series) -> None:
        if not text.str.contains("\n", literal=True).any():
            return
        ends = text.str.count_matches("\n", literal=True)
        marks = text.str.count_matches(self.dialect.delimiter, literal=True)
        is_long = ((ends >= _LEAST) & (marks * 2 >= (ends - 1) * (self.width - 1))).fill_null(False)
        for line, value in zip(lines.filter(is_long), text.filter(is_long), strict=True):
            within = value.splitlines()[1:-1]
            alike = sum(row.count(self.dialect.delimiter) == self.width - 1 for row in within)
            if alike * 2 >= len(within) and len(self.swallowed) < EXAMPLES:
                self.swallowed.append((line, line + value.rstrip("\r\n").count("\n")))

    def _look_for_plain(self, text: pl.Series, lines: pl.Series) -> None:
        begins = text.str.starts_with('"').fill_null(False)
        if not begins.any():
            return
        ends = (text.str.ends_with('"') & (text.str.len_bytes() > 1)).fill_null(False)
        self.enclosed += int((begins & ends).sum())
        unclosed = lines.filter(begins & ~ends)
        self.unclosed_count += len(unclosed)
        self.unclosed += unclosed.head(max(0, EXAMPLES - len(self.unclosed))).to_list()

    def find_remarks(self, *, before: Quotes | None) -> Iterator[Finding]:
        """Yield the values that swallow lines; `before` has what they were before quotes were read as plain."""
        if self.dialect.quote is not None:
            for line, last in self.swallowed:
                yield make_finding("swallowed-lines", line=line, last=last)
            return
        told = before.swallowed if before is not None else []
        for line, last in told:
            yield make_finding("stray-quote", line=line, last=last)
        within = [range(line, last + 1) for line, last in told]
        for line in self.unclosed:
            if not any(line in lines for lines in within):
                yield make_finding("unclosed-quote", line=line, count=self.unclosed_count)


def is_better_plain(plain: Quotes, *, quoted: Quotes) -> bool:
    """Say whether a table's rows are whole where its quotes are read as plain characters, and no values lose theirs."""
    return plain.rows > quoted.rows and plain.ragged <= quoted.ragged and plain.enclosed <= plain.unclosed_count
