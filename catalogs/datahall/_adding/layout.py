"""Layout: what is remarked about a table's parts: how values are kept apart, titles, names, footnotes, odd rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from .checks import Check
from .delimiters import Dialect
from .drafts import ColumnNames
from .examples import shorten
from .findings import EXAMPLES, Finding, make_finding
from .raw_tables import RawRow
from .table_edges import Edges
from .units import find_unit


def text_of(row: RawRow) -> str:
    """Return what a row says, on one line."""
    return " ".join(str(cell) for cell in row.cells if cell is not None and str(cell).strip())


def find_dialect_remarks(dialect: Dialect, *, suffix: str) -> Iterator[Finding]:
    """Yield how values are kept apart, where that is not as the file's name lets expect."""
    if dialect.names_itself:
        yield make_finding("separator-line", line=1, words=f"sep={dialect.delimiter}")
    if dialect.delimiter != "," and not (dialect.delimiter == "\t" and suffix in (".tsv", ".tab")):
        yield make_finding("delimiter", delimiter={"\t": "TAB"}.get(dialect.delimiter, dialect.delimiter))


def find_layout_remarks(edges: Edges, *, names: ColumnNames) -> Iterator[Finding]:
    """Yield what stands around the rows: titles, footnotes, names."""
    for row in edges.titles:
        yield make_finding("title", line=row.line, words=shorten(text_of(row)))
    for row in edges.footnotes:
        if text_of(row):
            yield make_finding("footnote", line=row.line, words=shorten(text_of(row)))
    if not edges.has_header:
        yield make_finding("no-header", line=edges.first_line)
        return
    yield from _name_findings(edges, names=names)


def _name_findings(edges: Edges, *, names: ColumnNames) -> Iterator[Finding]:
    if not edges.header:  # the format itself names the columns
        return
    line = edges.header[0].line
    if len(edges.header) > 1:
        yield make_finding("header-rows", line=line, count=len(edges.header))
    named = max(len(row.cells) for row in edges.header)
    if named < edges.width:
        yield make_finding("short-header", line=line, named=named, width=edges.width)
    if named > edges.width:
        yield make_finding("long-header", line=line, named=named, width=edges.width)
    doubled = [name for name, count in Counter(filter(None, names.written)).items() if count > 1]
    for name in doubled[:EXAMPLES]:
        yield make_finding("doubled-name", line=line, name=name)
    unnamed = [number for number, name in enumerate(names.written[: min(named, edges.width)], start=1) if not name]
    for number in unnamed[:EXAMPLES]:
        yield make_finding("unnamed-column", line=line, field=names.field[number - 1], number=number)


def find_row_remarks(check: Check, *, edges: Edges, unit: str | None) -> Iterator[Finding]:
    """Yield what is odd about whole rows, and the units that stand around the numbers."""
    blank = check.blank + sum(not text_of(row) for row in edges.footnotes)
    if blank:
        yield make_finding("blank-lines", count=blank)
    for line in check.repeated:
        yield make_finding("repeated-header", line=line, count=check.repeated_count)
    for code, examples in (("short-row", check.short), ("long-row", check.long)):
        for line, _ in examples.shown:
            found = check.lengths[line]
            yield make_finding(code, line=line, found=found, width=edges.width, count=examples.count)
    for column, written in zip(check.columns, edges.names, strict=False):
        own = find_unit(written)[1] if column.reading is not None and not column.is_text else None
        if own:
            yield make_finding("unit-in-header", field=column.name, unit=own)
    if unit:
        yield make_finding("unit-in-title", unit=unit)
