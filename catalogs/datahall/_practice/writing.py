"""Make a city's tables block by block, and write them: bounded memory, all processors, rows always in one order."""

from __future__ import annotations

import json
import os
import secrets
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import N_, DatahallError
from .city import City
from .folders import MARK, explain_refusal, read_mark
from .tables import EDITION, PLACES, load_rows

Advance = Callable[[int, int], None]  # blocks just made, blocks in all

_MOST_WORKERS = 8


@dataclass(frozen=True)
class Written:
    """A table that was written."""

    table: str
    theme: str
    rows: int
    path: Path


def make_block(city: City, table: str, number: int) -> pl.DataFrame:
    """Return the rows of one block, which depend on nothing but city, table and number."""
    rows = load_rows(table)
    start = number * rows.block
    return rows.make(city, np.arange(start, min(start + rows.block, rows.count(city)), dtype=np.int64))


def count_blocks(city: City, table: str) -> int:
    """Return how many blocks a table has: at least one, which may be empty."""
    rows = load_rows(table)
    return max(1, -(-rows.count(city) // rows.block))


def make_blocks(city: City, table: str, *, workers: int | None = None) -> Iterator[pl.DataFrame]:
    """Yield a table's blocks in order; several are made at the same time, and few are held."""
    workers = workers or min(os.cpu_count() or 1, _MOST_WORKERS)
    numbers = iter(range(count_blocks(city, table)))
    with ThreadPoolExecutor(workers, thread_name_prefix="practice") as pool:
        ahead: deque[Future[pl.DataFrame]] = deque(
            pool.submit(make_block, city, table, number) for number in islice(numbers, workers + 1)
        )
        while ahead:
            yield ahead.popleft().result()
            ahead.extend(pool.submit(make_block, city, table, number) for number in islice(numbers, 1))


def make_table(city: City, table: str) -> pl.DataFrame:
    """Return a whole table."""
    return pl.concat(list(make_blocks(city, table)))


def write_csv(city: City, table: str, *, into: Path) -> None:
    """Write a table as the CSV that a card's source reads."""
    with into.open("wb") as file:
        for number, block in enumerate(make_blocks(city, table)):
            block.write_csv(file, include_header=number == 0, datetime_format="%Y-%m-%dT%H:%M:%S")


def write_parquet(city: City, table: str, *, folder: Path, advance: Advance | None = None) -> Written:
    """Write a table to ``folder/<table>.parquet``, whole or not at all, marked as synthetic.

    Raises
    ------
    DatahallError
        There is a file of this name that is not a practice table.
    StoreFailed
        The folder cannot be written.
    """
    target = folder / f"{table}.parquet"
    draft = folder / f".{table}-{secrets.token_hex(4)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _refuse_foreign(target)
        try:
            count = _write_blocks(city, table, into=draft, advance=advance)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise explain_refusal(folder, error) from error
    return Written(table, PLACES[table][0], count, target)


def _refuse_foreign(target: Path) -> None:
    if target.exists() and read_mark(target) is None:
        raise DatahallError(
            N_("{path} is there already, and no table of a practice city."),
            code="not-practice",
            path=target,
            hint=N_("Name another folder with --into."),
        )


def _write_blocks(city: City, table: str, *, into: Path, advance: Advance | None) -> int:
    blocks, total, count = make_blocks(city, table), count_blocks(city, table), 0
    first = next(blocks)
    schema = _schema(first, city=city, table=table)
    with pq.ParquetWriter(into, schema, compression="zstd", compression_level=1) as writer:
        for block in chain([first], blocks):
            writer.write_table(block.to_arrow().cast(schema))
            count += block.height
            if advance is not None:
                advance(1, total)
    return count


def _schema(block: pl.DataFrame, *, city: City, table: str) -> pa.Schema:
    """Return plain Arrow types, each column with its card's titles and unit, the whole marked as made up."""
    described = _described_fields(table)
    columns = []
    for found in block.to_arrow().schema:
        kind = pa.string() if pa.types.is_large_string(found.type) or found.type == pa.string_view() else found.type
        columns.append(pa.field(found.name, kind, metadata=described.get(found.name)))
    about = {"table": table, "population": city.population, "seed": city.seed, "edition": EDITION}
    return pa.schema(columns, metadata={MARK: json.dumps(about), "synthetic": "true", "license": "CC0-1.0"})


def _described_fields(table: str) -> dict[str, dict[str, str]]:
    """Return titles and units of a table's columns as its card has them, by name; empty where there is no card."""
    from .._cards import load_card_of

    loaded = load_card_of(f"{PLACES[table][0]}/practice-{table}")
    return {
        field.name: {"title:en": field.title.en, "title:zh": field.title.zh}
        | ({"unit": field.unit} if field.unit is not None else {})
        for field in (loaded.card.fields if loaded else ())
    }
