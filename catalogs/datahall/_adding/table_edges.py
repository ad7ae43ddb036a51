"""Table edges: tell titles, header rows, data rows, footnotes and blank lines of a table apart.

Pure: some rows from the head and from the tail of a table in, a description of its edges out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from .raw_tables import RawRow
from .value_marks import is_missing, looks_numeric

_NOTE_WORDS = re.compile(
    r"^\s*([*†‡©¹²³]|\(?\d\)|#|(note|notes|source|sources|remark|data|copyright|updated|quelle|fuente|nota|fonte|märkus)"
    r"s?\s*[:：.]|注|註|说明|說明|备注|備註|资料来源|資料來源|数据来源|數據來源|来源|來源|单位|單位)",
    re.IGNORECASE,
)
YEAR = re.compile(r"(?:1[89]|20)\d\d(?:年|年度)?")
_NAME_WORDS = re.compile(
    r"(名称|名稱|姓名|名字|编号|編號|代码|代碼|日期|地址|电话|類型|类型|name|code|address)$", re.IGNORECASE
)
_MOST_HEADER_ROWS = 4
_MOST_FOOTNOTES = 500  # lines; more of them are a table of their own, and are kept as rows
_LONGEST_NAME = 1_000  # characters; what is longer is no name, but a quote that was never closed
_SHORT = 60  # characters of what may be a column's name within a spanning header


@dataclass(frozen=True)
class Edges:
    """Where a table's parts lie; lines count from 1."""

    names: tuple[str, ...]
    has_header: bool
    titles: tuple[RawRow, ...]
    header: tuple[RawRow, ...]
    begin: int  # line on which anything begins, a title or a name
    first_data: int  # index of the first data row among the head's rows
    first_line: int  # line on which the data begins
    footnotes: tuple[RawRow, ...]  # below the table, blank ones included
    width: int


def find_edges(
    head: Sequence[RawRow], tail: Sequence[RawRow], *, next_line: int, has_trimmed_rows: bool = False
) -> Edges:
    """Return the edges of the table that has these rows; `next_line` is the line after the head's last.

    Where rows are trimmed, as a sheet's are, they end with their last value, and the header tells how wide they are.
    """
    width = _usual_width(head)
    begin = _find_begin(head, width=width)
    body = [row for row in head[begin:] if count_filled(row)]
    header_rows = _count_header_rows(body, width=width) if body else 0
    above = _spanning_row(head, begin=begin, width=width) if header_rows else None
    header = ([above] if above is not None else []) + body[:header_rows]
    data = body[header_rows:]
    if header and not data:  # nothing tells more than one header row from the others
        header, width = header[-1:], len(header[-1].cells)
    if has_trimmed_rows and header:
        width = max(width, *(len(row.cells) for row in header))
    first_data = head.index(data[0]) if data else len(head)
    footnotes = _find_footnotes(tail, usual=data, header=header, width=width) if data else ()
    names = _join_names(header, width=width)
    return Edges(
        names=names,
        has_header=bool(header),
        titles=tuple(row for row in head[:begin] if count_filled(row) and row is not above),
        header=tuple(header),
        begin=next((row.line for row in head if count_filled(row)), next_line),
        first_data=first_data,
        first_line=data[0].line if data else next_line,
        footnotes=footnotes,
        width=width,
    )


def _usual_width(rows: Sequence[RawRow]) -> int:
    lengths = Counter(len(row.cells) for row in rows if count_filled(row))
    return max(lengths, key=lambda length: (lengths[length], length), default=0)


def count_filled(row: RawRow) -> int:
    """Return in how many cells something stands."""
    return sum(cell is not None and str(cell).strip() != "" for cell in row.cells)


def _find_begin(rows: Sequence[RawRow], *, width: int) -> int:
    """Return the index of the header: the first row about as full as the table is."""
    usual = median([filled for row in rows if (filled := count_filled(row))] or [0])
    for index, row in enumerate(rows):
        is_comment = str(row.cells[0] if row.cells else "").startswith("#") and (width < 2 or len(row.cells) < width)
        if width < 2 and count_filled(row) and not is_comment:
            return index
        if count_filled(row) >= max(2, 0.5 * usual) and not is_comment:
            return index
    return 0


def _spanning_row(rows: Sequence[RawRow], *, begin: int, width: int) -> RawRow | None:
    """Return the row above the header whose names each span several columns (``2020,,2021,``), if there is one."""
    if begin == 0:
        return None
    row = rows[begin - 1]
    texts = [str(cell) for cell in row.cells if cell is not None and str(cell).strip()]
    is_spanning = len(row.cells) == width and len(texts) >= 2 and all(len(text) <= _SHORT for text in texts)
    return row if is_spanning and begin == 1 + sum(count_filled(row) <= 1 for row in rows[: begin - 1]) else None


def _count_header_rows(body: Sequence[RawRow], *, width: int) -> int:
    """Return how many rows at the beginning of `body` name the columns; 0 where the first row is data."""
    sample = body[min(_MOST_HEADER_ROWS, max(1, len(body) - 1)) :][:500]
    numeric = [column for column in range(width) if is_numeric_column(sample, column)]
    has_names_below = len(body) > 2 and bool(numeric) and _is_second_header(body[1], numeric=numeric)
    if not has_names_below and not _names_columns(body[0], sample=sample, numeric=numeric, width=width):
        return 0
    count = 1
    while numeric and count < min(_MOST_HEADER_ROWS, len(body) - 1) and _is_second_header(body[count], numeric=numeric):
        count += 1
    return count


def _cell(row: RawRow, column: int) -> str:
    value = row.cells[column] if column < len(row.cells) else None
    return "" if value is None else str(value).strip()


def is_numeric_column(rows: Iterable[RawRow], column: int) -> bool:
    """Say whether nearly all that stands in the column are numbers or dates in figures."""
    values = [value for row in rows if (value := _cell(row, column)) and not is_missing(value)]
    return bool(values) and sum(map(looks_numeric, values)) >= 0.9 * len(values)


def _is_second_header(row: RawRow, *, numeric: Sequence[int]) -> bool:
    values = [value for column in numeric if (value := _cell(row, column)) and not is_missing(value)]
    if _cell(row, 0).startswith("="):  # a formula is no name
        return False
    has_words = any(character.isalpha() for value in values for character in value)
    return has_words and not any(map(looks_numeric, values))


def _names_columns(row: RawRow, *, sample: Sequence[RawRow], numeric: Sequence[int], width: int) -> bool:
    """Say whether `row` is a header: text over numbers, or of another shape than the values below it."""
    if _cell(row, 0).startswith("="):  # a formula is no name
        return False
    if not sample:
        return not any(looks_numeric(_cell(row, column)) for column in range(width))
    above = [value for column in numeric if (value := _cell(row, column)) and not is_missing(value)]
    if any(not looks_numeric(value) for value in above) or _names_years(above, sample=sample, numeric=numeric):
        return True
    if above:
        return False
    shapes = [_compare_shape(row, sample=sample, column=column) for column in range(width) if column not in numeric]
    return sum(shapes) >= 0


def _names_years(above: Sequence[str], *, sample: Sequence[RawRow], numeric: Sequence[int]) -> bool:
    """Say whether `above` are years in their order, and the values below them are none."""
    if len(above) < 2 or not all(map(YEAR.fullmatch, above)):
        return False
    steps = {int(after[:4]) - int(before[:4]) for before, after in pairwise(above)}
    below = [value for row in sample for column in numeric if (value := _cell(row, column))]
    are_years = [bool(YEAR.fullmatch(value)) for value in below]
    return len(steps) == 1 and steps != {0} and sum(are_years) * 2 <= len(are_years)


def _compare_shape(row: RawRow, *, sample: Sequence[RawRow], column: int) -> int:
    """Return -1 where the cell has the shape that all values below have, 1 where it alone has another, else 0."""
    value = _cell(row, column)
    below = [text for other in sample if (text := _cell(other, column)) and not is_missing(text)]
    if not value or not below:
        return 0
    if value in below:
        return -1
    if _NAME_WORDS.search(value) and not any(map(_NAME_WORDS.search, below)):
        return 1
    lengths = Counter(map(len, below))
    length, count = lengths.most_common(1)[0]
    if length > 12 or count < 0.8 * len(below):
        return 0
    return -1 if len(value) == length else 1


def _find_footnotes(
    tail: Sequence[RawRow], *, usual: Sequence[RawRow], header: Sequence[RawRow], width: int
) -> tuple[RawRow, ...]:
    """Return the rows at the end that are no data: notes, sources, and the blank lines among them."""
    last_header = header[-1].line if header else 0
    least = min((count_filled(row) for row in usual[: max(1, len(usual) // 2)]), default=1)
    begin = len(tail)
    for index in range(len(tail) - 1, -1, -1):
        row = tail[index]
        if row.line <= last_header or row is usual[0]:
            break
        after_blank = index > 0 and not count_filled(tail[index - 1])
        if count_filled(row) and not _is_note(row, width=width, least=least, after_blank=after_blank):
            break
        begin = index
    begin = min(begin, _find_notes(tail, after=last_header, width=width))
    return tuple(tail[begin:]) if len(tail) - begin <= _MOST_FOOTNOTES else ()


def _find_notes(tail: Sequence[RawRow], *, after: int, width: int) -> int:
    """Return the index of the blank row above notes with delimiters in them: none of them is as long as a row is."""
    for index in range(len(tail) - 1, 0, -1):
        row, above = tail[index], tail[index - 1]
        if row.line <= after or len(row.cells) >= width:
            break
        if count_filled(row) and not count_filled(above):
            return index - 1 if is_note(row) and above.line > after else len(tail)
    return len(tail)


def is_note(row: RawRow) -> bool:
    """Say whether a row begins with a word or a mark of notes, sources and units."""
    return bool(_NOTE_WORDS.match(str(row.cells[0] if row.cells else "")))


def _is_note(row: RawRow, *, width: int, least: int, after_blank: bool) -> bool:
    texts = [str(cell) for cell in row.cells if cell is not None and str(cell).strip()]
    if width < 2 or all(map(looks_numeric, texts)):
        return width < 2 and after_blank and bool(_NOTE_WORDS.match(texts[0]))
    is_marked = bool(_NOTE_WORDS.match(texts[0])) and texts[0] == str(row.cells[0])
    if len(texts) == 1:
        return least > 1 or after_blank or is_marked
    return is_marked and len(row.cells) < width


def _join_names(header: Sequence[RawRow], *, width: int) -> tuple[str, ...]:
    """Return one name for each column; a name in an upper row goes on over the empty cells right of it."""
    if not header:
        return tuple("" for _ in range(width))
    rows = []
    for number, row in enumerate(header):
        names = [" ".join(_cell(row, column)[:_LONGEST_NAME].split()) for column in range(width)]
        is_last = number == len(header) - 1
        rows.append(names if is_last or all(names) else _spread(names, below=header[number + 1]))
    return tuple(" ".join(dict.fromkeys(filter(None, parts))) for parts in zip(*rows, strict=True))


def _spread(names: list[str], *, below: RawRow) -> list[str]:
    spread, last = [], ""
    for column, name in enumerate(names):
        last = name or last
        spread.append(name or (last if _cell(below, column) else ""))
    return spread
