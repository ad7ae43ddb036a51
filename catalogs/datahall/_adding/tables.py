"""Tables: look at all of one table and say what it holds: its rows, its fields, its findings, its draft card."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .._formats.source_file import SourceFile
from ..errors import N_, UnreadableSource
from .batches import TextTable, read_batches
from .checks import Check, check_columns
from .documents import EMPTY_HINT
from .drafts import ColumnNames, draft_card, name_columns
from .effort import Effort
from .encodings import Encoding, find_encoding
from .findings import Finding
from .layout import find_dialect_remarks, find_layout_remarks, find_row_remarks, text_of
from .raw_batches import find_raw_parts, read_raw_batches
from .raw_tables import RawTable
from .table_edges import Edges
from .text_tables import TextParts, find_parts
from .value_marks import find_title_unit


@dataclass(frozen=True)
class AddedTable:
    """One table of a file, as `datahall.add` describes it."""

    name: str
    rows: int
    findings: tuple[Finding, ...]
    card: dict[str, Any]

    @property
    def fields(self) -> list[dict[str, Any]]:
        """The fields of the draft card."""
        return list(self.card["fields"])

    def as_json(self) -> dict[str, Any]:
        """Return the form that programs rely on."""
        return {
            "name": self.name,
            "rows": self.rows,
            "fields": self.fields,
            "findings": [finding.as_json() for finding in self.findings],
            "card": self.card,
        }


def add_text(file: SourceFile, *, title: str, theme: str, source: dict[str, Any], effort: Effort) -> AddedTable:
    """Return the table in a text file.

    `effort` knows already that the file is gone through twice: to prove its encoding, and to check its values.

    Raises
    ------
    UnreadableSource
    """
    encoding = find_encoding(file, effort=effort)
    parts = find_parts(file, encoding=encoding)
    edges = parts.edges
    if not edges.width:
        raise UnreadableSource(N_("{file} is empty."), code="empty", file=file.name, hint=EMPTY_HINT)
    table = TextTable(
        file=file,
        encoding=encoding.name,
        errors="backslashreplace" if encoding.broken_lines else "strict",
        dialect=parts.dialect,
        skip_rows=parts.skip_rows,
        skip_footer=parts.skip_footer,
        width=edges.width,
    )
    written = edges.names or ("",)
    names = name_columns(written)
    batches = read_batches(table, effort=effort) if parts.has_data else ()
    check = check_columns(batches, names=names.field, written=written, sample=parts.sample)
    names = _with_further(names, width=len(check.columns))
    source = {**source, **_source_options(encoding, parts=parts, names=names, check=check)}
    remarks = (*encoding.find_remarks(), *find_dialect_remarks(parts.dialect, suffix=Path(file.name).suffix.lower()))
    return _describe(check, edges=edges, names=names, title=title, theme=theme, source=source, remarks=remarks)


def add_raw(table: RawTable, *, title: str, theme: str, source: dict[str, Any]) -> AddedTable:
    """Return the table that a format's reader has opened.

    Raises
    ------
    UnreadableSource
    """
    parts = find_raw_parts(table)
    written = parts.edges.names or ("",)
    names = name_columns(written)
    batches = read_raw_batches(table, parts=parts)
    check = check_columns(batches, names=names.field, written=written, sample=parts.sample)
    names = _with_further(names, width=len(check.columns))
    options: dict[str, Any] = dict(table.source)
    if table.header is None:
        options |= {"header": False, "columns": list(names.source), "skip_rows": parts.skip_rows}
        options |= {"skip_footer": parts.skip_footer} if parts.skip_footer else {}
    found = _describe(
        check,
        edges=parts.edges,
        names=names,
        title=title,
        theme=theme,
        source={**source, **options},
        remarks=table.findings,
    )
    return replace(found, name=table.name)


def _describe(
    check: Check,
    *,
    edges: Edges,
    names: ColumnNames,
    title: str,
    theme: str,
    source: dict[str, Any],
    remarks: Iterable[Finding],
) -> AddedTable:
    """Return what is said about a table once all of it was checked."""
    units = [unit for row in (*edges.titles, *edges.footnotes) if (unit := find_title_unit(text_of(row)))]
    unit = units[0] if units else None
    card = draft_card(title=title, theme=theme, source=source, names=names, columns=check.columns, unit=unit)
    findings = (
        *remarks,
        *find_layout_remarks(edges, names=names),
        *find_row_remarks(check, edges=edges, unit=unit),
        *(finding for column in check.columns for finding in column.findings()),
    )
    return AddedTable("", check.rows, findings, card)


def _with_further(names: ColumnNames, *, width: int) -> ColumnNames:
    """Return the names with those of the columns that only some longer rows have."""
    return names if width == len(names.field) else name_columns([*names.written, *[""] * (width - len(names.written))])


def _source_options(encoding: Encoding, *, parts: TextParts, names: ColumnNames, check: Check) -> dict[str, Any]:
    """Return what a card's source must say to be read as it was read here; what is usual is left out."""
    dialect, edges = parts.dialect, parts.edges
    is_tsv = dialect.delimiter == "\t"
    options: dict[str, Any] = {"format": "tsv" if is_tsv else "csv"}
    if encoding.name != "utf-8":
        options["encoding"] = encoding.name
    if encoding.broken_lines:
        options["broken_bytes"] = "escape"
    if dialect.delimiter not in (",", "\t"):
        options["delimiter"] = dialect.delimiter
    if dialect.quote != '"':
        options["quote"] = dialect.quote
    if _has_plain_header(edges, names=names, rows=check.rows):
        options["skip_rows"] = edges.header[0].line - 1
    else:
        options |= {"header": False, "columns": list(names.source), "skip_rows": parts.skip_rows}
    if parts.skip_footer:
        options["skip_footer"] = parts.skip_footer
    if check.is_ragged:
        options["ragged"] = True
    if check.blank:
        options["skip_empty"] = True
    return {key: value for key, value in options.items() if (key, value) != ("skip_rows", 0)}


def _has_plain_header(edges: Edges, *, names: ColumnNames, rows: int) -> bool:
    """Say whether the card's reader finds the names by itself: one header row, right above the data."""
    if len(edges.header) != 1:
        return False
    (header,) = edges.header
    lines = 1 + sum(str(cell).count("\n") for cell in header.cells)
    is_adjacent = edges.first_line == header.line + lines or not rows
    return is_adjacent and _as_read(header.cells) == names.source


def _as_read(cells: Sequence[object]) -> tuple[str, ...]:
    """Return the header's names as the card's reader makes them distinct."""
    return name_columns([str(cell) for cell in cells]).source
