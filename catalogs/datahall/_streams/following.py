"""One round of following a feed: ask what is new, set it in its place, make the version of a day that has passed."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from .. import store
from .._cards import LoadedCard
from .._fingerprint import type_name
from .._locations import find_home
from .._sources import arrow_schema, recipe_of, resolve_inside
from ..card import Card
from ..errors import DatahallError
from .arrivals import DATA, Arrivals, carry_over, keep_refused, load_arrivals, load_state, save_arrivals, save_state
from .feeds import News, ask_feed
from .merging import merge_news, merge_sorted
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
    try:
        followed, arrivals = _Round(loaded, folder=folder, now=now).run()
    except Exception as error:
        _note_error(folder, error, now=now)
        raise
    before = load_state(folder)
    received = _stamp(now) if followed.received else before.get("received")
    state = {"asked": _stamp(now), "answered": _stamp(now), "received": received, "error": None}
    with store.store_errors(folder):
        save_state(folder, {**state, "waiting": arrivals.frame.height, "counts": dict(arrivals.counts)})
    return followed


def _note_error(folder: Path, error: Exception, *, now: datetime) -> None:
    """Note what was wrong for whoever looks; where there is no room for it, or no folder any more, nowhere."""
    code, words = "internal", dict.fromkeys(("en", "zh"), type(error).__name__)
    if isinstance(error, DatahallError):
        code, words = error.code, {language: error.message(language) for language in ("en", "zh")}
    with suppress(OSError):
        save_state(folder, {**load_state(folder), "asked": _stamp(now), "error": {"code": code, **words}})


class _Round:
    """What one round needs, read once.

    The feed is asked without the dataset's lock, so that a slow one keeps nobody from the dataset; the lock is taken
    for setting the news in their place.
    """

    def __init__(self, loaded: LoadedCard, *, folder: Path, now: datetime) -> None:
        card = loaded.card
        assert card.stream is not None
        self._loaded, self._card, self._stream = loaded, card, card.stream
        self._folder, self._now = folder, now
        self._recipe = recipe_of(loaded)
        self._feed = _feed_recipe(card)
        self._schema = arrow_schema(card)
        self._closed = (now - SETTLE).astimezone(ZoneInfo(self._stream.timezone)).date() - timedelta(days=1)
        path = self._stream.path
        self._file = resolve_inside(loaded.root, path) if path is not None else None
        self._seen: tuple[int, int] | None = None
        self._refused_file = find_home() / "refused" / f"{loaded.id}.jsonl"

    def run(self) -> tuple[Followed, Arrivals]:
        arrivals = self._load()
        deadline = time.monotonic() + ROUND
        received, has_more, refused = 0, True, arrivals.counts.get("refused", 0)
        while has_more and time.monotonic() < deadline and arrivals.frame.height < MANY:
            news = ask_feed(self._card.sources[0], file=self._file, position=arrivals.position, now=self._now)
            with self._locked():
                if self._has_changed():
                    arrivals = self._load()
                    continue  # somebody else was faster: it is asked from there
                arrivals, rows = self._take_in(arrivals, news) if news is not None else (arrivals, 0)
            received, has_more = received + rows, news is not None and news.has_more
        with self._locked():
            arrivals = self._load() if self._has_changed() else arrivals
            if self._is_due(arrivals, is_caught_up=not has_more):
                arrivals = self._make_version(arrivals)
            elif self._has_same_columns() and not store.is_current(self._loaded.id):
                store.keep_version(self._loaded.id, recipe=self._recipe)
        refused = arrivals.counts.get("refused", 0) - refused
        return Followed(store.find_latest(self._loaded.id), received, has_more, refused), arrivals

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with store.store_errors(self._folder), store.lock(self._folder):
            store.require_still_open(self._loaded)
            (self._folder / store.ARRIVING).mkdir(exist_ok=True)
            yield

    def _load(self) -> Arrivals:
        self._seen = self._look()
        return load_arrivals(self._folder, recipe=self._feed, schema=self._schema)

    def _save(self, arrivals: Arrivals) -> None:
        save_arrivals(self._folder, arrivals, schema=self._schema)
        self._seen = self._look()

    def _has_changed(self) -> bool:
        """Say whether somebody else has put other arrivals in the place of those that were seen last."""
        return self._look() != self._seen

    def _look(self) -> tuple[int, int] | None:
        try:
            status = (self._folder / store.ARRIVING / DATA).stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns

    def _take_in(self, arrivals: Arrivals, news: News) -> tuple[Arrivals, int]:
        """Return `arrivals` with the news, which are kept already, and how many records these had."""
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
        keep_refused(self._refused_file, refused, now=self._now)  # first: a cut after it only tells them twice
        arrivals = replace(arrivals, frame=merged.frame, position=dict(news.position)).count(
            received=total, doubled=merged.doubled, corrected=merged.corrected, late=late, refused=len(refused)
        )
        self._save(arrivals)
        return arrivals, total

    def _is_due(self, arrivals: Arrivals, *, is_caught_up: bool) -> bool:
        version = store.find_latest(self._loaded.id)
        if arrivals.frame.height >= MANY or (version is not None and not self._has_same_columns()):
            return True
        if version is None:
            return arrivals.frame.height > 0 and is_caught_up
        # Not "later than": a clock that was ahead once would keep all versions back until its day.
        is_open = arrivals.closed != self._closed.isoformat()
        return is_open and is_caught_up and self._ready(arrivals.frame).height > 0

    def _make_version(self, arrivals: Arrivals) -> Arrivals:
        """Return `arrivals` without what is now in a version: the rows of passed days, or all at the beginning."""
        before, latest = self._scan_version(), store.find_latest(self._loaded.id)
        ready = self._ready(arrivals.frame)
        part = arrivals.frame if before is None and not ready.height else ready
        last = part.select(day_of(part, card=self._card).max()).item()
        days = [
            day
            for day in (last.isoformat() if last else None, latest[:10] if before is not None and latest else None)
            if day
        ]
        sources = [{"source": self._stream.name, "until": _stamp(self._now), **arrivals.counts}]
        store.add_version(
            self._loaded,
            read=lambda _scratch: (self._merge(before, part), sources),
            recipe=self._recipe,
            day=max(days),
        )
        rest = arrivals.frame.join(part, on=list(self._card.primary_key), how="anti")
        arrivals = replace(arrivals, frame=rest, closed=self._closed.isoformat())
        self._save(arrivals)
        return arrivals

    def _merge(self, before: pl.LazyFrame | None, part: pl.DataFrame) -> Generator[pa.Table]:
        """Yield the rows of the version before with those of `part`, some at a time."""
        key, moment, first = self._card.primary_key, self._stream.time, self._first_day()
        pieces = before.collect_batches(chunk_size=ROWS_AT_ONCE, maintain_order=True) if before is not None else ()
        is_empty = True
        for frame in merge_sorted(pieces, part, key=key, time=moment):
            kept = frame.filter(day_of(frame, card=self._card) >= first) if first else frame
            if kept.height:
                yield kept.to_arrow().cast(self._schema)
                is_empty = False
        if is_empty:
            yield self._schema.empty_table()

    def _has_same_columns(self) -> bool:
        """Say whether the newest version has the columns of the card as it is now."""
        version = store.find_latest(self._loaded.id)
        if version is None:
            return False
        found = store.load_record(self._loaded.id, version).get("fields", [])
        now = [(field.name, type_name(self._schema.field(field.name).type)) for field in self._card.fields]
        return [(field["name"], field["type"]) for field in found] == now

    def _ready(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.filter(day_of(frame, card=self._card) <= self._closed)

    def _count_late(self, rows: pl.DataFrame, *, closed: str | None) -> int:
        if closed is None:
            return 0
        return int(rows.select((day_of(rows, card=self._card) <= date.fromisoformat(closed)).sum()).item())

    def _first_day(self) -> date | None:
        days = self._stream.days
        return self._closed + timedelta(days=1) - timedelta(days=days) if days is not None else None

    def _scan_version(self) -> pl.LazyFrame | None:
        """Return the rows of the newest version in today's columns; None where there is none, or none that fits."""
        import polars as pl

        version = store.find_latest(self._loaded.id)
        if version is None:
            return None
        rows = pl.scan_parquet(list(store.parquet_paths(self._loaded.id, version)))
        return carry_over(rows, types=pl.DataFrame(self._schema.empty_table()).schema)


def _feed_recipe(card: Card) -> str:
    """Return a digest of all by which a feed is read; with another one it is asked from its start again."""
    source = card.sources[0].model_dump(mode="json", exclude_defaults=True)
    for name in ("every", "days"):
        source["stream"].pop(name, None)
    told = {"title", "description", "unit", "semantic"}
    fields = [field.model_dump(mode="json", exclude_defaults=True, exclude=told) for field in card.fields]
    text = json.dumps([source, fields, card.primary_key], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
