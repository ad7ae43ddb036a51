"""One round of following a feed: ask what is new, set it in its place, make the version of a day that has passed."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from .. import store
from .._cards import LoadedCard
from .._sources import arrow_schema, recipe_of, resolve_inside
from ..errors import DatahallError
from .arrivals import Arrivals, keep_refused, load_arrivals, load_state, save_arrivals, save_state
from .feeds import ask_feed
from .merging import add_to_version, merge_news
from .records import day_of, read_records, set_apart

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

SETTLE = timedelta(minutes=10)  # after midnight, for what is under way; what comes later goes into the next version
ROUND = 30.0  # seconds that a round may take to catch up
ROWS_AT_ONCE = 1 << 17
MANY = 2_000_000  # rows that wait; while a long history is taken in, a version is made of them before its end


@dataclass(frozen=True)
class Followed:
    """How a round went: the newest version; the records that came; whether more is there; how many were not read."""

    version: str | None
    received: int
    has_more: bool
    refused: int = 0


def follow(loaded: LoadedCard, *, now: datetime | None = None) -> Followed:
    """Take in what the dataset's feed has, and make the version of the last day that has passed.

    The first version is made of all that is there. A record that comes late, twice or corrected is set right where it
    is known: in what waits, or in the next version.

    Parameters
    ----------
    loaded : LoadedCard
        Of a dataset whose source is a stream.
    now : datetime, optional
        With an offset; default: this moment.

    Raises
    ------
    SourceFailed, UnreadableSource, StoreFailed
        Nothing is lost: the next round goes on from the same place. `live.StreamState` says what was wrong.
    """
    now = now or datetime.now(UTC)
    folder = store.dataset_folder(loaded.id)
    with store.store_errors(folder), store.lock(folder):
        store.require_open(store.find_card(loaded.id))  # it may have been withdrawn while somebody else held the lock
        (folder / store.ARRIVING).mkdir(exist_ok=True)
        try:
            followed, arrivals = _Round(loaded, folder=folder, now=now).run()
        except DatahallError as error:
            words = {language: error.message(language) for language in ("en", "zh")}
            save_state(folder, {**load_state(folder), "asked": _stamp(now), "error": {"code": error.code, **words}})
            raise
        before = load_state(folder)
        received = _stamp(now) if followed.received else before.get("received")
        state = {"asked": _stamp(now), "answered": _stamp(now), "received": received, "error": None}
        save_state(folder, {**state, "waiting": arrivals.frame.height, "counts": dict(arrivals.counts)})
        return followed


class _Round:
    """What one round needs, read once."""

    def __init__(self, loaded: LoadedCard, *, folder: Path, now: datetime) -> None:
        card = loaded.card
        assert card.stream is not None
        self._loaded, self._card, self._stream = loaded, card, card.stream
        self._folder, self._now = folder, now
        self._recipe = recipe_of(loaded)
        self._schema = arrow_schema(card)
        self._closed = (now - SETTLE).astimezone(ZoneInfo(self._stream.timezone)).date() - timedelta(days=1)
        path = self._stream.path
        self._file = resolve_inside(loaded.root, path) if path is not None else None

    def run(self) -> tuple[Followed, Arrivals]:
        arrivals = load_arrivals(self._folder, recipe=self._recipe, schema=self._schema)
        deadline = time.monotonic() + ROUND
        received, has_more, refused = 0, True, arrivals.counts.get("refused", 0)
        while has_more and time.monotonic() < deadline and arrivals.frame.height < MANY:
            arrivals, rows, has_more = self._take_in(arrivals)
            received += rows
        if self._is_due(arrivals, is_caught_up=not has_more):
            arrivals = self._make_version(arrivals)
        refused = arrivals.counts.get("refused", 0) - refused
        return Followed(self._find_version(), received, has_more, refused), arrivals

    def _take_in(self, arrivals: Arrivals) -> tuple[Arrivals, int, bool]:
        """Return `arrivals` with the next news, which is kept already; its number of records; whether more is there."""
        news = ask_feed(self._card.sources[0], file=self._file, position=arrivals.position, now=self._now)
        if news is None:
            return arrivals, 0, False
        room = Path(tempfile.mkdtemp(dir=self._folder, prefix=".incoming-"))
        try:
            frame, unreadable = read_records(news, card=self._card, folder=room)
        finally:
            shutil.rmtree(room, ignore_errors=True)
        rows, unfit = set_apart(frame, card=self._card, now=self._now, since=self._first_day())
        merged = merge_news(
            rows.cast(dict(arrivals.frame.schema)),  # type: ignore[arg-type]  # names to types, as polars takes them
            waiting=arrivals.frame,
            versioned=self._scan_version(),
            key=self._card.primary_key,
            time=self._stream.time,
        )
        refused = [*unreadable, *unfit]
        late = self._count_late(rows, closed=arrivals.closed)
        total = frame.height + len(unreadable)
        arrivals = replace(arrivals, frame=merged.frame, position=dict(news.position)).count(
            received=total, doubled=merged.doubled, corrected=merged.corrected, late=late, refused=len(refused)
        )
        save_arrivals(self._folder, arrivals, schema=self._schema)
        keep_refused(self._folder, refused, now=self._now)
        return arrivals, total, news.has_more

    def _is_due(self, arrivals: Arrivals, *, is_caught_up: bool) -> bool:
        if not arrivals.frame.height:
            return False
        if arrivals.frame.height >= MANY:
            return True
        is_open = arrivals.closed is None or arrivals.closed < self._closed.isoformat()
        return is_open and is_caught_up and (self._find_version() is None or self._ready(arrivals.frame).height > 0)

    def _make_version(self, arrivals: Arrivals) -> Arrivals:
        """Return `arrivals` without what is now in a version: the rows of passed days, or all at the beginning."""
        ready = self._ready(arrivals.frame)
        part = ready if ready.height else arrivals.frame
        version = self._scan_version()
        before = version.collect() if version is not None else None
        whole = add_to_version(before, part, key=self._card.primary_key, time=self._stream.time)
        first = self._first_day()
        whole = whole.filter(day_of(whole, card=self._card) >= first) if first else whole
        last = whole.select(day_of(whole, card=self._card).max()).item()
        sources = [{"source": self._stream.name, "until": _stamp(self._now), **arrivals.counts}]
        store.add_version(
            self._loaded,
            read=lambda _scratch: (self._as_tables(whole), sources),
            recipe=self._recipe,
            day=last.isoformat(),
        )
        rest = arrivals.frame.join(part, on=list(self._card.primary_key), how="anti")
        arrivals = replace(arrivals, frame=rest, closed=self._closed.isoformat())
        save_arrivals(self._folder, arrivals, schema=self._schema)
        return arrivals

    def _as_tables(self, frame: pl.DataFrame) -> Generator[pa.Table]:
        for part in frame.iter_slices(ROWS_AT_ONCE):
            yield part.to_arrow().cast(self._schema)

    def _ready(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.filter(day_of(frame, card=self._card) <= self._closed)

    def _count_late(self, rows: pl.DataFrame, *, closed: str | None) -> int:
        if closed is None:
            return 0
        return int(rows.select((day_of(rows, card=self._card) <= date.fromisoformat(closed)).sum()).item())

    def _first_day(self) -> date | None:
        days = self._stream.days
        return self._closed + timedelta(days=1) - timedelta(days=days) if days is not None else None

    def _find_version(self) -> str | None:
        """Return the newest version that is made by the card as it is now."""
        return store.find_latest(self._loaded.id) if store.is_current(self._loaded.id) else None

    def _scan_version(self) -> pl.LazyFrame | None:
        import polars as pl

        version = self._find_version()
        if version is None:
            return None
        types = pl.DataFrame(self._schema.empty_table()).schema
        return pl.scan_parquet(list(store.parquet_paths(self._loaded.id, version))).cast(dict(types))  # type: ignore[arg-type]


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
