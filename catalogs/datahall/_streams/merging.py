"""Set what has just arrived in its place among what is there: pure functions on frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Merged:
    """What is in no version yet, after something has arrived.

    Attributes
    ----------
    frame : pl.DataFrame
        In order of time and key; a row whose key a version has, too, is a correction of that.
    doubled, corrected : int
        How many that arrived were there already, and how many put an earlier one right.
    """

    frame: pl.DataFrame
    doubled: int
    corrected: int


def merge_news(
    news: pl.DataFrame, *, waiting: pl.DataFrame, versioned: pl.LazyFrame | None, key: Sequence[str], time: str
) -> Merged:
    """Return `waiting` with `news`, without what is there already; of two with one key the one that came last counts.

    Parameters
    ----------
    news : pl.DataFrame
        Rows in the order of their arrival.
    waiting : pl.DataFrame
        Rows that are in no version yet.
    versioned : pl.LazyFrame, optional
        The rows of the newest version.
    """
    import polars as pl

    known = [waiting]
    if versioned is not None and news.height:
        span = pl.col(time).is_between(news[time].min(), news[time].max())
        in_version = versioned.filter(span).join(news.lazy().select(key), on=list(key), how="semi").collect()
        known.insert(0, in_version.join(waiting, on=list(key), how="anti"))
    before = pl.concat(known)
    fresh, doubled_before, corrected_before = _without_known(_last_of_each(news, key=key), before, key=key)
    repeats, corrections = _count_within(news, key=key)
    rest = waiting.join(fresh, on=list(key), how="anti")
    frame = pl.concat([rest, fresh]).sort(time, *(name for name in key if name != time))
    return Merged(frame, doubled=doubled_before + repeats, corrected=corrected_before + corrections)


def merge_sorted(
    version: Iterable[pl.DataFrame], arrived: pl.DataFrame, *, key: Sequence[str], time: str
) -> Iterator[pl.DataFrame]:
    """Yield the rows of the next version in order of time and key, so that it does not depend on how they came.

    Parameters
    ----------
    version : iterable of pl.DataFrame
        The rows of the version before, in order of time; some at a time, so that they may be more than memory holds.
    arrived : pl.DataFrame
        What has come since; of two rows with one key this one counts.
    """
    import polars as pl

    order = [time, *(name for name in key if name != time)]
    arrived, keys = arrived.sort(order), arrived.select(key)
    rest = arrived.clear()
    for piece in version:
        rest = pl.concat([rest, piece.join(keys, on=list(key), how="anti")])
        latest = piece[time].max()
        # Rows of the latest moment may go on in the next piece, and are in order with them only.
        yield pl.concat([rest.filter(pl.col(time) < latest), arrived.filter(pl.col(time) < latest)]).sort(order)
        rest, arrived = rest.filter(pl.col(time) >= latest), arrived.filter(pl.col(time) >= latest)
    yield pl.concat([rest, arrived]).sort(order)


def _last_of_each(news: pl.DataFrame, *, key: Sequence[str]) -> pl.DataFrame:
    return news.unique(subset=list(key), keep="last", maintain_order=True)


def _without_known(news: pl.DataFrame, before: pl.DataFrame, *, key: Sequence[str]) -> tuple[pl.DataFrame, int, int]:
    """Return what is not in `before` as it is, how much was, and how much has its key there but other values."""
    import polars as pl

    beside = news.join(before, on=list(key), how="left", suffix="\0before", nulls_equal=True, maintain_order="left")
    values = [name for name in news.columns if name not in key]
    has_key = news.join(before.select(key).with_columns(pl.lit(True).alias("\0there")), on=list(key), how="left",
                        maintain_order="left")["\0there"].fill_null(False)  # fmt: skip
    is_same = beside.select(
        pl.all_horizontal(pl.lit(True), *(pl.col(name).eq_missing(pl.col(f"{name}\0before")) for name in values))
    ).to_series()
    doubled = has_key & is_same
    return news.filter(~doubled), int(doubled.sum()), int((has_key & ~is_same).sum())


def _count_within(news: pl.DataFrame, *, key: Sequence[str]) -> tuple[int, int]:
    """Return how many of `news` repeat one before among them, and how many correct one."""
    different = news.unique().height
    return news.height - different, different - news.n_unique(subset=list(key)) if news.height else 0
