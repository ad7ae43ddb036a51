"""Harvested records for a list of many, as the JSON that is kept: one is unpacked when it is looked at, never all."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .kept_connections import reading_often
from .record_store import SOME, RawRecord
from .records_file import find_file, reading

_AT_ONCE = 1_000  # records that are held packed
_MOST_IDS = 500  # of one question; SQLite takes 999 values
_COLUMNS = "r.id, s.name, r.missing_since, r.change, r.content FROM records r JOIN sources s ON s.number = r.source"


def take_raw(*, start: int, rows: int) -> Iterator[RawRecord]:
    """Yield the records that `RecordStore.take` does, without cards."""
    question = f"SELECT {_COLUMNS} WHERE r.number IN ({SOME}) ORDER BY r.source, r.page, r.number"
    for first in range(start, start + rows, _AT_ONCE):
        with reading(find_file()) as connection:
            some = [min(_AT_ONCE, start + rows - first), first]
            packed = connection.execute(question, some).fetchall() if connection else []
        yield from map(_unpack, packed)


def get_raw(ids: Iterable[str], *, file: Path) -> Iterator[RawRecord]:
    """Yield the records with these ids that there are, in no order and without cards."""
    wanted = list(dict.fromkeys(ids))
    packed: list[tuple[Any, ...]] = []
    with reading_often(file) as connection:
        for start in range(0, len(wanted) if connection else 0, _MOST_IDS):
            some = wanted[start : start + _MOST_IDS]
            assert connection is not None
            packed += connection.execute(f"SELECT {_COLUMNS} WHERE r.id IN ({', '.join('?' * len(some))})", some)
    return map(_unpack, packed)


def _unpack(row: tuple[Any, ...]) -> RawRecord:
    from pydantic_core import from_json

    id, source, missing_since, change, content = row
    return RawRecord(
        id, source, missing_since, change, from_json(zlib.decompress(content), cache_strings="keys"), card=None
    )
