"""Choose which rows of two tables are compared at all: those that share a key which is not in too many of them.

Pure. The pairs to compare grow with the rows and not with their square: the rarest keys come first, until the pairs
they make are as many as are allowed; keys that are too frequent count only together with another one of the row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .._messages import N_
from ..errors import InvalidQuery
from .records import ROW

if TYPE_CHECKING:
    import polars as pl

PAIRED_BY = "paired_by"  # the column of a row's keys
FEWEST_PAIRS = 1_000_000  # so many are compared in seconds; small tables are compared by every key
PAIRS_PER_ROW = 20  # of larger tables: the likeliest of them are among the rarest keys
_PARTS = {
    "organisation": ("keys",),
    "text": ("keys",),
    "address": ("street", "numbers"),
    "exact": ("code",),
}


def add_pair_keys(frames: Sequence[pl.DataFrame], *, kinds: Mapping[str, str]) -> tuple[pl.DataFrame, ...]:
    """Return both prepared tables with the keys by which their rows are paired."""
    import polars as pl

    most = max(FEWEST_PAIRS, PAIRS_PER_ROW * sum(frame.height for frame in frames))
    single = [_list_keys(frame, kinds=kinds) for frame in frames]
    rare = _find_rare(single, most=most)
    frequent = [keys.join(rare, on="key", how="anti") for keys in single]
    finer = [
        _combine(keys, _list_parts(frame, kinds=kinds).join(rare, on="key", how="anti"))
        for keys, frame in zip(frequent, frames, strict=True)
    ]
    allowed = pl.concat([rare, _find_rare(finer, most=most)])
    if allowed.is_empty() and not frequent[0].join(frequent[1], on="key", how="semi").is_empty():
        raise InvalidQuery(
            N_("So many rows have the same few values that none can be told from the others."),
            hint=N_("Name in `on` a further column, by which the rows differ."),
        )
    keys = [pl.concat(both).join(allowed, on="key", how="semi") for both in zip(single, finer, strict=True)]
    grouped = [each.group_by(ROW).agg(pl.col("key").sort().alias(PAIRED_BY)) for each in keys]
    return tuple(
        frame.join(found, on=ROW, how="left", maintain_order="left")
        for frame, found in zip(frames, grouped, strict=True)
    )


def _list_keys(frame: pl.DataFrame, *, kinds: Mapping[str, str]) -> pl.DataFrame:
    """Return each row with each of its keys: what rows of one thing have in common, most likely."""
    import polars as pl

    keys = []
    for column, kind in kinds.items():
        if kind == "address":
            whole = pl.concat_str(pl.lit(f"{column} place "), f"{column}__street", pl.lit(" "), f"{column}__numbers")
            keys.append(frame.select(ROW, whole.alias("key")))
        else:
            keys.append(_list_parts(frame, kinds={column: kind}))
    return pl.concat(keys).drop_nulls()


def _list_parts(frame: pl.DataFrame, *, kinds: Mapping[str, str]) -> pl.DataFrame:
    """Return each row with each part of it that makes a frequent key rarer."""
    import polars as pl

    parts = []
    for column, kind in kinds.items():
        for part in _PARTS[kind]:
            values = frame.select(ROW, pl.col(f"{column}__{part}").alias("key"))
            single = values.explode("key", empty_as_null=True) if part == "keys" else values
            parts.append(single.select(ROW, (pl.lit(f"{column} {part} ") + pl.col("key")).alias("key")))
    return pl.concat(parts).drop_nulls()


def _find_rare(keys: Sequence[pl.DataFrame], *, most: int) -> pl.DataFrame:
    """Return the keys of both tables, the rarest first, that make `most` pairs together."""
    import polars as pl

    left, right = (each.group_by("key").agg(pl.len().cast(pl.Int64)) for each in keys)
    pairs = left.join(right, on="key").select("key", pairs=pl.col("len") * pl.col("len_right"))
    return pairs.sort("pairs", "key").filter(pl.col("pairs").cum_sum() <= most).select("key")


def _combine(keys: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """Return each row with every two different ones of its keys and parts, in one order."""
    import polars as pl

    both = keys.join(parts, on=ROW).filter(pl.col("key") != pl.col("key_right"))
    ordered = (pl.min_horizontal("key", "key_right"), pl.max_horizontal("key", "key_right"))
    return both.select(ROW, pl.concat_str(*ordered, separator=" & ").alias("key")).unique()
