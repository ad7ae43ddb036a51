"""Read the entries of calendars (iCalendar, RFC 5545): one row for each event, one column for each property.

A parameter has a column of its own (``DTSTART;TZID``); times are as written there, dates and moments typed.
What occurs several times in one entry, and what is nested in it, is JSON text.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from .._adding.raw_tables import RawRow, RawTable
from ..errors import N_
from .source_file import MAX_COLUMNS, SourceFile

KINDS = ("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY")
_MAX_ENTRY = 1 << 20  # characters of one entry
_MOMENT = re.compile(r"^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$")
_TEXTS = frozenset(  # eight digits in them are no date
    ["SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT", "CONTACT", "UID", "RELATED-TO", "CATEGORIES", "RESOURCES"]
)

Entry = dict[str, Any]


def count_entries(file: SourceFile, *, encoding: str = "utf-8") -> dict[str, int]:
    """Return how many entries of each kind the calendar has; kinds that do not occur are left out."""
    counts = Counter(kind for _, kind, _ in _read_entries(file, encoding=encoding, kinds=KINDS))
    return {kind: counts[kind] for kind in KINDS if counts[kind]}


def read_entries(file: SourceFile, *, kind: str | None = None, encoding: str = "utf-8") -> RawTable:
    """Return the entries of one kind; events, where none is named."""
    wanted = kind or "VEVENT"
    header: dict[str, None] = {}
    for _, _, entry in _read_entries(file, encoding=encoding, kinds=(wanted,)):
        header.update(dict.fromkeys(entry))
        if len(header) > MAX_COLUMNS:
            raise file.refuse(form="ics", reason=N_("it has more columns than a table may have"))
    return RawTable(
        name=wanted,
        read_rows=lambda: (
            RawRow(line, tuple(entry.get(name) for name in header))
            for line, _, entry in _read_entries(file, encoding=encoding, kinds=(wanted,))
        ),
        header=tuple(header),
        source={"format": "ics", "table": wanted},
    )


def _read_entries(file: SourceFile, *, encoding: str, kinds: tuple[str, ...]) -> Iterator[tuple[int, str, Entry]]:
    """Yield the entries of some kinds with the lines on which they begin."""
    path: list[str] = []
    start, size, lines = 0, 0, list[str]()
    for number, line in _read_lines(file, encoding=encoding):
        tag, _, name = line.partition(":")
        if tag.upper() == "BEGIN":
            path.append(name.strip().upper())
            if len(path) == 2:  # an entry of the calendar itself
                start, size, lines = number, 0, []
                continue
        if tag.upper() == "END":
            if not path or path.pop() != name.strip().upper():
                raise file.refuse_line(number, reason=N_("this END belongs to no BEGIN"))
            if len(path) == 1:
                kind = name.strip().upper()
                if kind in kinds:
                    yield start, kind, _read_entry(lines, file=file, line=start)
                continue
        if len(path) > 1:
            size += len(line)
            if size > _MAX_ENTRY:
                raise file.refuse_line(start, reason=N_("this entry is longer than a megabyte"))
            lines.append(line)
    if path or not start:
        reason = N_("it ends within an entry") if path else N_("it has no entries")
        raise file.refuse(form="ics", reason=reason)


def _read_entry(lines: list[str], *, file: SourceFile, line: int) -> Entry:
    from icalendar.parser import Contentline

    values: dict[str, list[Any]] = {}
    nested: list[str] = []
    depth = 0
    for text in lines:
        depth += text.upper().startswith("BEGIN:")
        if depth:
            nested.append(text)
            depth -= text.upper().startswith("END:")
            continue
        try:
            name, parameters, value = Contentline(text).parts()
        except ValueError as error:
            raise file.refuse_line(line, reason=error) from error
        name = name.upper()
        values.setdefault(name, []).append(_typed(name, value))
        for key, parameter in parameters.items():
            if key.upper() != "VALUE":
                values.setdefault(f"{name};{key.upper()}", []).append(_joined(parameter))
    entry = {name: found[0] if len(found) == 1 else _as_json(found) for name, found in values.items()}
    return {**entry, "nested": "\n".join(nested)} if nested else entry


def _typed(name: str, value: str) -> Any:
    """Return a date or moment as such, and other values as they are written."""
    found = _MOMENT.match(value)
    if found and name not in _TEXTS:
        try:
            return _moment(found)
        except ValueError:
            return value
    return value


def _moment(found: re.Match[str]) -> date | datetime:
    year, month, day, hour, minute, second, zone = found.groups()
    if hour is None:
        return date(int(year), int(month), int(day))
    moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second))
    return moment.replace(tzinfo=UTC) if zone else moment


def _joined(parameter: Any) -> str:
    return ",".join(parameter) if isinstance(parameter, (list, tuple)) else str(parameter)


def _as_json(values: list[Any]) -> str:
    return json.dumps([v.isoformat() if isinstance(v, date) else v for v in values], ensure_ascii=False)


def _read_lines(file: SourceFile, *, encoding: str) -> Iterator[tuple[int, str]]:
    """Yield content lines, unfolded (a line that begins with a blank continues the one before it)."""
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    start, held, number = 0, "", 0
    try:
        with file.path.open(encoding=codec) as text:
            while line := text.readline(_MAX_ENTRY):
                number += 1
                line = line.rstrip("\r\n")
                if line[:1] in (" ", "\t") and len(held) <= _MAX_ENTRY:
                    held += line[1:]
                    continue
                if held.strip():
                    yield start, held
                start, held = number, line
    except (UnicodeError, LookupError) as error:
        raise file.refuse_line(number + 1, reason=error) from error
    if held.strip():
        yield start, held
