"""Compute the values of a chart from a version's rows: a few hundred numbers, whatever the rows are.

The same rows give the same values everywhere. Texts are shortened, numbers rounded to six digits, means to four.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

import polars as pl

from .._quality.distributions import collect, drop_infinite
from .._quality.record import Distribution
from .chart import MOST_BARS, MOST_PLACES, MOST_POINTS, MOST_SERIES, Chart, Plan, Series, Step

MOST_ROWS = 20_000_000  # of a version: beyond it nobody waits for a picture
MOST_TIMES = 50_000  # different ones that are grouped in memory
LONGEST_WORD = 60

_STEPS: tuple[tuple[Step, str], ...] = (
    ("hour", "1h"), ("day", "1d"), ("week", "1w"), ("month", "1mo"), ("quarter", "1q"), ("year", "1y"),
)  # fmt: skip


def compute_chart(rows: pl.LazyFrame, *, plan: Plan, distributions: dict[str, Distribution]) -> Chart | None:
    """Return the chart of `plan`; None where the rows leave nothing to show."""
    rows = drop_infinite(rows)
    total = int(collect(rows.select(pl.len())).item())
    if total > MOST_ROWS:
        return None
    if plan.kind == "places":
        return _compute_places(rows, plan=plan, total=total)
    if plan.kind == "histogram":
        return _compute_histogram(plan, known=distributions[plan.x], total=total)
    if plan.kind == "bars":
        return _compute_bars(rows, plan=plan, total=total)
    return _compute_line(rows, plan=plan, total=total)


def _compute_line(rows: pl.LazyFrame, *, plan: Plan, total: int) -> Chart | None:
    needed = rows.drop_nulls([plan.x, *([plan.by] if plan.by else [])])
    needed = needed.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in plan.measures))
    used, times = collect(needed.select(pl.len(), pl.col(plan.x).n_unique().alias("times"))).row(0)
    kind = rows.collect_schema()[plan.x]
    step, time = _choose_step(needed, plan=plan, kind=kind, times=times)
    by = [pl.col(plan.by).cast(pl.String).alias("by")] if plan.by else []
    sums = plan.how == "sum"
    if step and sums and times <= MOST_TIMES:  # a mean of totals, so that a week that was cut off looks like others
        needed = needed.group_by(plan.x, *by).agg(pl.col(name).sum() for name in plan.measures)
        by, sums = [pl.col("by")] if plan.by else [], False
    values = [pl.col(name).sum() if sums and not step else pl.col(name).mean() for name in plan.measures]
    found = collect(needed.group_by(time, *by).agg(values)).sort("time")
    labels = found["time"].unique(maintain_order=True)
    if len(labels) < 2 or len(labels) > MOST_POINTS:
        return None
    texts = tuple(_as_label(value) for value in labels)
    is_mean = bool(step) or plan.how == "mean"
    series = _series(found, labels, plan=plan, is_mean=is_mean)
    return Chart(plan=plan, labels=texts, series=series, step=step, rows=used, of=total)


def _series(found: pl.DataFrame, labels: pl.Series, *, plan: Plan, is_mean: bool) -> tuple[Series, ...]:
    if plan.by is None:
        return tuple(Series(name=name, values=_values(found[name], is_mean=is_mean)) for name in plan.measures)
    names = sorted(found["by"].unique())[:MOST_SERIES]
    frame = labels.to_frame("time")
    result = []
    for name in names:
        one = frame.join(found.filter(pl.col("by") == name), on="time", how="left", maintain_order="left")
        result.append(Series(name=_shorten(name), values=_values(one[plan.measures[0]], is_mean=is_mean)))
    return tuple(result)


def _choose_step(rows: pl.LazyFrame, *, plan: Plan, kind: pl.DataType, times: int) -> tuple[Step, pl.Expr]:
    """Return what a point sums up, and the expression of its time: the finest that leaves few enough points."""
    time = pl.col(plan.x)
    if times <= MOST_POINTS:
        return "", time.alias("time")
    if not kind.is_temporal():
        return "decade", (time // 10 * 10).alias("time")
    steps = _STEPS if isinstance(kind, pl.Datetime) else _STEPS[2:]
    counted = collect(rows.select(time.dt.truncate(every).n_unique().alias(name) for name, every in steps))
    for name, every in steps:
        if counted[name].item() <= MOST_POINTS:
            return name, time.dt.truncate(every).alias("time")
    return "decade", time.dt.truncate("10y").alias("time")


def _compute_bars(rows: pl.LazyFrame, *, plan: Plan, total: int) -> Chart | None:
    needed = rows.drop_nulls([plan.x, *plan.measures])
    value = {
        "count": lambda: pl.len().cast(pl.Float64),
        "sum": lambda: pl.col(plan.measures[0]).sum(),
        "mean": lambda: pl.col(plan.measures[0]).mean(),
        "value": lambda: pl.col(plan.measures[0]).max(),
    }[plan.how]()
    word = pl.col(plan.x).cast(pl.String).alias("word")
    grouped = needed.group_by(word).agg(value.alias("value"), pl.len().alias("rows"))
    found = collect(grouped.filter(pl.col("value").is_finite())).sort(["value", "word"], descending=[True, False])
    if len(found) < 2:
        return None
    shown, rest = found.head(MOST_BARS), found.slice(MOST_BARS)
    adds_up = plan.how in ("count", "sum") and len(rest)
    return Chart(
        plan=plan,
        labels=tuple(_shorten(word) for word in shown["word"]),
        series=(Series(values=_values(shown["value"], is_mean=plan.how == "mean")),),
        rest=len(rest),
        rest_value=_round(float(rest["value"].sum())) if adds_up else None,
        rows=int(found["rows"].sum()),
        of=total,
    )


def _compute_histogram(plan: Plan, *, known: Distribution, total: int) -> Chart | None:
    """Return the bars that the quality report has counted already."""
    if len(known.edges) != len(known.counts) + 1 or len(known.counts) < 2:
        return None
    edges = tuple(f"{edge:.6g}" for edge in known.edges)
    series = Series(values=tuple(float(count) for count in known.counts))
    return Chart(plan=plan, labels=edges, series=(series,), rows=sum(known.counts), of=total)


def _compute_places(rows: pl.LazyFrame, *, plan: Plan, total: int) -> Chart | None:
    """Return where the rows lie, on a grid as fine as the number of places allows."""
    if plan.measures:
        longitude, latitude = pl.col(plan.x), pl.col(plan.measures[0])
    else:
        pair = pl.col(plan.x).str.split(",")
        latitude, longitude = (
            pair.list.get(index, null_on_oob=True).str.strip_chars().cast(pl.Float64, strict=False) for index in (0, 1)
        )
    found = rows.select(longitude.alias("x"), latitude.alias("y")).filter(
        pl.col("x").is_between(-180, 180), pl.col("y").is_between(-90, 90)
    )
    bounds = collect(found.select(pl.len(), pl.all().min().name.suffix("_min"), pl.all().max().name.suffix("_max")))
    used, west, south, east, north = bounds.row(0)
    if used == 0 or max(east - west, north - south) == 0:
        return None
    cell = max(east - west, north - south) / 240
    while True:
        on_grid = found.select(
            _set_on_grid("x", cell=cell, low=west, high=east), _set_on_grid("y", cell=cell, low=south, high=north)
        ).unique()
        places = collect(on_grid).sort("x", "y")
        if len(places) <= MOST_PLACES:
            break
        cell *= 1.5
    pairs = tuple((round(x, 4), round(y, 4)) for x, y in places.iter_rows())
    return Chart(plan=plan, places=pairs, rows=used, of=total)


def _set_on_grid(name: str, *, cell: float, low: float, high: float) -> pl.Expr:
    """Return the middles of cells; the outermost are where the data ends, so that no place lies beyond the earth."""
    middle, half = (pl.col(name) / cell).round() * cell, 0.501 * cell
    return pl.when(middle >= high - half).then(high).when(middle <= low + half).then(low).otherwise(middle).alias(name)


def _values(column: pl.Series, *, is_mean: bool) -> tuple[float | None, ...]:
    return tuple(_round(value, digits=4 if is_mean else 6) for value in column)


def _round(value: float | None, *, digits: int = 6) -> float | None:
    """Return a number with so many digits; what stands before the point is kept. A total may be beyond all numbers."""
    if value is None or not isfinite(value):
        return None
    return float(round(value)) if abs(value) >= 10**digits else float(f"{value:.{digits}g}")


def _as_label(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _shorten(word: str) -> str:
    line = " ".join(word.split())
    return line if len(line) <= LONGEST_WORD else line[: LONGEST_WORD - 1] + "…"


def names_of(distributions: Sequence[Distribution]) -> dict[str, Distribution]:
    """Return distributions by the names of their fields."""
    return {each.name: each for each in distributions}
