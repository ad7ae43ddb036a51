"""Tell rows apart, whatever their number, in bounded memory: by hashes of 64 bits, a part of them at a time.

Pure but for a file of hashes, which is written only where they are too many to be held at once.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

HASHES_AT_ONCE = 5_000_000  # bounds memory
_SEEDS = (0, 1, 2)  # of a hundred million rows two may have one hash by chance, but never by all three seeds
_HASH, _ROW = "\0hash", "\0row"  # no field's name can hold a zero byte


def count_distinct(rows: pl.LazyFrame, *, height: int, spill: Path | None = None) -> int:
    """Return how many different rows there are among `height`; hashes beyond memory go to the folder `spill`."""
    with _hashed(rows, height=height, seed=_SEEDS[0], spill=spill) as hashes:
        return sum(_ask_parts(hashes, pl.col(_HASH).n_unique(), height=height))


def find_repeated(rows: pl.LazyFrame, *, height: int, spill: Path | None = None) -> int | None:
    """Return the number, from 0, of the first row that has an empty cell or occurred before; None where none has."""
    has_gap = pl.any_horizontal(pl.exclude(_ROW).is_null())
    gap = _collect(rows.with_row_index(_ROW).filter(has_gap).select(pl.col(_ROW).min())).item()
    repeated = _find_second(rows, height=height, spill=spill)
    return min((row for row in (gap, repeated) if row is not None), default=None)


def _find_second(rows: pl.LazyFrame, *, height: int, spill: Path | None) -> int | None:
    """Return the first row that is the same as an earlier one: the last of those that the seeds take for it."""
    latest = -1
    for seed in _SEEDS:
        with _hashed(rows, height=height, seed=seed, spill=spill) as hashes:
            second = pl.col(_ROW).filter(~pl.col(_HASH).is_first_distinct()).min()
            found = [row for row in _ask_parts(hashes.with_row_index(_ROW), second, height=height) if row is not None]
        if not found:
            return None
        latest = max(latest, min(found))
    return latest


def _ask_parts(hashes: pl.LazyFrame, question: pl.Expr, *, height: int) -> Iterator[Any]:
    """Yield the answer of each part of the hashes; those of equal rows are in one part."""
    parts = -(-height // HASHES_AT_ONCE) or 1
    for part in range(parts):
        yield _collect(hashes.filter(pl.col(_HASH) % parts == part).select(question)).item()


@contextmanager
def _hashed(rows: pl.LazyFrame, *, height: int, seed: int, spill: Path | None) -> Iterator[pl.LazyFrame]:
    """Give the hashes of the rows; computed once, where they are asked for several times."""
    hashes = rows.select(pl.struct(pl.all()).hash(seed).alias(_HASH))
    if height <= HASHES_AT_ONCE:
        yield hashes
        return
    with tempfile.TemporaryDirectory(dir=spill, prefix="hashes-") as folder:
        file = Path(folder, "hashes.parquet")
        hashes.sink_parquet(file, compression="uncompressed", statistics=False)
        yield pl.scan_parquet(file)


def _collect(rows: pl.LazyFrame) -> pl.DataFrame:
    return rows.collect(engine="streaming")
