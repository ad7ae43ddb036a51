"""A header that is repeated among the rows: on every printed page, or where one export was put behind another.

Such a row holds at least two of the names, each in its own column, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

_AROUND = " \t\ufeff"  # blanks, and the mark with which an export of its own begins
_LEAST = 2


def repeats_names(names: Mapping[str, str]) -> pl.Expr:
    """Return whether a row repeats the names of its columns, given by their labels in the frame; "" is no name."""
    cells = {label: pl.col(label).fill_null("").str.strip_chars(_AROUND) for label in names}
    are_names = [cells[label] == name for label, name in names.items() if name]
    are_fitting = [(cells[label] == name) | (cells[label] == "") for label, name in names.items()]
    return pl.all_horizontal(are_fitting) & (pl.sum_horizontal(are_names) >= _LEAST)


def is_repeated(cells: Sequence[str], *, names: Sequence[str]) -> bool:
    """Say of one row what `repeats_names` says of many."""
    stripped = strip_names(cells)
    pairs = list(zip(stripped, names, strict=False))
    are_fitting = all(cell in (name, "") for cell, name in pairs) and not any(stripped[len(names) :])
    return are_fitting and sum(cell == name != "" for cell, name in pairs) >= _LEAST


def strip_names(cells: Sequence[str]) -> list[str]:
    """Return cells as they are compared."""
    return [cell.strip(_AROUND) for cell in cells]
