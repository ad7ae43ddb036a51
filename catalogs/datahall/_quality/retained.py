"""Which share of an earlier version's texts is gone although its rows are there: told by the sketches of their values.

Rows are known by their key. Without one, new texts may be those of new rows, and nothing is said.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from .._joining.sketches import Sketch, hash_texts
from .._joining.sketching import canonical, find_width
from ..card import Card
from .distributions import DISTINCT, collect
from .record import Distribution

FEWEST_KEPT = 0.5  # of a key's values; of fewer, the rows are others


def find_replaced(
    rows: pl.LazyFrame, *, card: Card, described: Sequence[Distribution], sketches: Sequence[Sketch]
) -> dict[str, float]:
    """Return for each text column the share of the earlier values that went, beyond that of the keys that went."""
    few = {each.name for each in described if each.distinct is not None and each.distinct <= DISTINCT}
    known = {each.columns[0]: each for each in sketches if len(each.columns) == 1 and each.columns[0] in few}
    if not card.primary_key or not set(card.primary_key) <= known.keys():
        return {}
    kept_keys = min(_find_kept(rows, known[name], card=card) for name in card.primary_key)
    if kept_keys < FEWEST_KEPT:
        return {}
    texts = [each for name, each in known.items() if each.kind == "text" and name not in card.primary_key]
    shares = {each.columns[0]: 1 - _find_kept(rows, each, card=card) / kept_keys for each in texts}
    return {name: share for name, share in shares.items() if share > 0}


def _find_kept(rows: pl.LazyFrame, sketch: Sketch, *, card: Card) -> float:
    """Return which share of a sketch's values the rows hold."""
    name = sketch.columns[0]
    width = next((find_width(field) for field in card.fields if field.name == name), None)
    values = canonical(collect(rows.select(name).unique()).to_series(), width=width)
    hashes = hash_texts(values.drop_nulls().cast(pl.Binary).to_list())
    return float(np.isin(sketch.hashes, hashes).mean()) if len(sketch.hashes) else 1.0
