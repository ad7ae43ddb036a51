"""Text tables: from a text file to the parts of its tables, by a bounded look at its head and its tail."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from .._formats.source_file import SourceFile
from .._text_files import Utf8Stream
from ..errors import N_, UnreadableSource
from .delimiters import Dialect, find_dialect
from .encodings import Encoding
from .raw_tables import RawRow
from .stacked_tables import drop_repeated_headers, split_tables
from .table_edges import Edges, find_edges

HEAD_BYTES = 1 << 20
HEAD_ROWS = 1_000
MOST_FOOTER = 1_000  # lines below a table that a card can pass over
TAIL_BYTES = 1 << 16
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$")


@dataclass(frozen=True)
class TextParts:
    """A text file's table: how it is written, where it lies, and rows from its beginning and end."""

    dialect: Dialect
    edges: Edges
    sample: tuple[RawRow, ...]  # data rows
    has_data: bool
    skip_rows: int
    skip_footer: int
    repeated: tuple[str, ...] = ()  # names of the columns, where rows hold them again


def find_parts(file: SourceFile, *, encoding: Encoding, has_plain_quotes: bool = False) -> list[TextParts]:
    """Return the parts of the table in a text file; of several, where a small one has them one below the other.

    `has_plain_quotes` says that quotes keep nothing together, whatever they look like.
    """
    errors = "backslashreplace" if encoding.broken_lines else "strict"
    with Utf8Stream(file.path, encoding=encoding.name, errors=errors) as stream:
        text, is_all = _read_head(stream)
    if not is_all and "\n" not in text and "\r" not in text:
        raise UnreadableSource(
            N_("{file} has a row longer than {limit} bytes."), code="too-long-row", file=file.name, limit=HEAD_BYTES
        )
    dialect = find_dialect(text)
    dialect = replace(dialect, quote=None) if has_plain_quotes else dialect
    head, is_whole = _head_rows(text, dialect=dialect)
    is_whole = is_whole and is_all
    if dialect.names_itself:
        head = head[1:]
    if is_whole:
        tables = split_tables(head) if encoding.lines <= MOST_FOOTER else [head]
        ends = [table[0].line for table in tables[1:]] + [encoding.lines + 1]
        return [
            _describe_whole(rows, dialect=dialect, end=end, lines=encoding.lines)
            for rows, end in zip(tables or [[]], ends, strict=True)
        ]
    head, repeated = drop_repeated_headers(head)
    tail = _tail_rows(file.path, encoding=encoding, dialect=dialect)
    edges = find_edges(head, tail, next_line=1 + len(_LINE.findall(text)))
    end = edges.footnotes[0].line if edges.footnotes else encoding.lines + 1
    data = [row for row in head[edges.first_data :] if row.line < end]
    data += [row for row in tail if row.line < end and len(row.cells) == edges.width]
    return [
        TextParts(
            dialect=dialect,
            edges=edges,
            sample=tuple(data),
            has_data=True,
            skip_rows=edges.first_line - 1,
            skip_footer=encoding.lines - end + 1,
            repeated=repeated if repeated == edges.names else (),
        )
    ]


def _describe_whole(rows: Sequence[RawRow], *, dialect: Dialect, end: int, lines: int) -> TextParts:
    """Return the parts of a table of which all rows are at hand; `end` is the line below it, of `lines` in the file."""
    rows, repeated = drop_repeated_headers(rows)
    edges = find_edges(rows, rows, next_line=end)
    end = edges.footnotes[0].line if edges.footnotes else end
    data = tuple(row for row in rows[edges.first_data :] if row.line < end)
    return TextParts(
        dialect=dialect,
        edges=edges,
        sample=data,
        has_data=bool(data),
        skip_rows=edges.first_line - 1,
        skip_footer=lines - end + 1,
        repeated=repeated if repeated == edges.names else (),
    )


def _read_head(stream: Utf8Stream) -> tuple[str, bool]:
    """Return the whole lines at the beginning, and whether that is the whole text."""
    content = b""
    while len(content) < HEAD_BYTES and (part := stream.read(HEAD_BYTES)):
        content += part
    is_whole = len(content) <= HEAD_BYTES and not stream.read(1)
    if not is_whole:
        end = max(content.rfind(b"\n", 0, HEAD_BYTES), content.rfind(b"\r", 0, HEAD_BYTES))
        content = content[: end + 1] if end > 0 else content[:HEAD_BYTES]
    return content.decode("utf-8", "replace"), is_whole


def _head_rows(text: str, *, dialect: Dialect) -> tuple[list[RawRow], bool]:
    """Return the first rows, and whether there are no others in `text`."""
    rows = list(islice(_rows(text, dialect=dialect), HEAD_ROWS + 1))
    return rows[:HEAD_ROWS], len(rows) <= HEAD_ROWS


def _rows(text: str, *, dialect: Dialect, first_line: int = 1) -> Iterator[RawRow]:
    """Yield the rows of `text` with the line on which each begins."""
    reader = dialect.read(io.StringIO(text, newline=""))
    begin = first_line
    for cells in reader:
        yield RawRow(begin, tuple(cells))
        begin = first_line + reader.line_num


def _tail_rows(path: Path, *, encoding: Encoding, dialect: Dialect) -> Sequence[RawRow]:
    """Return the last rows of a large file; none where they cannot be told from a quoted value's lines."""
    size = path.stat().st_size
    unit = 4 if "32" in encoding.name else 2 if "16" in encoding.name else 1
    with path.open("rb") as file:
        mark = file.read(4)
        begin = max(0, size - TAIL_BYTES) // unit * unit
        file.seek(begin)
        raw = file.read()
    name = encoding.name
    if name in ("utf-16", "utf-32"):  # without its mark the tail does not say which byte comes first
        name += "-le" if mark.startswith(b"\xff\xfe") else "-be"
    text = raw.decode(name, "backslashreplace")
    whole = _LINE.findall(text)[1 if begin else 0 :]
    text, lines = "".join(whole), len(whole)
    rows = list(_rows(text, dialect=dialect, first_line=encoding.lines - lines + 1))
    lengths = [len(row.cells) for row in rows]
    usual = max(lengths, key=lengths.count, default=0)
    return rows if lengths.count(usual) > 0.5 * len(rows) else ()


def column_values(rows: Sequence[RawRow], *, column: int, most: int = 400) -> list[str]:
    """Return a column's texts in the sample, empty ones left out."""
    cells = (str(row.cells[column]) for row in rows if column < len(row.cells) and row.cells[column] is not None)
    return list(islice((cell for cell in cells if cell.strip()), most))
