"""Which records a portal no longer has: they stay, but search does not find them. The store is only read."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date

from .._entries.entry import Texts
from .record_store import RecordStore
from .records_file import reading

# The inner question reads the index alone: a portal may have lost a hundred thousand.
_SOME = """
    SELECT id, missing_since, content FROM records WHERE number IN (
        SELECT r.number FROM records r JOIN sources s ON s.number = r.source
        WHERE s.name = ? AND missing_since IS NOT NULL ORDER BY missing_since DESC, r.number LIMIT ? OFFSET ?)
    ORDER BY missing_since DESC, number"""
_HOW_MANY = """
    SELECT count(*) FROM records r JOIN sources s ON s.number = r.source
    WHERE s.name = ? AND missing_since IS NOT NULL"""


@dataclass(frozen=True, slots=True)
class MissingRecord:
    """A record that its portal had once, with its title and the languages that it says to be in."""

    id: str
    title: Texts
    languages: tuple[str, ...]
    since: date


def list_missing(source: str, *, start: int, rows: int, store: RecordStore | None = None) -> list[MissingRecord]:
    """Return those of one portal that went last, from the one at `start` on."""
    from pydantic_core import from_json

    with reading((store or RecordStore()).file) as connection:
        found = connection.execute(_SOME, [source, rows, start]).fetchall() if connection else []
    told = ((id, since, from_json(zlib.decompress(content))) for id, since, content in found)
    return [
        MissingRecord(id, said.get("title", {}), tuple(said.get("languages", ())), date.fromisoformat(since))
        for id, since, said in told
    ]


def count_missing(source: str, *, store: RecordStore | None = None) -> int:
    """Return how many there are of one portal."""
    with reading((store or RecordStore()).file) as connection:
        if connection is None:
            return 0
        return int(connection.execute(_HOW_MANY, [source]).fetchone()[0])
