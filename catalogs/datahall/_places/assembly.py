"""The edge of a join by places: keys out of two tables, and joined rows with the account of what was not matched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import polars as pl

from .._messages import N_, Phrase
from ..errors import InvalidQuery
from .gazetteer import Gazetteer
from .pairing import Pair
from .place_join import PlaceJoin
from .reading import Key, Reading

if TYPE_CHECKING:
    from .._linking.linkage import Table

LARGEST = 5_000_000  # rows of one table
MOST_VALUES = 200_000  # different places of one table
MOST_JOINED = 50_000_000  # rows of the result: places that stand in many rows of both tables multiply
_KEY, _OTHER_KEY = "__datahall_left_key", "__datahall_right_key"


@dataclass(frozen=True)
class Side:
    """One table: its rows with the number of their key, the different keys, and how many rows each has."""

    rows: pl.DataFrame
    keys: list[Key]
    counts: list[int]


def read_side(table: Table, *, side: str, on: str, within: str | None, year: int | str | None) -> Side:
    """Return a table's rows and what in them tells the places."""
    from .._linking.linkage import scan_table

    lazy = scan_table(table)
    known = lazy.collect_schema().names()
    asked = [on, *(each for each in (within, year) if isinstance(each, str))]
    if missing := [column for column in asked if column not in known]:
        raise InvalidQuery(
            N_("The {side} table has no column {columns}."), side=Phrase(side),
            columns=", ".join(missing), hint=N_("The columns are: {known}."), known=", ".join(known),
        )  # fmt: skip
    rows = lazy.head(LARGEST + 1).collect()
    parts = {
        "value": _text(on, schema=rows.schema),
        "within": _text(within, schema=rows.schema) if within else pl.lit(None, dtype=pl.String),
        "year": _year(year, schema=rows.schema),
    }
    keyed = rows.select(**parts).with_row_index("row")
    different = keyed.group_by("value", "within", "year", maintain_order=True).agg(pl.len(), rows=pl.col("row"))
    if rows.height > LARGEST or different.height > MOST_VALUES:
        raise InvalidQuery(
            N_("A table to join by places must have at most {largest} rows and {most} different places."),
            largest=f"{LARGEST:,}", most=f"{MOST_VALUES:,}",
        )  # fmt: skip
    numbers = different.with_row_index("key").explode("rows", empty_as_null=True).sort("rows")["key"]
    keys = [Key(value or None, around or None, when) for value, around, when, *_ in different.iter_rows()]
    return Side(rows.with_columns(numbers.alias(_KEY)), keys, different["len"].to_list())


def _text(column: str, *, schema: pl.Schema) -> pl.Expr:
    """Return a column as text; whole numbers that a program made fractions are whole numbers."""
    if schema[column].is_nested():
        raise InvalidQuery(
            N_("Column {column} holds neither names nor codes."), column=column,
            hint=N_("Name a column of texts or whole numbers."),
        )  # fmt: skip
    text = pl.col(column).cast(pl.String).str.strip_chars()
    return text.str.replace(r"^(\d+)\.0$", "$1") if schema[column].is_float() else text


def _year(year: int | str | None, *, schema: pl.Schema) -> pl.Expr:
    if not isinstance(year, str):
        return pl.lit(year, dtype=pl.Int64)
    if schema[year] in (pl.Date, pl.Datetime):
        return pl.col(year).dt.year().cast(pl.Int64)
    return pl.col(year).cast(pl.String).str.extract(r"(\d{4})").cast(pl.Int64)


def assemble(
    sides: Sequence[Side],
    *,
    kind: str,
    how: str,
    pairs: Sequence[Pair],
    readings: Sequence[Mapping[Key, Reading]],
    doubtful: Mapping[Key, Sequence[Key]] | None = None,
    years: tuple[int | None, int | None] = (None, None),
    gazetteer: Gazetteer | None = None,
) -> PlaceJoin:
    """Return the joined rows, and of each value whether and how it was matched."""
    left, right = sides
    ours, theirs = ({key: number for number, key in enumerate(side.keys)} for side in sides)
    links = pl.DataFrame(
        [
            (ours[pair.left], theirs[pair.right], pair.left.value, pair.right.value, pair.how, pair.place, pair.year)
            for pair in pairs
        ],
        schema={_KEY: pl.UInt32, _OTHER_KEY: pl.UInt32, "left": pl.String, "right": pl.String, "by": pl.String,
                "place": pl.String, "year": pl.Int64},
        orient="row",
    )  # fmt: skip
    matched = [set(links[_KEY]), set(links[_OTHER_KEY])]
    counts = [pl.DataFrame({name: range(len(side.counts)), rows: side.counts}, schema={name: pl.UInt32, rows: pl.Int64})
              for name, rows, side in ((_KEY, "left_rows", left), (_OTHER_KEY, "right_rows", right))]  # fmt: skip
    matches = links.join(counts[0], on=_KEY, how="left").join(counts[1], on=_OTHER_KEY, how="left")
    joined = int((matches["left_rows"] * matches["right_rows"]).sum())
    if joined > MOST_JOINED:
        raise InvalidQuery(
            N_("The joined table would have {joined} rows, more than {most}."),
            joined=f"{joined:,}", most=f"{MOST_JOINED:,}",
            hint=N_("Each place stands in many rows of both tables; sum one of them up by place first."),
        )  # fmt: skip
    told = [_tell(each, gazetteer=gazetteer) for each in readings]
    for key, others in (doubtful or {}).items():
        told[0][key] = [str(other.value) for other in others]
    rest = [
        _rest(name, side, matched=done, told=each)
        for name, side, done, each in zip(("left", "right"), sides, matched, told, strict=True)
    ]
    return PlaceJoin(
        frame=_join(left.rows, right.rows, links=links, how=how),
        matches=matches.drop(_KEY, _OTHER_KEY),
        unmatched=pl.concat(unmatched for unmatched, _ in rest),
        ambiguous=pl.concat(ambiguous for _, ambiguous in rest),
        places=kind,
        years=years,
        rows=(left.rows.height, right.rows.height),
        matched_rows=tuple(
            sum(side.counts[number] for number in done) for side, done in zip(sides, matched, strict=True)
        ),
    )


def _join(left: pl.DataFrame, right: pl.DataFrame, *, links: pl.DataFrame, how: str) -> pl.DataFrame:
    """Return the rows of `left`, each with those of `right` that its key was paired with."""
    told = links.select(_KEY, _OTHER_KEY, matched_place="place", matched_by="by", matched_year="year")
    taken = {name: _free(name, left.columns) for name in ("matched_place", "matched_by", "matched_year")}
    others = right.rename({_KEY: _OTHER_KEY})
    others = others.rename(
        {
            name: _free(f"{name}_right", [*left.columns, *right.columns])
            for name in right.columns
            if name in left.columns and name != _KEY
        }
    )
    way: Literal["left", "inner"] = "left" if how == "left" else "inner"
    joined = left.join(told.rename(taken), on=_KEY, how=way, maintain_order="left")
    return joined.join(others, on=_OTHER_KEY, how=way, maintain_order="left").drop(_KEY, _OTHER_KEY)


def _free(name: str, taken: Sequence[str]) -> str:
    while name in taken:
        name += "_2"
    return name


def _tell(readings: Mapping[Key, Reading], *, gazetteer: Gazetteer | None) -> dict[Key, list[str]]:
    """Return the places that each key may mean; of one that was divided since, its parts."""
    told = {}
    for key, reading in readings.items():
        parts = gazetteer.parts_of(reading.place.id) if gazetteer and reading.place else []
        told[key] = [f"{place.name} ({place.code})" for place in parts or reading.places]
    return told


def _rest(
    name: str, side: Side, *, matched: set[int], told: Mapping[Key, Sequence[str]]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the values that found no partner, and those that may mean several places."""
    unmatched: list[tuple[object, ...]] = []
    ambiguous: list[tuple[object, ...]] = []
    for number, (key, count) in enumerate(zip(side.keys, side.counts, strict=True)):
        if number not in matched:
            places = told.get(key, ())
            rows = ambiguous if len(places) > 1 else unmatched
            rows.append((name, key.value, key.within, count, ", ".join(places) or None))
    schema = {"side": pl.String, "value": pl.String, "within": pl.String, "rows": pl.Int64}
    return (
        pl.DataFrame(unmatched, schema=schema | {"place": pl.String}, orient="row"),
        pl.DataFrame(ambiguous, schema=schema | {"candidates": pl.String}, orient="row"),
    )
