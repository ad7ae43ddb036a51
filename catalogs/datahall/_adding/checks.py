"""Checks: one pass over all rows of a table, in which every column is held against what it seems to be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from ..card import CardField
from .batches import Batch
from .columns import Column
from .decimal_marks import are_lists, find_decimal_mark, is_doubtful, settle_reading
from .examples import Examples, shorten
from .findings import EXAMPLES
from .keys import KeyCheck, may_be_key
from .meanings import find_meaning
from .raw_tables import RawRow
from .readings import find_reading, guess_reading
from .spellings import are_items, count_items
from .text_tables import column_values
from .value_marks import TOTALS, find_shortened

_TOTAL_COLUMNS = 2  # in the first columns a line of totals says that it is one
_WORKERS = 2  # columns are checked side by side; the engine lets other threads run meanwhile


@dataclass
class Check:
    """What a pass over all rows has shown."""

    columns: list[Column]
    rows: int = 0
    blank: int = 0
    is_ragged: bool = False
    repeated: list[int] = field(default_factory=list)  # lines of headers among the rows: the first ones
    repeated_count: int = 0
    short: Examples = field(default_factory=Examples)
    long: Examples = field(default_factory=Examples)
    lengths: dict[int, int] = field(default_factory=dict)  # by line, of those shown


def check_columns(
    batches: Iterable[Batch],
    *,
    names: Sequence[str],
    written: Sequence[str],
    sample: Sequence[RawRow],
    has_free_commas: bool = False,
) -> Check:
    """Check every value of a table; further columns are added where rows turn out longer.

    `has_free_commas` says that commas do not stand between values, so that they may stand within numbers.
    """
    samples = [column_values(sample, column=number) for number in range(len(written))]
    for number, values in enumerate(samples[:_TOTAL_COLUMNS]):
        samples[number] = [value for value in values if value not in TOTALS]
    readings = [find_reading(values, header=title) for values, title in zip(samples, written, strict=True)]
    mark = find_decimal_mark(readings, samples)
    check = Check([])
    for number, (name, title, reading, values) in enumerate(zip(names, written, readings, samples, strict=True)):
        settled = settle_reading(reading, values, header=title, mark=mark)
        is_sure = mark is not None and settled is not None and settled.group != mark
        guess = guess_reading(values) if settled is None else None
        column = Column(name, settled or guess, is_surely_grouped=is_sure, is_settled=settled is not reading)
        column.is_guess = guess is not None
        others = [other for place, other in enumerate(readings) if place != number]
        if settled is not None and are_lists(settled, values):
            evidence = find_decimal_mark(others, [text for place, text in enumerate(samples) if place != number])
            column.has_lists = evidence != ","
            column.reading = settled if has_free_commas or evidence == "," else None
        column.may_total = number < _TOTAL_COLUMNS
        if has_free_commas and mark is None and settled is not None:
            column.is_doubtful = is_doubtful(settled, values, header=title)
        column.example = _find_example(column.reading, values)
        column.is_numbered = are_items(values) and not count_items(values)
        column.key = KeyCheck(may_be_key(title or name, number=len(check.columns)))
        column.meaning = find_meaning(values, name=title or name)
        column.shortened = find_shortened(values)
        check.columns.append(column)
    width = len(names)
    with ThreadPoolExecutor(_WORKERS) as workers:
        for batch in batches:
            check.rows += batch.frame.height
            check.blank += batch.blank
            check.is_ragged |= batch.is_ragged
            check.repeated_count += len(batch.repeated)
            check.repeated += batch.repeated[: EXAMPLES - len(check.repeated)]
            while len(check.columns) < batch.frame.width:
                check.columns.append(Column(f"column_{len(check.columns) + 1}", None))
            _note_lengths(batch, check=check, width=width)
            list(workers.map(partial(_check_some, check.columns, batch=batch), _slices(batch.frame.width)))
    return check


def _find_example(reading: CardField | None, values: Sequence[str]) -> str | None:
    """Return the first of `values` that shows how its column writes numbers: the rarest sign counts."""
    if reading is None:
        return None
    signs = ["(" if "(" in reading.replace else None, reading.group, reading.decimal]
    shown = (value for sign in signs if sign is not None for value in values if sign in value)
    return next(map(shorten, shown), None)


def _slices(width: int) -> list[range]:
    """Return the columns' numbers in parts: one each where there are few, so that all threads have work."""
    step = 1 + width // 100
    return [range(begin, min(begin + step, width)) for begin in range(0, width, step)]


def _check_some(columns: Sequence[Column], numbers: range, *, batch: Batch) -> None:
    for number in numbers:
        columns[number].check(batch.frame[:, number], batch.lines, has_zeros=batch.has_zeros)


def _note_lengths(batch: Batch, *, check: Check, width: int) -> None:
    for line, length in zip(batch.lines if batch.lengths else (), batch.lengths, strict=True):
        kind = check.short if length < width else check.long
        kind.count += 1
        if len(kind.shown) < EXAMPLES:
            kind.shown.append((line, ""))
            check.lengths[line] = length
