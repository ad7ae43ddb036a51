"""Tell rows apart, whatever their number, in bounded memory: by hashes of 64 bits, a part of them at a time.

Pure but for a file of hashes, which is written only where they are too many to be held at once.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

HASHES_AT_ONCE = 4_000_000  # bounds memory
_SEEDS = (0, 1, 2)  # of a hundred million rows two may have one hash by chance, but never by all three seeds
_HASH, _ROW = "\0hash", "\0row"  # no field's name can hold a zero byte


def count_distinct(rows: pl.LazyFrame, *, height: int, spill: Path | None = None) -> int:
    """Return how many different rows there are among `height`; hashes beyond memory go to the folder `spill`."""
    with _hashed(rows, height=height, seed=_SEEDS[0], spill=spill) as parts:
        return sum(_load_hashes(part).n_unique() for part in parts)


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
        with _hashed(rows, height=height, seed=seed, spill=spill) as parts:
            found = [_find_second_hash(part) for part in parts if _has_repeated(_load_hashes(part))]
        if not found:
            return None
        latest = max(latest, min(found))
    return latest


def _has_repeated(hashes: pl.Series) -> bool:
    return hashes.n_unique() < len(hashes)


def _find_second_hash(part: pl.LazyFrame) -> int:
    return int(_collect(part.select(pl.col(_ROW).filter(~pl.col(_HASH).is_first_distinct()).min())).item())


@contextmanager
def _hashed(rows: pl.LazyFrame, *, height: int, seed: int, spill: Path | None) -> Iterator[list[pl.LazyFrame]]:
    """Give the hashes of the rows with the rows' numbers, in parts: those of equal rows are in one part."""
    hashes = rows.select(_hash_row(seed).alias(_HASH))
    parts = -(-height // HASHES_AT_ONCE)
    if parts <= 1:
        yield [hashes.with_row_index(_ROW)]
        return
    with tempfile.TemporaryDirectory(dir=spill, prefix="hashes-") as folder:
        file = Path(folder, "hashes.parquet")
        _write(hashes, file)
        numbered = pl.scan_parquet(file).with_row_index(_ROW)
        yield [numbered.filter(pl.col(_HASH) % parts == part) for part in range(parts)]


def _hash_row(seed: int) -> pl.Expr:
    return pl.struct(pl.all()).hash(seed)


def _write(hashes: pl.LazyFrame, file: Path) -> None:
    """Write the hashes to `file`; raises OSError where the system refuses, of which polars tells in words alone."""
    try:
        hashes.sink_parquet(file, compression="uncompressed", statistics=False)
    except pl.exceptions.ComputeError as error:
        refused = re.search(r"\(os error (\d+)\)", str(error))
        if refused is None:
            raise
        raise OSError(int(refused[1]), os.strerror(int(refused[1])), str(file)) from error


def _load_hashes(part: pl.LazyFrame) -> pl.Series:
    return _collect(part.select(_HASH)).to_series()


def _collect(rows: pl.LazyFrame) -> pl.DataFrame:
    return rows.collect(engine="streaming")
