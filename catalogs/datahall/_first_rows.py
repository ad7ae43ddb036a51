"""The first rows of a version, as text for a page or panel; yes and no are for the page to say in its language."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from . import store
from ._messages import N_
from .errors import NotPresent

if TYPE_CHECKING:
    import polars as pl

ROWS = 10
UNREADABLE = N_("The rows of {dataset} cannot be read: its file is gone or damaged.")
FETCH_AGAIN = N_("Ask the operator of this hall to fetch it again.")
log = logging.getLogger("datahall")
LONGEST_CELL = 200  # characters; a page is no place for a polygon


@dataclass(frozen=True)
class Preview:
    """Rows as text or, where a column says yes or no, as booleans; an empty cell is None."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | bool | None, ...], ...]


def load_preview(dataset_id: str, version: str) -> Preview:
    """Return the first rows of a version; it never changes, so they are read once.

    Raises
    ------
    NotPresent
        If its file is gone or cannot be read.
    """
    from polars.exceptions import PolarsError

    try:
        return _load_preview(store.parquet_paths(dataset_id, version))
    except (OSError, PolarsError) as error:
        log.warning("the rows of %s@%s cannot be read: %s", dataset_id, version, error)
        raise tell_unreadable(dataset_id) from error


def tell_unreadable(dataset_id: str) -> NotPresent:
    """Return the error of a version whose file is gone or damaged."""
    return NotPresent(UNREADABLE, hint=FETCH_AGAIN, code="unreadable-rows", dataset=dataset_id)


def find_preview(dataset_id: str, version: str) -> Preview | None:
    """Return the first rows of a version; None where its file is gone or cannot be read."""
    try:
        return load_preview(dataset_id, version)
    except NotPresent:
        return None


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
