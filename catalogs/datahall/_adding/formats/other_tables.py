"""The tables of Parquet, SQLite, iCalendar and RDB files, with what is worth knowing about each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from ..._formats.source_file import SourceFile
from ..findings import Finding
from ..raw_tables import RawTable
from .remarks import make_remark, shorten_words

_MOST_COMMENTS = 100


def list_column_table(file: SourceFile) -> list[RawTable]:
    """Return the one table of a Parquet file."""
    from ..._formats.columnar import describe_columns, read_columns

    kinds = describe_columns(file)
    return [replace(read_columns(file), findings=tuple(make_remark(kind, field=name) for name, kind in kinds))]


def list_tables_of_database(file: SourceFile) -> list[RawTable]:
    """Return the tables of a SQLite file; views and what programs compute are findings."""
    from ..._formats.database import (
        list_columns_with_bytes,
        list_database_tables,
        list_views,
        read_database_table,
    )

    notes = [make_remark("view", name=name) for name in list_views(file)]
    tables = []
    for name in list_database_tables(file):
        table = read_database_table(file, table=name)
        columns = list_columns_with_bytes(file, table=name)
        remarks = [make_remark("bytes", field=column) for column in columns]
        tables.append(replace(table, findings=(*notes, *remarks)))
        notes = []
    return tables


def list_kinds_of_entries(file: SourceFile, *, encoding: str) -> list[RawTable]:
    """Return a table for each kind of entry of a calendar: events, tasks …"""
    from ..._formats.events import count_entries, read_entries

    kinds = count_entries(file, encoding=encoding)
    tables = [read_entries(file, kind=kind, encoding=encoding) for kind in kinds]
    return [replace(table, name=table.name if len(tables) > 1 else "") for table in tables]


def list_rdb_table(file: SourceFile, *, encoding: str) -> list[RawTable]:
    """Return the one table of an RDB file; its comments are findings with their text."""
    from ..._formats.rdb import read_rdb

    return [replace(read_rdb(file, encoding=encoding), findings=tuple(_comments(file, encoding=encoding)))]


def _comments(file: SourceFile, *, encoding: str) -> Iterator[Finding]:
    from ..._formats.rdb import read_comments

    worded = ((line, words) for line, words in read_comments(file, encoding=encoding) if words.strip("-= "))
    for line, words in islice(worded, _MOST_COMMENTS):
        yield make_remark("comment", line=line, words=shorten_words(words))
