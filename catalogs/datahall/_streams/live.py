"""For readers of data that arrives: all rows up to the newest, and how the stream stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .. import store
from .._cards import LoadedCard
from .._sources import arrow_schema
from .arrivals import carry_over, load_arrivals, load_state, scan_waiting

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class StreamState:
    """How a stream stands.

    Attributes
    ----------
    asked, answered, received : datetime or None
        When its source was last asked, when it last answered, and when it last had records.
    waiting : int
        Rows that are in no version yet; ``Dataset.live`` has them.
    counts : mapping
        Records since the stream began: received, doubled, corrected, late, refused.
    error : mapping or None
        What is wrong with the source: ``code``, and a sentence in ``en`` and ``zh``.
    """

    asked: datetime | None = None
    answered: datetime | None = None
    received: datetime | None = None
    waiting: int = 0
    counts: Mapping[str, int] | None = None
    error: Mapping[str, str] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the form that programs rely on."""
        moments = {name: getattr(self, name) for name in ("asked", "answered", "received")}
        texts = {name: moment.isoformat() if moment else None for name, moment in moments.items()}
        return texts | {"waiting": self.waiting, "counts": dict(self.counts or {}), "error": self.error}


def find_state(dataset_id: str) -> StreamState:
    """Return how the dataset's stream stands, from what the last round noted."""
    notes = load_state(store.dataset_folder(dataset_id))
    moments = {name: _moment(notes.get(name)) for name in ("asked", "answered", "received")}
    return StreamState(**moments, waiting=notes.get("waiting", 0), counts=notes.get("counts"), error=notes.get("error"))


def is_stale(loaded: LoadedCard) -> bool:
    """Say whether the source has not been asked for longer than its card says."""
    stream, asked = loaded.card.stream, find_state(loaded.id).asked
    assert stream is not None
    return asked is None or (datetime.now(UTC) - asked).total_seconds() >= stream.every


def load_waiting(loaded: LoadedCard) -> pl.DataFrame:
    """Return the rows that are in no version yet."""
    return load_arrivals(store.dataset_folder(loaded.id), recipe="", schema=arrow_schema(loaded.card)).frame


def scan_live(waiting: pl.DataFrame, version: pl.LazyFrame, *, loaded: LoadedCard) -> pl.LazyFrame:
    """Return the rows of the version with those that wait, which count where both have one key.

    What waits must have been read before the version was looked up: a day that is closed in between is then in both,
    and not in neither.
    """
    import polars as pl

    if waiting.is_empty():
        return version
    carried = carry_over(version, types=waiting.schema)
    if carried is None:
        return waiting.lazy()
    settled = carried.join(waiting.lazy(), on=list(loaded.card.primary_key), how="anti", maintain_order="left")
    return pl.concat([settled, waiting.lazy()])


def read_newest(loaded: LoadedCard, *, rows: int, version: str | None = None) -> pl.DataFrame:
    """Return the newest rows, the newest first, of `version` alone where one is named; nothing is asked for."""
    import polars as pl

    stream, key = loaded.card.stream, list(loaded.card.primary_key)
    assert stream is not None
    types = pl.DataFrame(arrow_schema(loaded.card).empty_table()).schema
    waiting = (
        pl.DataFrame(schema=types)
        if version is not None
        else scan_waiting(store.dataset_folder(loaded.id), types=types, rows=rows)
    )
    version = version or store.find_latest(loaded.id)
    parts = [waiting]
    if version is not None:
        scanned = pl.scan_parquet(list(store.parquet_paths(loaded.id, version))).tail(rows)
        settled = carry_over(scanned, types=types)
        if settled is not None:
            parts.insert(0, settled.collect().join(waiting, on=key, how="anti"))
    return pl.concat(parts).sort(stream.time, *key, descending=True).head(rows)


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
