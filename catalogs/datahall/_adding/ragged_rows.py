"""Ragged rows: the rows that a parser passes over, handed from its thread to ours, never many at a time.

A parser gives its regular rows in batches, and says nothing while whole blocks hold none. What it passes over
meanwhile is taken as soon as no regular row can stand before it; until then the parser waits.
"""

from __future__ import annotations

from collections import deque
from threading import Condition
from typing import Any

import polars as pl

MOST = 20_000  # rows that wait to be taken, besides those of the block that is parsed


class RaggedRows:
    """Rows with their numbers, in order: the parser's thread calls `keep`, the other one takes them.

    Used by ``with``: on leaving, a parser that still waits is told to stop.
    """

    def __init__(self, *, next_row: int) -> None:
        self._next_row = next_row  # the first row that nobody has taken
        self._rows: deque[tuple[int, str]] = deque()
        self._last = self._run = 0  # the last row kept, and the first of those that follow each other up to it
        self._is_over = False
        self._taken = Condition()

    def __enter__(self) -> RaggedRows:
        return self

    def __exit__(self, *_: object) -> None:
        with self._taken:
            self._is_over = True
            self._taken.notify_all()

    def keep(self, row: Any) -> str:
        """Keep a row and have it passed over; called by the parser, in its thread."""
        with self._taken:
            self._run = self._run if row.number == self._last + 1 else row.number
            self._last = row.number
            self._rows.append((row.number, row.text))
            while len(self._rows) > MOST and self._run <= self._next_row and not self._is_over:
                self._taken.wait()
        return "error" if self._is_over else "skip"

    def interleave(self, height: int) -> tuple[pl.Series, list[tuple[int, str]]]:
        """Return the numbers of the next `height` regular rows, and the ragged rows among them."""
        with self._taken:
            odd: list[tuple[int, str]] = []
            end = self._next_row + height
            while self._rows and self._rows[0][0] < end:
                odd.append(self._rows.popleft())
                end += 1
            numbers = pl.int_range(self._next_row, end, dtype=pl.Int64, eager=True)
            self._next_row = end
            self._taken.notify_all()
        if odd:
            taken = pl.Series([number for number, _ in odd], dtype=pl.Int64)
            numbers = numbers.filter(~numbers.is_in(taken.implode()))
        return numbers, odd

    def take_run(self) -> list[tuple[int, str]]:
        """Return the rows that follow each other from the next row on: no regular row stands before them."""
        with self._taken:
            odd: list[tuple[int, str]] = []
            while self._rows and self._rows[0][0] == self._next_row and len(odd) < MOST:
                odd.append(self._rows.popleft())
                self._next_row += 1
            self._taken.notify_all()
        return odd
