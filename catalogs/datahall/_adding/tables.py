"""Tables: look at all of one table and say what it holds: its rows, its fields, its findings, its draft card."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from .._formats.delimited import read_above
from .._formats.source_file import SourceFile
from ..card import Source
from ..errors import N_, UnreadableSource
from .batches import TextTable, read_batches
from .checks import Check, check_columns
from .column_remarks import find_column_remarks
from .documents import EMPTY_HINT
from .drafts import ColumnNames, draft_card, name_columns
from .effort import Effort
from .encodings import Encoding, find_encoding
from .findings import Finding, make_finding
from .layout import find_dialect_remarks, find_layout_remarks, find_row_remarks, text_of
from .named_columns import describe_columns, find_header_cells
from .raw_batches import RawParts, find_raw_parts, read_raw_batches
from .raw_tables import RawRow, RawTable
from .stray_quotes import Quotes, is_better_plain
from .table_edges import Edges
from .text_tables import MOST_FOOTER, TextParts, find_parts
from .titles import find_title
from .units import find_title_unit

_USUAL = (("skip_rows", 0), ("skip_footer", 0))  # what a card need not say


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


def add_text(file: SourceFile, *, title: str, theme: str, source: dict[str, Any], effort: Effort) -> list[AddedTable]:
    """Return the tables in a text file: one, or several that stand one below the other.

    `effort` knows already that the file is gone through twice: to prove its encoding, and to check its values.

    Raises
    ------
    UnreadableSource
    """
    encoding = find_encoding(file, effort=effort)
    add = partial(_add_read, file, encoding=encoding, title=title, theme=theme, source=source, effort=effort)
    try:
        read = add()
    except UnreadableSource as error:
        plain = add(has_plain_quotes=True) if error.code == "too-long-row" else None
        if plain is None or any(quotes.ragged or quotes.enclosed for quotes in plain.quotes):
            raise
        return plain.tables
    if len(read.quotes) > 1 or not read.quotes[0].swallowed:
        return read.tables
    effort.expect(file.path.stat().st_size)
    plain = add(has_plain_quotes=True, before=read.quotes[0])
    is_better = len(plain.quotes) == 1 and is_better_plain(plain.quotes[0], quoted=read.quotes[0])
    return plain.tables if is_better else read.tables


@dataclass(frozen=True)
class _Read:
    tables: list[AddedTable]
    quotes: list[Quotes]


def _add_read(
    file: SourceFile,
    *,
    encoding: Encoding,
    title: str,
    theme: str,
    source: dict[str, Any],
    effort: Effort,
    has_plain_quotes: bool = False,
    before: Quotes | None = None,
) -> _Read:
    """Return the tables as one way of reading quotes has them; `before` is what another way has shown."""
    every = find_parts(file, encoding=encoding, has_plain_quotes=has_plain_quotes)
    if not any(parts.edges.width for parts in every):
        raise UnreadableSource(N_("{file} is empty."), code="empty", file=file.name, hint=EMPTY_HINT)
    effort.expect((len(every) - 1) * file.path.stat().st_size)
    quotes = [Quotes(parts.dialect, parts.edges.width) for parts in every]
    tables = []
    for parts, watched in zip(every, quotes, strict=True):
        table = _add_parts(
            file,
            encoding=encoding,
            parts=parts,
            title=title,
            theme=theme,
            source=source,
            effort=effort,
            quotes=watched,
        )
        findings = (*watched.find_remarks(before=before), *table.findings)
        tables.append(replace(table, findings=findings))
    dialect = every[0].dialect
    remarks = (*encoding.find_remarks(), *find_dialect_remarks(dialect, suffix=Path(file.name).suffix.lower()))
    return _Read(_number_tables(tables, lines=[parts.edges.begin for parts in every], remarks=remarks), quotes)


def _add_parts(
    file: SourceFile,
    *,
    encoding: Encoding,
    parts: TextParts,
    title: str,
    theme: str,
    source: dict[str, Any],
    effort: Effort,
    quotes: Quotes,
) -> AddedTable:
    edges = parts.edges
    table = TextTable(
        file=file,
        encoding=encoding.name,
        errors="backslashreplace" if encoding.broken_lines else "strict",
        dialect=parts.dialect,
        skip_rows=parts.skip_rows,
        skip_footer=parts.skip_footer,
        width=edges.width,
        repeated=parts.repeated,
    )
    written = edges.names or ("",)
    names = name_columns(written)
    batches = read_batches(table, effort=effort) if parts.has_data else ()
    check = check_columns(
        quotes.watch(batches),
        names=names.field,
        written=written,
        sample=parts.sample,
        has_free_commas=parts.dialect.delimiter != ",",
    )
    names = _with_further(names, width=len(check.columns))
    source = {**source, **_source_options(encoding, parts=parts, names=names, check=check)}
    if source.get("header") is False and edges.header:
        above = read_above(file.path, source=Source.model_validate(source))
        source |= find_header_cells(above, header=edges.header)
    return _describe(check, edges=edges, names=names, title=title, theme=theme, source=source)


def add_raw(table: RawTable, *, title: str, theme: str, source: dict[str, Any]) -> list[AddedTable]:
    """Return the tables that a format's reader has opened as one.

    Raises
    ------
    UnreadableSource
    """
    every = find_raw_parts(table)
    tables = [_add_raw_parts(table, parts=parts, title=title, theme=theme, source=source) for parts in every]
    tables = _number_tables(tables, lines=[parts.edges.begin for parts in every], remarks=table.findings)
    return [replace(found, name="/".join(filter(None, (table.name, found.name)))) for found in tables]


def _add_raw_parts(table: RawTable, *, parts: RawParts, title: str, theme: str, source: dict[str, Any]) -> AddedTable:
    written = parts.edges.names or ("",)
    names = name_columns(written)
    batches = read_raw_batches(table, parts=parts)
    check = check_columns(batches, names=names.field, written=written, sample=parts.sample)
    names = _with_further(names, width=len(check.columns))
    options: dict[str, Any] = dict(table.source)
    if table.header is None:
        said, names = describe_columns(table, parts=parts, names=names, has_rows=check.rows > 0)
        options |= said
    return _describe(check, edges=parts.edges, names=names, title=title, theme=theme, source={**source, **options})


def _number_tables(
    tables: Sequence[AddedTable], *, lines: Sequence[int], remarks: Iterable[Finding]
) -> list[AddedTable]:
    """Return the tables of one file with names where there are several; the first says what is true of all."""
    below = [make_finding("stacked-table", line=line, number=number) for number, line in enumerate(lines, 1)][1:]
    first = replace(tables[0], findings=(*remarks, *below, *tables[0].findings))
    if len(tables) == 1:
        return [first]
    return [replace(table, name=f"table-{number}") for number, table in enumerate((first, *tables[1:]), start=1)]


def _describe(
    check: Check,
    *,
    edges: Edges,
    names: ColumnNames,
    title: str,
    theme: str,
    source: dict[str, Any],
) -> AddedTable:
    """Return what is said about a table once all of it was checked."""
    units = [unit for row in (*edges.titles, *edges.footnotes) if (unit := find_title_unit(text_of(row)))]
    unit = units[0] if units else None
    named = find_title(text_of(row) for row in edges.titles) or {"en": title, "zh": title}
    card = draft_card(title=named, theme=theme, source=source, names=names, columns=check.columns, unit=unit)
    findings = (
        *find_layout_remarks(edges, names=names),
        *find_row_remarks(check, edges=edges, unit=unit),
        *(finding for column in check.columns for finding in find_column_remarks(column)),
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
    if not check.rows and len(edges.header) == 1:
        options |= _only_header(edges.header[0], names=names, lines=encoding.lines)
    elif _has_plain_header(edges, names=names):
        options["skip_rows"] = edges.header[0].line - 1
    else:
        options |= {"header": False, "columns": list(names.source), "skip_rows": parts.skip_rows}
    if parts.skip_footer and "skip_footer" not in options:
        options["skip_footer"] = parts.skip_footer
    if check.is_ragged:
        options["ragged"] = True
    if check.blank:
        options["skip_empty"] = True
    if check.repeated_count:
        options["skip_repeated_header"] = True
    return {key: value for key, value in options.items() if (key, value) not in _USUAL}


def _only_header(header: RawRow, *, names: ColumnNames, lines: int) -> dict[str, Any]:
    """Return what makes the card's reader see a header and none of the blank lines below it."""
    below = lines - header.line + 1 - _count_lines(header)
    options = {} if _as_read(header.cells) == names.source else {"columns": list(names.source)}
    return {**options, "skip_rows": header.line - 1, "skip_footer": min(below, MOST_FOOTER)}


def _count_lines(row: RawRow) -> int:
    return 1 + sum(str(cell).count("\n") for cell in row.cells)


def _has_plain_header(edges: Edges, *, names: ColumnNames) -> bool:
    """Say whether the card's reader finds the names by itself: one header row, right above the data."""
    if len(edges.header) != 1:
        return False
    (header,) = edges.header
    is_adjacent = edges.first_line == header.line + _count_lines(header)
    return is_adjacent and _as_read(header.cells) == names.source


def _as_read(cells: Sequence[object]) -> tuple[str, ...]:
    """Return the header's names as the card's reader makes them distinct."""
    return name_columns([str(cell) for cell in cells]).source
