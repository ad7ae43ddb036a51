"""The first rows of a version, as text for a page or panel; yes and no are for the page to say in its language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from . import store

if TYPE_CHECKING:
    import polars as pl

ROWS = 10
LONGEST_CELL = 200  # characters; a page is no place for a polygon


@dataclass(frozen=True)
class Preview:
    """Rows as text or, where a column says yes or no, as booleans; an empty cell is None."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | bool | None, ...], ...]


def load_preview(dataset_id: str, version: str) -> Preview:
    """Return the first rows of a version; it never changes, so they are read once."""
    return _load_preview(store.parquet_paths(dataset_id, version))


@lru_cache(maxsize=500)
def _load_preview(paths: tuple[Path, ...]) -> Preview:
    import polars as pl  # 0.4 s, which the hall's start need not wait

    return preview_of(pl.scan_parquet(list(paths)).head(ROWS).collect())


def preview_of(frame: pl.DataFrame) -> Preview:
    """Return all rows of `frame` as a page shows them."""
    return Preview(tuple(frame.columns), tuple(tuple(_as_text(value) for value in row) for row in frame.iter_rows()))


def _as_text(value: object) -> str | bool | None:
    if value is None or isinstance(value, bool):
        return value
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"
