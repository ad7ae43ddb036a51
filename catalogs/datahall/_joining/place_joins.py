"""Joins by places: for fields that name the same divisions by other names or codes, which `join_places` folds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from .._join_code import write_place_join
from .._joins import Join
from .place_values import FEWEST_PLACES, PlaceColumn, share_of_places

if TYPE_CHECKING:
    from .._dataset import Dataset
    from .shared_values import SharedValues

_BETTER = 0.02  # of the rows; what folding names must find beyond a plain join to be worth proposing
_FEW_ROWS = 0.05  # of the rows


def find_place_joins(asked: Dataset, *, other: Dataset, shared: SharedValues, plain: Sequence[Join]) -> Iterator[Join]:
    """Give for each field the join by places that finds most partners, where it finds more than a plain join."""
    if asked.card.synthetic or other.card.synthetic:
        return
    sketches = {sketch.columns: sketch for sketch in shared.of(asked.id)}
    columns = shared.places_of(asked.id, card=asked.card, kinds=("country", "us-state", "china"))
    if not columns:
        return
    # The list of China takes half a second to load, which only those wait for who ask about it.
    kinds = ("country", "us-state", *(["china"] if any(each.kind == "china" for each in columns.values()) else []))
    others = shared.places_of(other.id, card=other.card, kinds=kinds)
    for field, column in columns.items():
        sketch = sketches[(field,)]
        known = max((join.match_rate or 0.0 for join in plain if join.field == field), default=0.0)
        found = [
            _place_join(
                field, column, other_field, candidate, filled=sketch.filled / sketch.rows, asked=asked, other=other
            )
            for other_field, candidate in others.items()
            if candidate.kind == column.kind
        ]
        best = min(found, key=_worth, default=None)  # a list of codes has one place under many names
        if best is None or (best.shared_values or 0) < FEWEST_PLACES:
            continue
        if (best.match_rate or 0.0) >= max(known + _BETTER, _FEW_ROWS):
            yield best


def _place_join(
    field: str,
    column: PlaceColumn,
    other_field: str,
    found: PlaceColumn,
    *,
    filled: float,
    asked: Dataset,
    other: Dataset,
) -> Join:
    share, most, places = share_of_places(column, found)
    return Join(
        field,
        other.id,
        other_field,
        None,
        is_key=all(count == 1 for count in found.rows.values()),
        basis="places",
        match_rate=share * filled,
        match_low=share * filled,
        match_high=most * filled,
        shared_values=places,
        code=write_place_join(asked.id, other.id, on=(field, other_field), kind=column.kind),
    )


def _worth(join: Join) -> tuple[object, ...]:
    return (-(join.match_rate or 0.0), not join.is_key, join.other_field)
