"""Makes the sketches of a table while it comes into the store: of the columns that can name something.

Left out are measured numbers, truths, places of a map, free texts and columns with few values. Values are compared as
text: 11 and "11" are the same; a code whose width its meaning knows gets its leading zeros back.
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ..card import Card, CardField
from .sketches import SAMPLE, Hashes, Kind, Sketch, hash_texts, mark_ranks, sample_hashes

if TYPE_CHECKING:
    import pyarrow as pa

FEWEST_VALUES = 8  # fewer shared values may be chance; columns whose meaning the card declares are kept with any number
LONGEST_TEXT = 60  # characters on average; beyond it texts tell, and name nothing
MOST_NUMBERS = 0.5  # of a text column's values; beyond it they are amounts with remarks such as <0.1
MOST_ENTRIES = 1 << 17  # hashes of a table, 1.5 MB
MOST_ROWS = 20_000_000  # of a version; a column of more may not fit into memory
VALUES_AT_ONCE = 1 << 20  # bounds memory; has no influence on the result
MOST_PAIRS = 6
VARYING = 1.5  # moments of a thing on average; with fewer its time tells nothing new
SEPARATOR = "\x1f"  # between a thing and its time; stands in no value
_TYPES = ("string", "integer", "date", "datetime")
_MEASURED = ("latitude", "longitude")
_TIMES = ("year", "date", "datetime", "calendar")
_DIGITS = r"^[0-9]{1,18}$"
_YEARS = (1500, 2100)
_ID_WORDS = {"id", "ids", "code", "codes", "number", "no", "nr", "key", "fips", "iso", "uid", "ref", "zip", "postcode"}
_ID_SIGNS = ("代码", "编码", "编号", "号")
_CALENDAR = {
    name.casefold()
    for names in (calendar.month_name, calendar.month_abbr, calendar.day_name, calendar.day_abbr)
    for name in names
    if name
} | {f"{month}月" for month in range(1, 13)}


def sketch_table(table: pa.Table, *, card: Card) -> list[Sketch]:
    """Return the sketches of the columns of `table` that others can be joined with."""
    return _sketch_columns(lambda name: pl.from_arrow(table[name]), names=table.column_names, card=card)


def sketch_files(files: Sequence[Path], *, rows: int, card: Card) -> list[Sketch]:
    """Return those of a version's Parquet files, which are read column by column; none of a very long version."""
    if rows > MOST_ROWS:
        return []
    scanned = pl.scan_parquet(list(files))
    names = scanned.collect_schema().names()
    return _sketch_columns(lambda name: scanned.select(name).collect().to_series(), names=names, card=card)


def _sketch_columns(
    read: Callable[[str], pl.Series | pl.DataFrame], *, names: Sequence[str], card: Card
) -> list[Sketch]:
    fields = [field for field in card.fields if field.name in names and is_candidate(field, card=card)]
    widths = {field.name: find_width(field) for field in fields}

    def read_texts(name: str) -> pl.Series:
        return canonical(read(name), width=widths[name])

    size = min(SAMPLE, MOST_ENTRIES // max(1, len(fields) + MOST_PAIRS))
    found = (_sketch_column(read_texts(field.name), field=field, card=card, size=size) for field in fields)
    sketches = [sketch for sketch in found if sketch is not None]
    return [*sketches, *_sketch_pairs(sketches, read_texts=read_texts, card=card, size=size)]


def is_candidate(field: CardField, *, card: Card) -> bool:
    """Say whether a field can be a key or point to one, as far as its card tells."""
    if field.type not in _TYPES or field.semantic in _MEASURED:
        return False
    return field.type != "integer" or _is_named(field, card=card)


def _is_named(field: CardField, *, card: Card) -> bool:
    """Say whether whole numbers name something; amounts meet by chance, since small ones are the most frequent."""
    if field.unit is not None:
        return False
    return field.semantic is not None or field.name in card.primary_key or is_id_name(field) or is_year_name(field)


def is_id_name(field: CardField) -> bool:
    """Say whether a field's name or title says that it is a code."""
    words = set(field.name.lower().split("_"))
    return bool(words & _ID_WORDS) or field.name.lower().endswith("id") or field.title.zh.endswith(_ID_SIGNS)


def is_year_name(field: CardField) -> bool:
    """Say whether a field's name or title says that it is a year."""
    return "year" in field.name.lower() or field.title.zh.endswith(("年", "年份"))


def canonical(values: pl.Series | pl.DataFrame, *, width: int | None = None) -> pl.Series:
    """Return values as the texts that are compared."""
    assert isinstance(values, pl.Series)
    if values.dtype == pl.Date:
        return values.dt.strftime("%Y-%m-%d")
    if isinstance(values.dtype, pl.Datetime):
        return values.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f")
    texts = values.cast(pl.String)
    return texts.str.zfill(width) if width else texts


def find_width(field: CardField) -> int | None:
    """Return how many characters a field's codes have; None where its meaning does not know."""
    return _load_widths().get(field.semantic or "")


def _load_widths() -> dict[str, int]:
    from .._vocabulary import semantics

    return {word.id: word.width for word in semantics().values() if word.width}


def _sketch_column(texts: pl.Series, *, field: CardField, card: Card, size: int) -> Sketch | None:
    counted = _count(texts)
    declared = field.semantic is not None or field.name in card.primary_key
    if len(counted) < (1 if declared or is_year_name(field) else FEWEST_VALUES):
        return None
    if not declared and counted["value"].str.len_chars().sum() > LONGEST_TEXT * len(counted):
        return None
    hashes = _hash(counted["value"])
    form = _survey(counted["value"], hashes=hashes)
    kind, marks, universe = _describe(counted["value"], field=field, form=form)
    if not declared and kind == "text" and form["numbers"] > MOST_NUMBERS:
        return None
    shape = (marks, universe)
    return _sketch(counted, hashes, columns=(field.name,), kind=kind, rows=len(texts), shape=shape, size=size)


def _count(texts: pl.Series) -> pl.DataFrame:
    """Return each value that is not empty with the number of its rows."""
    counted = texts.alias("value").value_counts(name="len")
    return counted.filter(pl.col("value") != "")  # neither empty nor null


def _survey(values: pl.Series, *, hashes: Hashes) -> dict[str, Any]:
    """Return how many such texts there could be, and how many of these are numbers; by the same part of them always."""
    if len(values) > SAMPLE:
        values = values.gather(np.argpartition(hashes, SAMPLE)[:SAMPLE])
    value = pl.col("value")
    form = (
        values.to_frame()
        .select(
            characters=value.str.len_chars().sum(),
            digits=value.str.count_matches(r"[0-9]").sum(),
            letters=value.str.count_matches(r"[A-Za-z]").sum(),
            are_digits=value.str.contains(_DIGITS).all(),
            numbers=value.str.contains(r"^[<>≤≥~+-]? ?[0-9]+([.,][0-9]+)?$").mean(),
        )
        .row(0, named=True)
    )
    digits, letters, characters = form["digits"], form["letters"], form["characters"]
    # As a geometric mean over lengths and alphabets: 676 of two letters. From sums, whatever the order of the values.
    possible = digits * math.log(10) + letters * math.log(26) + (characters - digits - letters) * math.log(100)
    return form | {"possible": math.exp(min(possible / len(values), 100.0))}


def _describe(values: pl.Series, *, field: CardField, form: dict[str, Any]) -> tuple[Kind, tuple[int, ...], float]:
    """Return what the values look like, where numbers lie, and how many such values there could be."""
    if field.type in ("date", "datetime"):
        return ("date" if field.type == "date" else "datetime"), (), math.inf
    if field.type == "integer" or (form["are_digits"] and values.str.contains(_DIGITS).all()):
        numbers = values.cast(pl.Int64).sort()
        marks = tuple(numbers.gather(mark_ranks(len(numbers))))
        is_year = field.semantic is None and _YEARS[0] <= marks[0] and marks[-1] <= _YEARS[1]
        kind: Kind = "year" if is_year else "integer" if field.type == "integer" else "digits"
        return kind, marks, float(marks[-1] - marks[0] + 1)
    if len(values) <= len(_CALENDAR) and set(values.str.to_lowercase()) <= _CALENDAR:
        return "calendar", (), float(len(_CALENDAR))
    return "text", (), form["possible"]


def _sketch(
    counted: pl.DataFrame,
    hashes: Hashes,
    *,
    columns: tuple[str, ...],
    kind: Kind,
    rows: int,
    shape: tuple[tuple[int, ...], float],
    size: int,
) -> Sketch:
    counts = counted["len"].to_numpy().astype(np.uint32)
    kept, rows_of, limit, heavy = sample_hashes(hashes, counts, size=size)
    filled = int(counted["len"].sum())
    return Sketch(columns, kind, rows, filled, len(counted), *shape, limit, heavy, kept, rows_of)


def _hash(values: pl.Series) -> Hashes:
    """Return the hash of each value; a part of them at a time, since Python's texts take many times their room."""
    parts = [values.slice(start, VALUES_AT_ONCE) for start in range(0, len(values), VALUES_AT_ONCE)]
    return np.concatenate([hash_texts(part.cast(pl.Binary).to_list()) for part in parts])


def _sketch_pairs(
    sketches: Sequence[Sketch], *, read_texts: Callable[[str], pl.Series], card: Card, size: int
) -> Iterator[Sketch]:
    """Give the sketches of things with their times, where a thing alone has several rows."""
    declared = {field.name for field in card.fields if field.semantic is not None} | set(card.primary_key)
    times = [sketch for sketch in sketches if sketch.kind in _TIMES][:2]
    things = [
        sketch
        for sketch in sketches
        if sketch.kind not in _TIMES and sketch.columns[0] in declared and not sketch.is_unique
    ]
    pairs = [(thing, time) for thing in things for time in times][:MOST_PAIRS]
    for thing, time in pairs:
        (name,), (moment,) = thing.columns, time.columns
        counted = _count(read_texts(name) + SEPARATOR + read_texts(moment))
        if len(counted) > VARYING * thing.distinct:
            shape = ((), math.inf)
            hashes = _hash(counted["value"])
            yield _sketch(
                counted, hashes, columns=(name, moment), kind=time.kind, rows=thing.rows, shape=shape, size=size
            )
