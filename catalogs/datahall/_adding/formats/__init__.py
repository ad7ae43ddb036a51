"""Open the tables of every format that is not plain text, as `datahall add` needs them; see `open_tables`."""

from __future__ import annotations

from pathlib import Path

from ..._formats.source_file import SourceFile
from ...errors import N_
from ..raw_tables import RawTable
from .detection import detect_encoding, detect_format

__all__ = ["open_tables"]


def open_tables(path: Path, *, name: str | None = None) -> list[RawTable] | None:
    """Return the tables in a file, detected by its content; None where it is plain text or to be unpacked first.

    Workbooks, zipped shapefiles and KMZ files are archives, too: ask here before unpacking, and again for each file
    that came out. The rows of the tables are read from `path`, which must stay while they are read.

    Parameters
    ----------
    path : Path
        The file.
    name : str, optional
        What messages call it; default: its name.

    Raises
    ------
    UnreadableSource
        The file begins like one of these formats, and does not read as it.
    """
    form = detect_format(path)
    if form is None:
        return None
    file = SourceFile(path, name or path.name)
    tables = _list_tables(file, form=form)
    if not tables:
        raise file.refuse(form=form, reason=N_("it has no table"))
    return tables


def _list_tables(file: SourceFile, *, form: str) -> list[RawTable]:
    match form:
        case "xlsx" | "xls":
            from .sheet_tables import list_sheet_tables

            return list_sheet_tables(file, form=form)
        case "shapefile":
            from .layer_tables import list_layer_tables

            return list_layer_tables(file)
        case "xml" | "kml" | "kmz":
            from . import element_tables

            listers = {"xml": "list_element_tables", "kml": "list_place_table", "kmz": "list_zipped_place_tables"}
            tables: list[RawTable] = getattr(element_tables, listers[form])(file)
            return tables
        case "json" | "jsonl":
            from .json_tables import list_json_tables, list_line_table

            encoding = detect_encoding(file.path)
            return (list_json_tables if form == "json" else list_line_table)(file, encoding=encoding)
        case "parquet":
            from .other_tables import list_column_table

            return list_column_table(file)
        case "sqlite":
            from .other_tables import list_tables_of_database

            return list_tables_of_database(file)
        case "ics":
            from .other_tables import list_kinds_of_entries

            return list_kinds_of_entries(file, encoding=detect_encoding(file.path))
        case "rdb":
            from .other_tables import list_rdb_table

            return list_rdb_table(file, encoding=detect_encoding(file.path))
        case "document":
            raise file.refuse(
                form="xlsx", reason=N_("it is a document of another kind; save its table as .xlsx or CSV")
            )
    raise AssertionError(form)
