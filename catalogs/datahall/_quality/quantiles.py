"""Exact quantiles of a column of any length in bounded memory: counted in bars, and in finer bars where they lie."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

VALUES_AT_ONCE = 5_000_000  # bounds memory; so many are sorted
_BARS = 1 << 16

_VALUE, _BAR = "value", "bar"


def find_quantiles(rows: pl.LazyFrame, *, name: str, count: int, shares: Sequence[float]) -> list[float]:
    """Return the numbers below which `shares` of the `count` numbers in a column lie; of two the nearer one."""
    values = rows.select(pl.col(name).cast(pl.Float64).alias(_VALUE)).drop_nulls()
    ranks = [int((count - 1) * share + 0.5) for share in shares]
    if count <= VALUES_AT_ONCE:
        return _take_sorted(values, ranks=ranks)
    low, high = _collect(values.select(pl.first().min().alias("low"), pl.first().max().alias("high"))).row(0)
    return _narrow(values, low=low, high=high, ranks=ranks)


def _take_sorted(values: pl.LazyFrame, *, ranks: Sequence[int]) -> list[float]:
    return _collect(values).to_series().sort().gather(list(ranks)).to_list()


def _narrow(values: pl.LazyFrame, *, low: float, high: float, ranks: Sequence[int]) -> list[float]:
    """Return the values at `ranks` among those from `low` to `high`, which are all that there are."""
    counted = _collect(
        values.group_by(_bar(low=low, high=high).alias(_BAR)).agg(
            pl.len().alias("count"), pl.col(_VALUE).min().alias("low"), pl.col(_VALUE).max().alias("high")
        )
    ).sort(_BAR)
    ends = counted["count"].cum_sum()
    found = []
    for rank in ranks:
        bar = int((ends <= rank).sum())
        _, count, first, last = counted.row(bar)
        found.append(_find(values, low=first, high=last, count=count, rank=rank - (ends[bar] - count)))
    return found


def _find(values: pl.LazyFrame, *, low: float, high: float, count: int, rank: int) -> float:
    if low == high:
        return low
    inside = values.filter(pl.col(_VALUE).is_between(low, high))
    if count <= VALUES_AT_ONCE:
        return _take_sorted(inside, ranks=[rank])[0]
    return _narrow(inside, low=low, high=high, ranks=[rank])[0]


def _bar(*, low: float, high: float) -> pl.Expr:
    """Return the number of a value's bar, which grows with the value; `low` and `high` are in different ones.

    Halved, lest the span of large values overflows; that of the smallest ones is enlarged, since it could not divide.
    """
    scale = 2.0**500 if high - low < 2.0**-500 else 0.5
    start, span = low * scale, high * scale - low * scale
    return ((pl.col(_VALUE) * scale - start) / span * _BARS).floor().clip(0, _BARS - 1)


def _collect(rows: pl.LazyFrame) -> pl.DataFrame:
    return rows.collect(engine="streaming")
