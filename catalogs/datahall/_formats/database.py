"""Read the tables of SQLite files: read-only, without views, virtual tables, extensions or anything else that runs.

Bytes (BLOBs) become base64; text that is not UTF-8 keeps its bytes as ``\\xe9``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from .._adding.raw_tables import RawRow, RawTable
from ..errors import N_
from .cells import plain_cell
from .source_file import MAX_CELLS, SourceFile

_MAX_VALUE = 64 << 20  # bytes of one value
_MAX_TABLES = 10_000
_TABLES = (  # pragma_table_list calls views, virtual tables and what these keep by other types
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name IN"
    " (SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table') ORDER BY rowid"
)


def list_database_tables(file: SourceFile) -> list[str]:
    """Return the names of the tables that hold rows of their own, in the order of their making."""
    with _open(file) as connection:
        return [name for (name,) in connection.execute(f"{_TABLES} LIMIT {_MAX_TABLES}")]


def read_database_table(file: SourceFile, *, table: str | None = None) -> RawTable:
    """Return one table, or the only one where none is named."""
    present = list_database_tables(file)
    if table is None and len(present) != 1:
        raise file.missing_part("", present=present)
    name = table or present[0]
    if name not in present:
        raise file.missing_part(name, present=present)
    with _open(file) as connection:
        header = tuple(column[0] for column in _select_all(connection, table=name).description)
    return RawTable(
        name=name,
        read_rows=lambda: _rows(file, name=name),
        header=header,
        source={"format": "sqlite", "table": name},
    )


def _rows(file: SourceFile, *, name: str) -> Iterator[RawRow]:
    with _open(file) as connection:
        for number, row in enumerate(_select_all(connection, table=name), start=1):
            if number * len(row) > MAX_CELLS:
                raise file.refuse_record(number, reason=N_("it has more cells than a table may have"))
            yield RawRow(number, tuple(plain_cell(value) for value in row))


def _select_all(connection: sqlite3.Connection, *, table: str) -> sqlite3.Cursor:
    return connection.execute(f"SELECT * FROM {_quoted(table)}")  # noqa: S608, a table's name cannot be a parameter


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def _open(file: SourceFile) -> Iterator[sqlite3.Connection]:
    """Open the file so that nothing is written beside it and nothing in its schema is trusted."""
    connection = sqlite3.connect(f"file:{quote(str(file.path.resolve()))}?mode=ro&immutable=1", uri=True)
    try:
        connection.text_factory = lambda value: value.decode("utf-8", errors="backslashreplace")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA query_only = ON")
        yield connection
    except (sqlite3.Error, ValueError) as error:  # a ValueError where a name is not text
        raise file.refuse(form="sqlite", reason=error) from error
    finally:
        connection.close()


def list_views(file: SourceFile) -> list[str]:
    """Return the names of what looks like a table and would have to be run: views and virtual tables."""
    query = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('view', 'virtual') ORDER BY name"
    with _open(file) as connection:
        return [name for (name,) in connection.execute(query)]


def list_columns_with_bytes(file: SourceFile, *, table: str) -> list[str]:
    """Return the columns of a table that hold bytes in any row."""
    with _open(file) as connection:
        names = [column[0] for column in _select_all(connection, table=table).description]
        kinds = ", ".join(f"max(typeof({_quoted(name)}) = 'blob')" for name in names)
        found = connection.execute(f"SELECT {kinds} FROM {_quoted(table)}").fetchone()  # noqa: S608, names are quoted
    return [name for name, has_bytes in zip(names, found, strict=True) if has_bytes]
