"""Prepare two tables for comparison: for each compared column what its kind is compared by, and keys that pair rows.

Kinds are `organisation`, `address`, `text` and `exact`. Every prepared column is named ``<column>__<part>``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from . import texts

if TYPE_CHECKING:
    import polars as pl

KINDS = ("organisation", "address", "text", "exact")
KEYS = 3  # the rarest grams of a name by which rows are paired: one may be mistyped, two seldom are
ROW = "unique_id"


def prepare_both(left: pl.DataFrame, right: pl.DataFrame, *, kinds: Mapping[str, str]) -> tuple[pl.DataFrame, ...]:
    """Return both tables with a row number and what each compared column is compared by."""
    import polars as pl

    prepared = [frame.select(pl.int_range(pl.len()).alias(ROW)) for frame in (left, right)]
    for column, kind in kinds.items():
        values = [frame[column].cast(pl.String).to_list() for frame in (left, right)]
        parts = _PREPARE[kind](values)
        prepared = [
            frame.with_columns(*(pl.Series(f"{column}__{part}", data) for part, data in side.items()))
            for frame, side in zip(prepared, parts, strict=True)
        ]
        if kind in {"organisation", "text"}:
            prepared = _add_keys(prepared, column=column)
    return tuple(prepared)


def _prepare_organisations(values: list[list[str | None]]) -> list[dict[str, list[object]]]:
    places = texts.find_places(texts.fold(value) for side in values for value in side if value)
    return [_prepare_names([value and texts.find_core(value, places=places) for value in side]) for side in values]


def _prepare_texts(values: list[list[str | None]]) -> list[dict[str, list[object]]]:
    return [_prepare_names([value and texts.fold(value) for value in side]) for side in values]


def _prepare_names(cores: list[str | None]) -> dict[str, list[object]]:
    known = [core or None for core in cores]
    return {"core": [*known], "grams": [texts.list_grams(core) if core else None for core in known]}


def _prepare_addresses(values: list[list[str | None]]) -> list[dict[str, list[object]]]:
    return [
        {
            "street": [texts.find_street(value) if value else None for value in side],
            "numbers": [texts.find_numbers(value) if value else None for value in side],
        }
        for side in values
    ]


def _prepare_codes(values: list[list[str | None]]) -> list[dict[str, list[object]]]:
    return [{"code": [(texts.fold(value) or None) if value else None for value in side]} for side in values]


_PREPARE = {
    "organisation": _prepare_organisations,
    "address": _prepare_addresses,
    "text": _prepare_texts,
    "exact": _prepare_codes,
}


def _add_keys(frames: list[pl.DataFrame], *, column: str) -> list[pl.DataFrame]:
    """Add to each row its rarest grams, counted over both tables."""
    import polars as pl

    grams, keys = f"{column}__grams", f"{column}__keys"
    single = [frame.select(ROW, pl.col(grams).alias("gram")).explode("gram").drop_nulls() for frame in frames]
    counts = pl.concat(single).group_by("gram").len()
    rarest = [
        each.join(counts, on="gram")
        .sort(ROW, "len", "gram")
        .group_by(ROW, maintain_order=True)
        .agg(pl.col("gram").head(KEYS).alias(keys))
        for each in single
    ]
    return [
        frame.join(found, on=ROW, how="left", maintain_order="left")
        for frame, found in zip(frames, rarest, strict=True)
    ]
