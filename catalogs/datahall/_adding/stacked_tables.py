"""Stacked tables: tell apart the tables that stand one below the other, and pages of one that repeat its header.

Blank rows alone part nothing: sections of one table, notes and totals have them, too. Below them must stand a header
of its own, text over numbers, with other names than the table above, or with a title.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from .._repeated_header import strip_names
from .raw_tables import RawRow
from .table_edges import YEAR, Edges, count_filled, find_edges, is_note, is_numeric_column
from .value_marks import is_missing, looks_numeric

_LEAST_ROWS = 2  # data rows below a header, before it is believed to be one
_LEAST_NUMBERS = 2  # columns of numbers below names, where the table above is as wide and no title parts them
_WIDE_GAP = 2  # blank rows, which together with other names part tables
_MOST_TITLES = 3
_FIRST = 50  # rows among which a header is looked for


def split_tables(rows: Sequence[RawRow]) -> list[list[RawRow]]:
    """Return the rows of each table, blank ones and notes with the table above; all as one where nothing is certain."""
    tables: list[list[RawRow]] = []
    titles: list[RawRow] = []  # a block that may belong to the table above or below
    for block in _blocks(rows):
        if tables and _begins_table([*titles, *block], above=tables[-1]):
            tables.append([*titles, *block])
            titles = []
        elif tables and not titles and _is_title(block):
            titles = block
        elif tables:
            tables[-1] += [*titles, *block]
            titles = []
        else:
            tables.append(block)
    if titles:
        tables[-1] += titles
    return tables


def _blocks(rows: Sequence[RawRow]) -> list[list[RawRow]]:
    """Return the rows in parts, each with the blank rows below it."""
    blocks: list[list[RawRow]] = []
    for row in rows:
        is_first = bool(count_filled(row)) and (not blocks or not count_filled(blocks[-1][-1]))
        if is_first or not blocks:
            blocks.append([])
        blocks[-1].append(row)
    return blocks


def _is_title(block: Sequence[RawRow]) -> bool:
    filled = [row for row in block if count_filled(row)]
    return len(filled) <= _MOST_TITLES and all(count_filled(row) == 1 and not is_note(row) for row in filled)


def _begins_table(block: Sequence[RawRow], *, above: Sequence[RawRow]) -> bool:
    over, own = _edges(above), _edges(block)
    data = _data_of(block, own)
    names = _names_of(own)
    if len(_names_of(over)) < 2 or not _data_of(above, over):
        return False
    if len(names) < 2 or len(set(names)) < len(names) or len(data) < _LEAST_ROWS:
        return False
    numbers = [column for column in range(own.width) if is_numeric_column(data, column)]
    above_numbers = [own.names[column] for column in numbers if column or own.names[column]]  # a corner may be empty
    if not above_numbers or not all(map(_is_name, above_numbers)) or not all(map(_is_name, names)):
        return False
    if own.titles:
        return True
    is_apart = _count_blank(above) >= _WIDE_GAP and not set(names) & set(_names_of(over))
    least = 1 if own.width != over.width or is_apart else _LEAST_NUMBERS
    return len(above_numbers) >= least and set(own.names) != set(over.names)


def _count_blank(rows: Sequence[RawRow]) -> int:
    """Return how many blank rows stand at the end."""
    return sum(1 for _ in takewhile(lambda row: not count_filled(row), reversed(rows)))


def _edges(rows: Sequence[RawRow]) -> Edges:
    return find_edges(rows, rows, next_line=rows[-1].line + 1)


def _data_of(rows: Sequence[RawRow], edges: Edges) -> list[RawRow]:
    end = len(rows) - len(edges.footnotes)
    return [row for row in rows[edges.first_data : end] if count_filled(row) > 1]


def _names_of(edges: Edges) -> list[str]:
    return [name for name in edges.names if name] if edges.has_header else []


def _is_name(text: str) -> bool:
    return bool(text) and not is_missing(text) and (not looks_numeric(text) or bool(YEAR.fullmatch(text)))


def drop_repeated_headers(rows: Sequence[RawRow]) -> tuple[list[RawRow], tuple[str, ...]]:
    """Return the rows without those that hold the header again, and what it says; () where none does for certain.

    Certain is a row of words over columns of numbers; where all is words, nothing tells names from values.
    """
    first = next((row for row in rows[:_FIRST] if _is_all_names(row)), None)
    if first is None:
        return list(rows), ()
    names = _stripped(first)
    kept = [row for row in rows if row is first or _stripped(row) != names]
    edges = _edges(kept)
    is_header = len(kept) < len(rows) and edges.header == (first,) and edges.names == names
    if not is_header or not any(is_numeric_column(_data_of(kept, edges), column) for column in range(len(names))):
        return list(rows), ()
    return kept, names


def _is_all_names(row: RawRow) -> bool:
    names = _stripped(row)
    return len(names) > 1 and len(set(names)) == len(names) and all(name and _is_name(name) for name in names)


def _stripped(row: RawRow) -> tuple[str, ...]:
    return tuple(strip_names(["" if cell is None else str(cell) for cell in row.cells]))
