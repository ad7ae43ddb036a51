"""A header that is repeated among the rows: on every printed page, or where one export was put behind another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

_AROUND = " \t\ufeff"  # blanks, and the mark with which an export of its own begins


def repeats_names(names: Mapping[str, str]) -> pl.Expr:
    """Return whether a row holds in each column, by its label in the frame, the name of that column."""
    repeated = [pl.col(label).str.strip_chars(_AROUND) == name for label, name in names.items()]
    return pl.all_horizontal(repeated).fill_null(False)


def strip_names(cells: Sequence[str]) -> list[str]:
    """Return cells as `repeats_names` compares them."""
    return [cell.strip(_AROUND) for cell in cells]
