"""The rows of a version's files, as the frame that somebody asks for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import N_, InvalidQuery

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa


def read_arrow(files: Sequence[Path]) -> pa.Table:
    """Return all rows; titles and units are in the columns' metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    return pa.concat_tables(pq.ParquetFile(file).read() for file in files)


def read_pandas(files: Sequence[Path]) -> pd.DataFrame:
    """Return all rows; whole numbers and booleans of which some are empty stay such."""
    import pandas as pd
    import pyarrow as pa

    table = read_arrow(files)
    nullable = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    frame: pd.DataFrame = table.to_pandas(date_as_object=False, ignore_metadata=True)
    for field in table.schema:
        if field.type in nullable and table[field.name].null_count:
            kind = nullable[field.type]
            frame[field.name] = table[field.name].to_pandas(types_mapper=lambda _, kind=kind: kind)
    return frame


def query_files(files: Sequence[Path], *, query: str) -> pl.DataFrame:
    """Return DuckDB's answer to `query`, in which the rows are called ``data``; raises InvalidQuery."""
    import duckdb
    import pyarrow.dataset

    data = pyarrow.dataset.dataset(list(files), format="parquet")
    with duckdb.connect() as connection:
        connection.register("data", data)
        try:
            answer: pl.DataFrame = connection.sql(query).pl()
        except (duckdb.ProgrammingError, duckdb.DataError) as error:
            raise InvalidQuery(
                N_("The query cannot be answered: {reason}."),
                reason=str(error).split("\n")[0].rstrip(".!"),
                hint=N_("The table is called data; its columns are: {columns}."),
                columns=", ".join(data.schema.names),
            ) from error
        return answer
