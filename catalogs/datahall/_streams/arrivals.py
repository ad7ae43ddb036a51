"""What has arrived and is in no version yet: ``<dataset>/arriving/data.parquet``, which each round replaces whole.

The file itself says from where to go on, so rows and position cannot disagree, whenever the machine stops.
``state.json`` beside it is for people: when the feed was last asked, and what was wrong. ``refused.jsonl`` holds what
could not be read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..store import ARRIVING
from .records import Refused

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

DATA, STATE, REFUSED = "data.parquet", "state.json", "refused.jsonl"
MARK = b"datahall.stream"
COUNTS = ("received", "doubled", "corrected", "late", "refused")
LARGEST_REFUSED = 1_000_000  # bytes; then the file becomes refused.1.jsonl, in place of the one before


@dataclass(frozen=True)
class Arrivals:
    """Rows that are in no version yet, and where their feed stands.

    Attributes
    ----------
    frame : pl.DataFrame
        In order of time and key.
    recipe : str
        Of the card by which they were read.
    position : mapping
        From where the feed is asked next.
    closed : str or None
        The last day, ISO 8601, that has its version.
    counts : mapping
        Records since the stream began: received, doubled, corrected, late and refused.
    """

    frame: pl.DataFrame
    recipe: str
    position: Mapping[str, Any] = field(default_factory=dict)
    closed: str | None = None
    counts: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))

    def count(self, **more: int) -> Arrivals:
        """Return the same with so many more of each."""
        return replace(self, counts={name: self.counts.get(name, 0) + more.get(name, 0) for name in COUNTS})


def load_arrivals(folder: Path, *, recipe: str, schema: pa.Schema) -> Arrivals:
    """Return what waits in the dataset's `folder`; nothing where there is none, or the card has changed since."""
    import polars as pl
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(folder / ARRIVING / DATA).read()
        notes = json.loads((table.schema.metadata or {})[MARK])
        if notes["recipe"] == recipe:
            frame = pl.DataFrame(table.cast(schema))
            return Arrivals(frame, recipe, notes["position"], notes["closed"], notes["counts"])
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
        pass  # damaged: what the feed still has is asked for again
    return Arrivals(pl.DataFrame(schema.empty_table()), recipe)


def save_arrivals(folder: Path, arrivals: Arrivals, *, schema: pa.Schema) -> None:
    """Put `arrivals` in the place of those before, in one step that survives a power cut."""
    import pyarrow.parquet as pq

    notes = {name: getattr(arrivals, name) for name in ("recipe", "position", "closed", "counts")}
    marked = schema.with_metadata({MARK: json.dumps(notes).encode()})
    draft = folder / ARRIVING / ".data.part"
    pq.write_table(arrivals.frame.to_arrow().cast(schema).cast(marked), draft, compression="zstd")
    _sync(draft)
    draft.replace(folder / ARRIVING / DATA)
    _sync(folder / ARRIVING)


def save_state(folder: Path, state: Mapping[str, Any]) -> None:
    """Note how the last round went, for whoever looks."""
    draft = folder / ARRIVING / ".state.part"
    draft.write_text(json.dumps(state, ensure_ascii=False, indent=1) + "\n")
    draft.replace(folder / ARRIVING / STATE)


def load_state(folder: Path) -> dict[str, Any]:
    """Return how the last round went; {} where there was none."""
    try:
        return dict(json.loads((folder / ARRIVING / STATE).read_text()))
    except (OSError, ValueError, TypeError):
        return {}


def keep_refused(folder: Path, refused: Sequence[Refused], *, now: datetime) -> None:
    """Add records that could not be read to the file that holds them, with the reason and the time."""
    if not refused:
        return
    file = folder / ARRIVING / REFUSED
    if file.exists() and file.stat().st_size > LARGEST_REFUSED:
        file.replace(file.with_name("refused.1.jsonl"))
    at = now.isoformat(timespec="seconds")
    with file.open("a", encoding="utf-8") as lines:
        for each in refused:
            entry = {"at": at, "reason": each.reason, "record": each.record[:10_000]}
            lines.write(json.dumps(entry, ensure_ascii=False) + "\n")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
