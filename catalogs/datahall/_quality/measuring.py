"""Measures a version's rows, wherever they lie, in one pass per question and with bounded memory.

Called by the store while it makes a version, and for versions from before there were reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from .._distinct_rows import count_distinct
from .._joining.sketches import Sketch
from ..card import Card, CardField
from .distributions import collect, count_far_out, describe_fields, drop_infinite
from .drift import measure_drift, measure_first_version
from .measures import (
    measure_completeness,
    measure_duplicates,
    measure_ranges,
    measure_uniqueness,
    measure_validity,
)
from .metadata import assess_metadata
from .record import Distribution, StoredQuality
from .retained import find_replaced
from .validation import count_invalid


@dataclass(frozen=True)
class Earlier:
    """The version before: its name, how its values were distributed, and the sketches of those that name something."""

    version: str
    fields: tuple[Distribution, ...]
    sketches: tuple[Sketch, ...] = ()


def measure_rows(
    rows: pl.LazyFrame, *, card: Card, earlier: Earlier | None = None, spill: Path | None = None
) -> StoredQuality:
    """Return the quality of `rows` against `card`, and against the version before; `spill` is a folder for scratch."""
    rows = drop_infinite(rows)
    height = int(collect(rows.select(pl.len())).item())
    fields = describe_fields(rows)
    bounds = _bounds(fields, card=card)
    invalid = count_invalid(rows, fields=card.fields, height=height) if height else {}
    keys = _count_keys(rows, key=card.primary_key, spill=spill)
    different = height if keys == height else count_distinct(rows, height=height, spill=spill)
    measures = (
        measure_completeness(rows=height, empty={each.name: each.empty for each in fields}),
        measure_validity(rows=height, fields=len(card.fields), invalid=invalid),
        measure_uniqueness(rows=height, key=card.primary_key, different=keys),
        measure_duplicates(rows=height, different=different),
        measure_ranges(
            numbers=sum(each.filled for each in fields if each.name in bounds),
            outside=count_far_out(rows, fences=bounds),
        ),
        measure_first_version(rows=height)
        if earlier is None
        else measure_drift(
            rows,
            described=fields,
            before=earlier.fields,
            against=earlier.version,
            key=card.primary_key,
            replaced=find_replaced(rows, card=card, described=fields, sketches=earlier.sketches),
        ),
    )
    return StoredQuality(measures=measures, fields=tuple(fields), metadata=assess_metadata(card, is_present=True))


def _count_keys(rows: pl.LazyFrame, *, key: Sequence[str], spill: Path | None) -> int | None:
    """Return how many different keys without an empty part there are; None where the card names no key."""
    if not key:
        return None
    if not set(key) <= set(rows.collect_schema().names()):
        return 0
    whole = rows.filter(pl.all_horizontal(pl.col(name).is_not_null() for name in key))
    height = int(collect(whole.select(pl.len())).item())
    return count_distinct(whole.select(key), height=height, spill=spill)


def _bounds(fields: Sequence[Distribution], *, card: Card) -> dict[str, tuple[float, float]]:
    """Return between what each number should lie: what the card declares, else the outer fences.

    Parts of the key and codes with a meaning are names, not amounts.
    """
    declared = {field.name: field for field in card.fields}
    return {
        each.name: _bound(each, field=declared.get(each.name))
        for each in fields
        if each.kind == "numbers" and each.name not in card.primary_key and not _is_code(declared.get(each.name))
    }


def _is_code(field: CardField | None) -> bool:
    return field is not None and field.semantic is not None


def _bound(each: Distribution, *, field: CardField | None) -> tuple[float, float]:
    low, high = each.fences or (float("-inf"), float("inf"))
    if field is not None and field.minimum is not None:
        low = field.minimum
    if field is not None and field.maximum is not None:
        high = field.maximum
    return low, high
