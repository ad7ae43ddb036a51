"""The quality of versions in the store: measured while one is made, read when one is shown.

The only module here that knows the store.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from .. import store
from .._cards import LoadedCard
from .distributions import describe_fields
from .measuring import Earlier, StoredQuality, measure_rows
from .report import Quality, assess, read_stored


def measure_version(file: Path, *, loaded: LoadedCard, earlier: str | None) -> dict[str, Any]:
    """Return what ``version.json`` keeps of the quality of `file`; called by the store before the version is there."""
    before = _find_earlier(loaded.id, earlier) if earlier else None
    measured = measure_rows(pl.scan_parquet(file), card=loaded.card, earlier=before)
    return measured.model_dump(mode="json", exclude_defaults=True)


def assess_version(loaded: LoadedCard, *, version: str | None, today: date | None = None) -> Quality:
    """Return the report of a version in the store (None: of the card alone); measures it where its record has none."""
    stored = None
    if version is not None:
        stored = load_stored(loaded.id, version)
        if stored is None:
            rows = pl.scan_parquet(store.parquet_path(loaded.id, version))
            stored = measure_rows(rows, card=loaded.card)
    return assess(loaded.card, dataset_id=loaded.id, version=version, stored=stored, today=today)


def load_stored(dataset_id: str, version: str) -> StoredQuality | None:
    """Return what the record of a version keeps of its quality, without reading its data; None where it has none."""
    store.parquet_path(dataset_id, version)  # says which versions there are, where this one is not
    return read_stored(store.load_record(dataset_id, version))


def _find_earlier(dataset_id: str, version: str) -> Earlier | None:
    """Return how the values of an earlier version were distributed; None where a damaged disk has taken its data."""
    stored = load_stored(dataset_id, version)
    if stored is not None:
        return Earlier(version=version, fields=stored.fields)
    try:
        return Earlier(
            version=version, fields=tuple(describe_fields(pl.scan_parquet(store.parquet_path(dataset_id, version))))
        )
    except (OSError, pl.exceptions.ComputeError):
        return None
