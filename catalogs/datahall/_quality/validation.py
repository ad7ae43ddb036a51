"""Rows held against the card's fields by pandera, in batches, so that even a table in which all is wrong is counted.

Nothing switches it off: pandera's own switches (``PANDERA_VALIDATION_ENABLED``, ``…_DEPTH``) do not reach in here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from ..card import CardField

if TYPE_CHECKING:
    from pandera.polars import DataFrameSchema

CELLS_AT_ONCE = 4_000_000  # bounds memory: pandera lists every cell that fails
FIELDS_AT_ONCE = 100  # pandera's time grows with the square of the fields
_TEXT = ("string", "geopoint", "geojson")


def count_invalid(rows: pl.LazyFrame, *, fields: Sequence[CardField], height: int) -> dict[str, int]:
    """Return for each field that has any how many of its cells the card does not allow."""
    invalid: Counter[str] = Counter()
    names = set(rows.collect_schema().names())
    for first in range(0, len(fields), FIELDS_AT_ONCE):
        group = fields[first : first + FIELDS_AT_ONCE]
        columns = rows.select(field.name for field in group if field.name in names)
        schema = schema_of(group)
        batch = max(1_000, CELLS_AT_ONCE // len(group))
        for start in range(0, height, batch):
            invalid.update(_find_failures(columns.slice(start, batch), schema, height=min(batch, height - start)))
    return dict(invalid)


def _find_failures(rows: pl.LazyFrame, schema: DataFrameSchema, *, height: int) -> dict[str, int]:
    from pandera.config import ValidationDepth, config_context
    from pandera.errors import SchemaErrors

    try:
        with config_context(validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA):
            schema.validate(rows, lazy=True)
    except SchemaErrors as error:
        return _count_cells(error.failure_cases, height=height)
    return {}


def schema_of(fields: Sequence[CardField]) -> DataFrameSchema:
    """Return the card's fields as a schema of pandera: types, required values, ranges, allowed values, patterns."""
    import pandera.polars as pa

    columns = {
        field.name: pa.Column(_TYPES.get(field.type), checks=_checks(field), nullable=not field.required)
        for field in fields
    }
    return pa.DataFrameSchema(columns)


# A moment is stored in UTC or as written; both are right, so its type is left to the store.
_TYPES: dict[str, Any] = {
    **dict.fromkeys(_TEXT, pl.String),
    "integer": pl.Int64,
    "number": pl.Float64,
    "boolean": pl.Boolean,
    "date": pl.Date,
    "time": pl.Time,
    "duration": pl.Duration("us"),
    "list": pl.List(pl.String),
}


def _checks(field: CardField) -> list[Any]:
    from pandera.polars import Check

    checks = []
    if field.type in ("integer", "number"):
        if field.minimum is not None:
            checks.append(Check.ge(field.minimum))
        if field.maximum is not None:
            checks.append(Check.le(field.maximum))
    if field.type in _TEXT:
        if field.enum is not None:
            checks.append(Check.isin(list(field.enum)))
        if field.pattern is not None:
            checks.append(Check.str_contains(field.pattern))
    return checks


def _count_cells(failures: pl.DataFrame, *, height: int) -> dict[str, int]:
    """Return the cells that fail, each once; a field that is missing or of another type fails in every row."""
    counts: dict[str, int] = {}
    field = pl.coalesce("column", "failure_case").alias("field")  # a missing field is named as the case itself
    for (name,), found in failures.select(field, "index").unique().group_by("field"):
        counts[str(name)] = height if found["index"].null_count() else min(found.height, height)
    return counts
