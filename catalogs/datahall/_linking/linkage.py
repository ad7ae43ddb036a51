"""`datahall.link`: link the rows of two tables that share no key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from .._messages import N_
from ..errors import InvalidQuery
from .links import OF_PAIRS, Links, name_right
from .records import KINDS

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from .._dataset import Dataset

    Table: TypeAlias = Dataset | pl.DataFrame | pl.LazyFrame | pd.DataFrame

LARGEST = 200_000  # rows of one table: half of them took 1.4 GB and a minute; more was not measured


def link(
    left: Table,
    right: Table,
    *,
    on: Mapping[str, str],
    match: Mapping[str, str] | None = None,
    threshold: float = 0.5,
    one_to_one: bool = True,
) -> Links:
    """Find which rows of two tables are the same organisation, person or thing, by how alike their texts are.

    Probabilistic record linkage (Fellegi and Sunter 1969) on DuckDB by splink: how much each likeness says is estimated
    from the two tables themselves, without examples. Two columns that are independent of each other, such as name and
    address, say far more than one; what is the same in all of them, and that only once in each table, is linked.

    Parameters
    ----------
    left, right : Dataset or frame
        Datasets, or polars or pandas frames.
    on : mapping of str to str
        Column → kind: ``organisation`` (a company's or authority's name: legal form and place are set aside),
        ``address`` (street and numbers), ``text`` (any name), ``exact`` (a code or date).
    match : mapping of str to str, optional
        Column of `left` → column of `right`, where they have other names.
    threshold : float
        Probability from 0.05 to 1 above which two rows are linked.
    one_to_one : bool
        Link each row at most once, to its likeliest partner; true where neither table names a thing twice.

    Returns
    -------
    Links
        ``.pairs`` (a polars frame), ``.report()``, and what had no partner.

    Raises
    ------
    InvalidQuery
        A column or kind is not known, two columns of the result would have one name, a table is empty or has more than
        200,000 rows, all rows have the same few values, or `threshold` is out of range.

    Notes
    -----
    Rows are compared that share a key, such as some characters of a name or an address, which few others have; so time
    and memory grow with the rows: two tables of 20,000 rows each took 11 s and 0.7 GB on two cores, of 100,000 each
    63 s and 1.4 GB. What does not fit into the engine's memory of 1 GB goes to the folder for temporary files.

    Examples
    --------
    >>> datahall.link(register, inspections, on={"name": "organisation", "address": "address"})  # doctest: +SKIP
    """
    from .model import LOWEST, predict_pairs
    from .pairing import add_pair_keys
    from .records import prepare_both

    if not LOWEST <= threshold <= 1:
        raise InvalidQuery(
            N_("The threshold {threshold} is not a probability from {lowest} to 1."), threshold=threshold, lowest=LOWEST
        )
    _check_kinds(on)
    names = {column: (match or {}).get(column, column) for column in on}
    first, second = _read_columns(left, list(names)), _read_columns(right, list(names.values()))
    _check_names(first, second)
    kinds = {f"c{number}": kind for number, kind in enumerate(on.values())}  # no table's words become part of a query
    prepared = prepare_both(
        _name_columns(first, names, kinds), _name_columns(second, names.values(), kinds), kinds=kinds
    )
    pairs = predict_pairs(*add_pair_keys(prepared, kinds=kinds), kinds=kinds)
    links = Links.choose(pairs, left=first, right=second, threshold=threshold, one_to_one=one_to_one)
    return replace(links, undecided=_count_undecided(links, first, second)) if len(on) == 1 else links


def _check_names(left: pl.DataFrame, right: pl.DataFrame) -> None:
    names = [*OF_PAIRS, *left.columns, *name_right(right).columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidQuery(
            N_("The linked pairs would have two columns of the name {columns}."),
            columns=", ".join(twice),
            hint=N_("Rename that column of yours; the pairs' own are {own}, and `_right` ends the right table's."),
            own=", ".join(OF_PAIRS),
        )


def _name_columns(frame: pl.DataFrame, columns: Iterable[str], names: Iterable[str]) -> pl.DataFrame:
    return frame.select(frame[column].alias(name) for column, name in zip(columns, names, strict=True))


def _count_undecided(links: Links, left: pl.DataFrame, right: pl.DataFrame) -> int:
    """Return how many rows without a partner have a value that the other table has too: more than once, in either."""
    (mine,), (theirs,) = left.columns, right.columns
    values = left[links.unlinked_left()][mine].drop_nulls()
    return int(values.is_in(right[theirs].drop_nulls().unique().implode()).sum())


def _check_kinds(on: Mapping[str, str]) -> None:
    for column, kind in on.items():
        if kind not in KINDS:
            raise InvalidQuery(
                N_("{kind} is no kind of column that can be compared ({column})."),
                kind=repr(kind), column=column, hint=N_("Kinds are: {kinds}."), kinds=", ".join(KINDS),
            )  # fmt: skip
    if not on or set(on.values()) == {"exact"}:
        raise InvalidQuery(
            N_("There is nothing to compare by likeness."),
            hint=N_("Name a column of names or addresses in `on`; what agrees exactly needs only a join."),
        )
    if set(on.values()) == {"address"} and len(on) == 1:
        raise InvalidQuery(
            N_("An address alone does not tell who is meant."), hint=N_("Name a column of names beside it in `on`.")
        )


def _read_columns(table: Table, columns: Sequence[str]) -> pl.DataFrame:
    lazy = scan_table(table)
    known = lazy.collect_schema().names()
    missing = [column for column in columns if column not in known]
    if missing:
        raise InvalidQuery(
            N_("There is no column {columns}."),
            columns=", ".join(missing),
            hint=N_("The columns are: {known}."),
            known=", ".join(known),
        )
    frame = lazy.select(columns).head(LARGEST + 1).collect()
    if not 0 < frame.height <= LARGEST:
        raise InvalidQuery(
            N_("A table to link must have from 1 to {largest} rows."),
            largest=f"{LARGEST:,}",
            hint=N_("Link larger ones part by part, such as province by province."),
        )
    return frame


def scan_table(table: Table) -> pl.LazyFrame:
    """Return a dataset or frame as a lazy frame."""
    import polars as pl

    from .._dataset import Dataset

    if isinstance(table, Dataset):
        return table.polars()
    return table.lazy() if isinstance(table, pl.DataFrame | pl.LazyFrame) else pl.from_pandas(table).lazy()
