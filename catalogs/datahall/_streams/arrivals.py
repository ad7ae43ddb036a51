"""What has arrived and is in no version yet: ``<dataset>/arriving/data.parquet``, which each round replaces whole.

The file itself says from where to go on, so rows and position cannot disagree, whenever the machine stops.
``state.json`` beside it is for people: when the feed was last asked, and what was wrong. What could not be read lies
outside of the store, which everybody's sandbox sees: in ``DATAHALL_HOME/refused``.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._disk import sync
from ..store import ARRIVING
from .records import Refused

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

DATA, STATE = "data.parquet", "state.json"
MARK = b"datahall.stream"
COUNTS = ("received", "doubled", "corrected", "late", "refused")
LARGEST_REFUSED = 1_000_000  # bytes; then the file makes room, and the one that did so before is removed
MOST_KEPT = 500  # of the records that one round could not read; the others are counted
GROUP_ROWS = 1 << 16  # in Parquet; whoever reads the newest reads the last of them


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
    """Return what waits in the dataset's `folder`, in the columns of `schema`, whatever the card was before.

    Where the feed is read otherwise than before (`recipe`) it is asked from its start again; what has come stays.
    """
    import polars as pl
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = pl.DataFrame(schema.empty_table()).schema
    try:
        table = pq.ParquetFile(folder / ARRIVING / DATA).read()
        notes = json.loads((table.schema.metadata or {})[MARK])
        frame = carry_over(pl.DataFrame(table).lazy(), types=types)
        if frame is not None:
            position = notes["position"] if notes["recipe"] == recipe else {}
            return Arrivals(frame.collect(), recipe, position, notes["closed"], notes["counts"])
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException, pl.exceptions.PolarsError):
        pass  # damaged, or of other types: what the feed still has is asked for again
    return Arrivals(pl.DataFrame(schema.empty_table()), recipe)


def scan_waiting(folder: Path, *, types: pl.Schema, rows: int) -> pl.DataFrame:
    """Return the newest rows that wait in the dataset's `folder`, of which only the end is read."""
    import polars as pl

    try:
        newest = carry_over(pl.scan_parquet(folder / ARRIVING / DATA).tail(rows), types=types)
        return newest.collect() if newest is not None else pl.DataFrame(schema=types)
    except (OSError, pl.exceptions.PolarsError):
        return pl.DataFrame(schema=types)  # nothing has arrived, or the file is damaged


def carry_over(rows: pl.LazyFrame, *, types: pl.Schema) -> pl.LazyFrame | None:
    """Return rows that were made by another card in the columns of today's; None where they have no such column.

    A column that is new is empty in them. Whether values can be had in another type shows when they are collected.
    """
    import polars as pl

    names = rows.collect_schema().names()
    if not set(names) & set(types):
        return None
    columns = [
        pl.col(name).cast(kind) if name in names else pl.lit(None, dtype=kind).alias(name)
        for name, kind in types.items()
    ]
    return rows.select(columns)


def save_arrivals(folder: Path, arrivals: Arrivals, *, schema: pa.Schema) -> None:
    """Put `arrivals` in the place of those before, in one step that survives a power cut."""
    import pyarrow.parquet as pq

    notes = {name: getattr(arrivals, name) for name in ("recipe", "position", "closed", "counts")}
    marked = schema.with_metadata({MARK: json.dumps(notes).encode()})
    draft = folder / ARRIVING / ".data.part"
    pq.write_table(
        arrivals.frame.to_arrow().cast(schema).cast(marked), draft, compression="zstd", row_group_size=GROUP_ROWS
    )
    sync(draft)
    draft.replace(folder / ARRIVING / DATA)
    sync(folder / ARRIVING)


def save_state(folder: Path, state: Mapping[str, Any]) -> None:
    """Note how the last round went, for whoever looks; of two at the same time the last one's note stands."""
    draft = folder / ARRIVING / f".state-{secrets.token_hex(4)}.part"
    draft.write_text(json.dumps(state, ensure_ascii=False, indent=1) + "\n")
    draft.replace(folder / ARRIVING / STATE)


def load_state(folder: Path) -> dict[str, Any]:
    """Return how the last round went; {} where there was none."""
    try:
        return dict(json.loads((folder / ARRIVING / STATE).read_text()))
    except (OSError, ValueError, TypeError):
        return {}


def keep_refused(file: Path, refused: Sequence[Refused], *, now: datetime) -> None:
    """Add records that could not be read to `file`, with the reason and the time: some hundred of each round."""
    if not refused:
        return
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if file.exists() and file.stat().st_size > LARGEST_REFUSED:
        file.replace(file.with_suffix(".1.jsonl"))
    at = now.isoformat(timespec="seconds")
    with file.open("a", encoding="utf-8") as lines:
        for each in refused[:MOST_KEPT]:
            entry = {"at": at, "reason": each.reason[:1_000], "record": each.record[:1_000]}
            lines.write(json.dumps(entry, ensure_ascii=False) + "\n")
        if len(refused) > MOST_KEPT:
            lines.write(json.dumps({"at": at, "more": len(refused) - MOST_KEPT}) + "\n")
        lines.flush()
        os.fsync(lines.fileno())
