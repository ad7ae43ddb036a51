"""Read tables of the US Geological Survey (RDB): comments, names, widths and types of columns, rows between tabs.

The form is described at https://waterdata.usgs.gov/nwis/?tab_delimited_format_info.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .._adding.raw_tables import RawRow, RawTable
from ..errors import N_
from .source_file import MAX_COLUMNS, SourceFile

_MAX_LINE = 16 << 20  # characters of one row
_WIDTH = re.compile(r"^\d+[snd]$")  # 5s: at most five characters of text


def is_widths(cells: list[str]) -> bool:
    """Say whether a line is the one below the names, such as 5s, 15s, 20d."""
    return bool(cells) and all(_WIDTH.match(cell) for cell in cells)


def read_rdb(file: SourceFile, *, encoding: str = "utf-8") -> RawTable:
    """Return the table; where there are several, they must have the same columns."""
    header = _read_names(file, encoding=encoding)
    return RawTable(
        name="",
        read_rows=lambda: _rows(file, encoding=encoding, header=header),
        header=tuple(header),
        source={"format": "rdb", "encoding": encoding},
    )


def read_comments(file: SourceFile, *, encoding: str) -> Iterator[tuple[int, str]]:
    """Yield the comments, which say what the columns mean, with their lines."""
    for number, line in _lines(file, encoding=encoding):
        if line.startswith("#"):
            yield number, line.strip("# \t")


def _read_names(file: SourceFile, *, encoding: str) -> list[str]:
    lines = (line for _, line in _lines(file, encoding=encoding) if line and not line.startswith("#"))
    names, widths = next(lines, "").split("\t"), next(lines, "").split("\t")
    if not is_widths(widths) or len(widths) != len(names) or len(names) > MAX_COLUMNS:
        raise file.refuse(form="rdb", reason=N_("below the names there is no line with a width for each of them"))
    return names


def _rows(file: SourceFile, *, encoding: str, header: list[str]) -> Iterator[RawRow]:
    lines = ((number, line) for number, line in _lines(file, encoding=encoding) if line and not line.startswith("#"))
    for number, line in lines:
        cells = line.split("\t")
        if cells == header:
            widths = next(lines, (0, ""))[1].split("\t")
            if is_widths(widths):
                continue
            raise file.refuse_line(number, reason=N_("below the names there is no line with a width for each of them"))
        yield RawRow(number, tuple(cells))


def _lines(file: SourceFile, *, encoding: str) -> Iterator[tuple[int, str]]:
    number = 0
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    try:
        with file.path.open(encoding=codec) as text:
            while line := text.readline(_MAX_LINE):
                number += 1
                yield number, line.rstrip("\n")
    except (UnicodeError, LookupError) as error:
        raise file.refuse_line(number + 1, reason=error) from error
