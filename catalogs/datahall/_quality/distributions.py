"""How the values of each field are distributed: counted by the streaming engine, small enough to be stored.

Frames in, plain values out. Of a table of any length a field keeps at most `BINS` counts or `MOST_FREQUENT` values.
"""

from __future__ import annotations

from math import isfinite
from typing import Any

import polars as pl

from .quantiles import find_quantiles
from .record import LONGEST_VALUE, Distribution

BINS = 20  # bars that can be told apart at the width of a notebook's cell
MOST_FREQUENT = 8
FIELDS = 200  # of wider tables the other fields are counted, but not drawn: version.json stays below a megabyte
EXACT = 2.0**52  # beyond it a half is lost in a float
_LARGE = 2.0**1000  # near the end of what numbers reach; the engine divides by multiplying with the reciprocal
DISTINCT = 200_000  # beyond it counting values would need memory without bound, and none is frequent anyway
OUTER_FENCE = 3.0  # quartile distances; "far out" in Tukey, Exploratory Data Analysis (1977), chapter 2


def describe_fields(rows: pl.LazyFrame) -> list[Distribution]:
    """Return the distribution of each field of `rows`, in their order."""
    rows = drop_infinite(rows)
    schema = rows.collect_schema()
    drawn = dict(list(schema.items())[:FIELDS])
    empty = collect(rows.select(_is_empty(name, kind).sum() for name, kind in schema.items())).row(0, named=True)
    filled = collect(rows.select(pl.all().count())).row(0, named=True)
    asked = _facts(drawn)
    facts = collect(rows.select(asked)).row(0, named=True) if asked else {}
    result = []
    for name, kind in schema.items():
        known = {
            "name": name,
            "type": _TYPES.get(kind.base_type(), str(kind)),
            "empty": int(empty[name] or 0),
            "filled": filled[name],
        }
        known |= _describe(rows, name=name, kind=kind, facts=facts) if name in drawn else {"kind": "none"}
        result.append(Distribution(**known))
    return result


def count_alike(rows: pl.LazyFrame, *, like: Distribution) -> list[int]:
    """Return how many values of `rows` fall into the bars, or on the values, of an earlier one; last the rest."""
    column = pl.col(like.name)
    if like.kind == "words":
        known = rows.select(_shortened(like.name)).filter(pl.col("value").is_in(list(like.values)))
        counts = dict(collect(known.group_by("value").len()).iter_rows())
        alike = [int(counts.get(value, 0)) for value in like.values]
        return [*alike, int(collect(rows.select(column.count())).item()) - sum(alike)]
    low, high = like.edges[0], like.edges[-1]
    number = column.cast(pl.Float64)
    inside = number.is_between(low, high)
    counted = collect(
        rows.filter(inside).group_by(_bar(number, low=low, high=high, bars=len(like.counts)).alias("bar")).len()
    )
    bars = dict(counted.iter_rows())
    outside = collect(rows.select((~inside).sum())).item()
    return [*(int(bars.get(bar, 0)) for bar in range(len(like.counts))), int(outside or 0)]


def count_earlier(rows: pl.LazyFrame, *, like: Distribution) -> int:
    """Return how many times of `rows` lie before the earliest of an earlier one."""
    moment = pl.col(like.name).to_physical().cast(pl.Float64)
    return int(collect(rows.select((moment < like.edges[0]).sum())).item() or 0)


def count_far_out(rows: pl.LazyFrame, *, fences: dict[str, tuple[float, float]]) -> dict[str, int]:
    """Return for each field how many numbers lie beyond its fences."""
    if not fences:
        return {}
    counted = rows.select((~pl.col(name).is_between(low, high)).sum() for name, (low, high) in fences.items())
    return {name: int(count or 0) for name, count in collect(counted).row(0, named=True).items()}


def drop_infinite(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return `rows` with a cell empty where its number is infinite or none."""
    floats = [pl.col(name) for name, kind in rows.collect_schema().items() if kind.is_float()]
    return rows.with_columns(pl.when(column.is_finite()).then(column) for column in floats)


def collect(rows: pl.LazyFrame) -> pl.DataFrame:
    """Return the answer of a lazy question, computed in batches."""
    return rows.collect(engine="streaming")


# Our own names, as in the card: a new edition of polars must not look like a change of the data.
_TYPES: dict[object, str] = {
    pl.String: "string",
    pl.Int64: "integer",
    pl.Float64: "number",
    pl.Boolean: "boolean",
    pl.Date: "date",
    pl.Datetime: "datetime",
    pl.Time: "time",
    pl.Duration: "duration",
    pl.List: "list",
}


def _is_empty(name: str, kind: pl.DataType) -> pl.Expr:
    """Say where a cell is empty; blanks alone are no text."""
    column = pl.col(name)
    return column.is_null() | (column.str.strip_chars() == "") if kind == pl.String else column.is_null()


def _facts(schema: dict[str, pl.DataType]) -> list[pl.Expr]:
    facts = []
    for name, kind in schema.items():
        column = pl.col(name)
        if kind != pl.List:
            values = column.approx_n_unique().cast(pl.Int64) - (column.null_count() > 0)  # an empty cell is none
            facts.append(values.clip(0).alias(f"distinct:{name}"))
        if kind.is_numeric() or kind.is_temporal():
            facts += [column.min().alias(f"minimum:{name}"), column.max().alias(f"maximum:{name}")]
            facts += [column.min().to_physical().cast(pl.Float64).alias(f"low:{name}")]
            facts += [column.max().to_physical().cast(pl.Float64).alias(f"high:{name}")]
        if kind.is_numeric():
            facts += [column.cast(pl.Float64).mean().alias(f"mean:{name}"), column.count().alias(f"filled:{name}")]
    return facts


def _describe(rows: pl.LazyFrame, *, name: str, kind: pl.DataType, facts: dict[str, Any]) -> dict[str, Any]:
    distinct = facts.get(f"distinct:{name}")
    if kind.is_numeric() or kind.is_temporal():
        low, high = facts[f"low:{name}"], facts[f"high:{name}"]
        if low is None:
            return {"kind": "none", "distinct": 0}
        known = {
            "kind": "numbers" if kind.is_numeric() else "times",
            "distinct": distinct,
            "minimum": str(facts[f"minimum:{name}"]),
            "maximum": str(facts[f"maximum:{name}"]),
        }
        if kind.is_numeric():
            mean = facts[f"mean:{name}"]
            known |= {
                "mean": mean if isfinite(mean) else None,
                **_quartiles(rows, name=name, count=facts[f"filled:{name}"]),
            }
        return known | _bars(rows, name=name, low=low, high=high, is_whole=kind.is_integer())
    if kind == pl.List or (distinct or 0) > DISTINCT:
        return {"kind": "none", "distinct": distinct}
    return {"kind": "words", "distinct": distinct, **_most_frequent(rows, name=name)}


def _quartiles(rows: pl.LazyFrame, *, name: str, count: int) -> dict[str, Any]:
    """Return median and Tukey's outer fences."""
    low, median, high = find_quantiles(rows, name=name, count=count, shares=(0.25, 0.5, 0.75))
    reach = OUTER_FENCE * (high - low)
    fences = (low - reach, high + reach)
    if reach == 0 or not all(map(isfinite, fences)):  # where half are the same, everything else would be far out
        return {"median": median}
    return {"median": median, "fences": fences}


def _bars(rows: pl.LazyFrame, *, name: str, low: float, high: float, is_whole: bool) -> dict[str, Any]:
    if is_whole and high - low < BINS and max(-low, high) < EXACT:
        low, high = low - 0.5, high + 0.5  # a bar for each whole number
        bars = round(high - low)
    else:
        bars = 1 if low == high else BINS
    number = pl.col(name).to_physical().cast(pl.Float64)
    counted = collect(
        rows.select(_bar(number, low=low, high=high, bars=bars).alias("bar")).drop_nulls().group_by("bar").len()
    )
    found = dict(counted.iter_rows())
    edges = tuple(low * (1 - step / bars) + high * (step / bars) for step in range(bars + 1))
    return {"edges": edges, "counts": tuple(int(found.get(bar, 0)) for bar in range(bars))}


def _bar(number: pl.Expr, *, low: float, high: float, bars: int) -> pl.Expr:
    """Return the number of the bar that a value falls into; scaled where a span has no value or no reciprocal."""
    scale = 0.5 if max(-low, high) > _LARGE else 2.0**600 if 0 < high - low < 1 / _LARGE else 1.0
    span = high * scale - low * scale
    share = (number * scale - low * scale) / span if span > 0 else number * 0
    return (share * bars).floor().clip(0, bars - 1).cast(pl.Int32)


def _most_frequent(rows: pl.LazyFrame, *, name: str) -> dict[str, Any]:
    grouped = rows.select(_shortened(name)).drop_nulls().group_by("value").len()
    found = collect(grouped.top_k(MOST_FREQUENT, by=["len", "value"])).sort(["len", "value"], descending=[True, False])
    return {
        "values": tuple(found["value"]),
        "counts": tuple(int(count) for count in found["len"]),
    }


def _shortened(name: str) -> pl.Expr:
    """Return the beginnings of the values: shapes on the map take megabytes each, and nobody reads them here."""
    return pl.col(name).cast(pl.String).str.slice(0, LONGEST_VALUE).alias("value")
