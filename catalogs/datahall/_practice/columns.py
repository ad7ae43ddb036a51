"""Columns of a practice table: from numpy arrays to polars, without a Python object for each value."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from .draws import Whole

Letters = npt.NDArray[np.uint8]  # one row of equally many ASCII bytes for each text


def texts(letters: Letters) -> pl.Series:
    """Return rows of ASCII bytes as a column of text."""
    rows, width = letters.shape
    ends = np.arange(0, width * (rows + 1), width, dtype=np.int64)
    data = np.ascontiguousarray(letters)
    array = pa.LargeStringArray.from_buffers(rows, pa.py_buffer(ends), pa.py_buffer(data))
    return pl.Series(pl.from_arrow(array))


def letters_of(words: Sequence[str]) -> Letters:
    """Return ASCII words of one length as rows of bytes, to be gathered."""
    return np.frombuffer("".join(words).encode("ascii"), dtype=np.uint8).reshape(len(words), -1)


def words(choices: Sequence[str], number: Whole) -> pl.Series:
    """Return the word of each number."""
    return pl.Series(choices, dtype=pl.String).gather(pl.Series(number))


def dates(days: Whole) -> pl.Series:
    """Return days since 1970-01-01 as dates."""
    return pl.Series(days.astype(np.int32)).cast(pl.Date)


def moments(seconds: Whole) -> pl.Series:
    """Return seconds since 1970-01-01 00:00, local time, as moments."""
    return pl.Series(seconds * 1_000_000).cast(pl.Datetime("us"))


def decimals(values: Whole, *, scale: int) -> pl.Series:
    """Return values / scale: one division, which IEEE 754 rounds alike everywhere."""
    return pl.Series(values / float(scale))
