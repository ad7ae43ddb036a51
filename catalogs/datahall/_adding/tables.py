"""Tables: check all of one table and say what it holds: its rows, its fields, its findings, its draft card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from ..errors import N_, UnreadableSource
from .batches import Batch, TextTable, read_batches
from .columns import Column, Examples, shorten
from .decimal_marks import find_decimal_mark, settle_reading
from .delimiters import Dialect
from .documents import EMPTY_HINT
from .drafts import ColumnNames, draft_card, name_columns
from .encodings import Encoding, find_encoding
from .findings import EXAMPLES, Finding, make_finding
from .raw_batches import find_raw_parts, read_raw_batches
from .raw_tables import RawRow, RawTable
from .readings import find_reading
from .table_edges import Edges
from .text_tables import TextParts, column_values, find_parts
from .value_marks import find_title_unit, find_unit

_TOTAL_COLUMNS = 2  # in the first columns a line of totals says that it is one
_WORKERS = 2  # columns are checked side by side; the engine lets other threads run meanwhile

Advance = Callable[[int], None]


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


@dataclass
class Check:
    """What a pass over all rows has shown."""

    columns: list[Column]
    rows: int = 0
    blank: int = 0
    is_ragged: bool = False
    short: Examples = field(default_factory=Examples)
    long: Examples = field(default_factory=Examples)
    lengths: dict[int, int] = field(default_factory=dict)  # by line, of those shown


def check_columns(
    batches: Iterable[Batch], *, names: Sequence[str], written: Sequence[str], sample: Sequence[RawRow]
) -> Check:
    """Check every value of a table; further columns are added where rows turn out longer."""
    samples = [column_values(sample, column=number) for number in range(len(written))]
    readings = [find_reading(values, header=title) for values, title in zip(samples, written, strict=True)]
    mark = find_decimal_mark(readings, samples)
    check = Check([])
    for name, title, reading, values in zip(names, written, readings, samples, strict=True):
        settled = settle_reading(reading, values, header=title, mark=mark)
        is_sure = mark is not None and settled is not None and settled.group != mark
        check.columns.append(Column(name, settled, is_surely_grouped=is_sure, is_settled=settled is not reading))
    width = len(names)
    with ThreadPoolExecutor(_WORKERS) as workers:
        for batch in batches:
            check.rows += batch.frame.height
            check.blank += batch.blank
            check.is_ragged |= batch.is_ragged
            while len(check.columns) < batch.frame.width:
                check.columns.append(Column(f"column_{len(check.columns) + 1}", None))
            _note_lengths(batch, check=check, width=width)
            list(workers.map(partial(_check_some, check.columns, batch=batch), _slices(batch.frame.width)))
            for column, text in zip(check.columns[:_TOTAL_COLUMNS], batch.frame.iter_columns(), strict=False):
                if column.reading is None or column.misfits.count:
                    column.check_totals(text, batch.lines)
    return check


def _slices(width: int) -> list[range]:
    """Return the columns' numbers in parts: one each where there are few, so that all threads have work."""
    step = 1 + width // 100
    return [range(begin, min(begin + step, width)) for begin in range(0, width, step)]


def _check_some(columns: Sequence[Column], numbers: range, *, batch: Batch) -> None:
    for number in numbers:
        columns[number].check(batch.frame[:, number], batch.lines)


def _note_lengths(batch: Batch, *, check: Check, width: int) -> None:
    for line, length in zip(batch.lines if batch.lengths else (), batch.lengths, strict=True):
        kind = check.short if length < width else check.long
        kind.count += 1
        if len(kind.shown) < EXAMPLES:
            kind.shown.append((line, ""))
            check.lengths[line] = length


def add_text(path: Path, *, title: str, theme: str, source: dict[str, Any], advance: Advance | None) -> AddedTable:
    """Return the table in a text file.

    Raises
    ------
    UnreadableSource
    """
    encoding = find_encoding(path, advance=advance)
    parts = find_parts(path, encoding=encoding)
    edges = parts.edges
    if not edges.width:
        raise UnreadableSource(N_("{file} is empty."), code="empty", file=path.name, hint=EMPTY_HINT)
    table = TextTable(
        path=path,
        encoding=encoding.name,
        errors="backslashreplace" if encoding.broken_lines else "strict",
        dialect=parts.dialect,
        skip_rows=parts.skip_rows,
        skip_footer=parts.skip_footer,
        width=edges.width,
    )
    written = edges.names or ("",)
    names = name_columns(written)
    batches = read_batches(table, advance=advance) if parts.has_data else ()
    check = check_columns(batches, names=names.field, written=written, sample=parts.sample)
    names = _with_further(names, width=len(check.columns))
    source = {**source, **_source_options(encoding, parts=parts, names=names, check=check)}
    remarks = (*encoding.find_remarks(), *_dialect_findings(parts.dialect, suffix=path.suffix.lower()))
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
    units = [unit for row in (*edges.titles, *edges.footnotes) if (unit := find_title_unit(_text_of(row)))]
    unit = units[0] if units else None
    card = draft_card(title=title, theme=theme, source=source, names=names, columns=check.columns, unit=unit)
    findings = (
        *remarks,
        *_layout_findings(edges, names=names),
        *_row_findings(check, edges=edges, unit=unit),
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


def _text_of(row: RawRow) -> str:
    return " ".join(str(cell) for cell in row.cells if cell is not None and str(cell).strip())


def _dialect_findings(dialect: Dialect, *, suffix: str) -> Iterator[Finding]:
    if dialect.names_itself:
        yield make_finding("separator-line", line=1, words=f"sep={dialect.delimiter}")
    if dialect.delimiter != "," and not (dialect.delimiter == "\t" and suffix in (".tsv", ".tab")):
        yield make_finding("delimiter", delimiter={"\t": "TAB"}.get(dialect.delimiter, dialect.delimiter))


def _layout_findings(edges: Edges, *, names: ColumnNames) -> Iterator[Finding]:
    for row in edges.titles:
        yield make_finding("title", line=row.line, words=shorten(_text_of(row)))
    for row in edges.footnotes:
        if _text_of(row):
            yield make_finding("footnote", line=row.line, words=shorten(_text_of(row)))
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


def _row_findings(check: Check, *, edges: Edges, unit: str | None) -> Iterator[Finding]:
    blank = check.blank + sum(not _text_of(row) for row in edges.footnotes)
    if blank:
        yield make_finding("blank-lines", count=blank)
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
