"""Raw tables: what every format's reader hands over, before anybody has said what the cells mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .findings import Finding


@dataclass(frozen=True)
class RawRow:
    """One row as it stands in the file."""

    line: int  # 1-based line or row of the file (element number where there are no lines)
    cells: tuple[object, ...]  # str, int, float, bool, date, datetime, None; nested values as JSON text


@dataclass(frozen=True)
class RawTable:
    """One table as a file holds it, before anybody has said what its cells mean."""

    name: str  # sheet, layer, member of an archive; "" where there is only one
    read_rows: Callable[[], Iterator[RawRow]]  # may be called again; streams
    header: (
        tuple[str, ...] | None
    )  # names that the format itself states (JSON keys); None: a header line is to be found
    source: dict[
        str, object
    ]  # what a card's source needs to read this table again: {"format": "xlsx", "sheet": "2023"}
    findings: tuple[Finding, ...] = ()  # what the format's reader noticed
