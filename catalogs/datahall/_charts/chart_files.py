"""The chart of a version, in ``chart.json`` beside its data, and not part of its hash.

Written while a version is made. Of older versions, and of charts that were made by other rules, it is computed when
somebody asks. A file that cannot be read counts as none.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from .. import store
from .chart import RULES, Chart, StoredChart

if TYPE_CHECKING:
    from .._cards import LoadedCard
    from .._quality.record import Distribution
    from ..card import Card

log = logging.getLogger(__name__)

NAME = "chart.json"
_LARGEST = 1 << 20  # bytes; ours stay below 100 kB


def write_chart(files: Sequence[Path], *, card: Card, distributions: Sequence[Distribution], folder: Path) -> Path:
    """Write the chart of a version that is being made into its folder; return the file."""
    path = folder / NAME
    stored = StoredChart(rules=RULES, chart=make_chart(files, card=card, distributions=distributions))
    path.write_text(stored.model_dump_json(exclude_defaults=True) + "\n")
    return path


def load_chart(folder: Path) -> StoredChart | None:
    """Return what the version in `folder` has; None where that is nothing, or was made by other rules."""
    path = folder / NAME
    try:
        if path.stat().st_size > _LARGEST:
            return None
        stored = StoredChart.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
    return stored if stored.rules == RULES else None


def find_chart(loaded: LoadedCard, *, version: str) -> Chart | None:
    """Return the chart of a version in the store; computed where it has none, or one by other rules."""
    from .._quality.versions import load_stored

    stored = load_chart(store.dataset_folder(loaded.id) / version)
    if stored is not None:
        return stored.chart
    quality = load_stored(loaded.id, version)
    if quality is None:
        return None
    return make_chart(store.parquet_paths(loaded.id, version), card=loaded.card, distributions=quality.fields)


def make_chart(files: Sequence[Path], *, card: Card, distributions: Sequence[Distribution]) -> Chart | None:
    """Return the chart of rows; none where nothing sensible can be drawn of them."""
    import polars as pl

    from .aggregation import compute_chart, names_of
    from .choice import choose_plan

    known = names_of(distributions)
    plan = choose_plan(card, known)
    if plan is None:
        return None
    try:
        return compute_chart(pl.scan_parquet(list(files)), plan=plan, distributions=known)
    except (pl.exceptions.PolarsError, ValidationError) as error:  # a picture keeps nobody from the data
        log.warning("no chart could be made of %s: %s", files[0], error)
        return None
