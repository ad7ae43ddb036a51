"""Open the one raw table that a card's source describes."""

from __future__ import annotations

from .._adding.raw_tables import RawTable
from ..card import Source
from .source_file import SourceFile


def open_raw_table(file: SourceFile, *, source: Source) -> RawTable:
    """Return the table in `file`, unpacked already, that `source` names; the format is believed."""
    match source.format:
        case "xlsx" | "xls":
            from .sheets import read_sheet

            return read_sheet(file, form=source.format, sheet=source.sheet)
        case "parquet":
            from .columnar import read_columns

            return read_columns(file)
        case "sqlite":
            from .database import read_database_table

            return read_database_table(file, table=source.table)
        case "rdb":
            from .rdb import read_rdb

            return read_rdb(file, encoding=source.encoding)
        case "ics":
            from .events import read_entries

            return read_entries(file, kind=source.table, encoding=source.encoding)
        case "xml":
            from .elements import read_elements

            return read_elements(file, records=source.records or "")
        case "kml":
            from .places import read_places

            return read_places(file)
        case "shapefile":
            from .shapes import read_layer

            return read_layer(file, layer=source.member, encoding=source.encoding)
    raise AssertionError(source.format)
