"""How far a harvest has come, read from what it has kept so far."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .outcomes import read_outcome
from .records_file import find_file, reading

_PAGES = (
    "SELECT count(*), max(p.number) FROM pages p JOIN sources s ON s.number = p.source AND p.run = s.run"
    " WHERE s.name = ?"
)
_RECORDS = (
    "SELECT count(*) FROM records WHERE missing_since IS NULL AND page IN"
    " (SELECT p.number FROM pages p JOIN sources s ON s.number = p.source AND p.run = s.run WHERE s.name = ?)"
)


@dataclass(frozen=True)
class HarvestProgress:
    """What a harvest has read: pages, the records on them, and how many the portal says that it has."""

    pages: int
    records: int
    total: int | None


def find_progress(name: str, *, file: Path | None = None) -> HarvestProgress | None:
    """Return how far the newest harvest of a source has come; None where nothing of it has been kept yet."""
    with reading(file or find_file()) as connection:
        if connection is None:
            return None
        pages, newest = connection.execute(_PAGES, [name]).fetchone()
        if not pages:
            return None
        records = connection.execute(_RECORDS, [name]).fetchone()[0]
        outcome = connection.execute("SELECT outcome FROM pages WHERE number = ?", [newest]).fetchone()[0]
    return HarvestProgress(pages, records, read_outcome(outcome).total)
