"""The quality of versions in the store: measured while one is made, read when one is shown.

The only module here that knows the store. Engines are loaded only to measure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from .. import store
from .._cards import LoadedCard
from .record import StoredQuality, read_stored
from .report import Quality, assess

if TYPE_CHECKING:
    from .measuring import Earlier


def measure_version(files: Sequence[Path], *, loaded: LoadedCard, earlier: str | None) -> StoredQuality:
    """Return what ``version.json`` keeps of the quality of `files`; called by the store before the version is there."""
    before = _find_earlier(loaded.id, earlier) if earlier else None
    return _measure(files, loaded=loaded, earlier=before, spill=files[0].parent)


def assess_version(loaded: LoadedCard, *, version: str | None, today: date | None = None) -> Quality:
    """Return the report of a version in the store (None: of the card alone); measures it where its record has none."""
    stored = None
    if version is not None:
        files = store.parquet_paths(loaded.id, version)
        stored = load_stored(loaded.id, version) or _measure(files, loaded=loaded)
    return assess(loaded.card, dataset_id=loaded.id, version=version, stored=stored, today=today)


def load_stored(dataset_id: str, version: str) -> StoredQuality | None:
    """Return what the record of a version keeps of its quality, without reading its data; None where it has none."""
    return read_stored(store.load_record(dataset_id, version))


def _measure(
    files: Sequence[Path], *, loaded: LoadedCard, earlier: Earlier | None = None, spill: Path | None = None
) -> StoredQuality:
    import polars as pl

    from .measuring import measure_rows

    return measure_rows(pl.scan_parquet(list(files)), card=loaded.card, earlier=earlier, spill=spill)


def _find_earlier(dataset_id: str, version: str) -> Earlier | None:
    """Return how the values of an earlier version were distributed; None where a damaged disk has taken its data."""
    import polars as pl

    from .._joining.sketch_files import load_sketches
    from .distributions import describe_fields
    from .measuring import Earlier

    sketches = load_sketches(store.dataset_folder(dataset_id) / version)
    stored = load_stored(dataset_id, version)
    if stored is not None:
        return Earlier(version=version, fields=stored.fields, sketches=sketches)
    try:
        rows = pl.scan_parquet(list(store.parquet_paths(dataset_id, version)))
        return Earlier(version=version, fields=tuple(describe_fields(rows)), sketches=sketches)
    except (OSError, pl.exceptions.ComputeError):
        return None
