"""All datasets that exports tell of, in an order that stays: our own by their ids, then the harvested ones.

Nothing is held but our own; a page of harvested datasets is read from the record store when it is asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import chain
from pathlib import Path

from .. import store
from .._cards import LoadedCard, load_card_of, load_shelf
from .._entries.card_entries import describe_card
from .._entries.entry import Entry
from .._entries.record_entries import describe_stored, with_replacement
from .._entries.short_entries import Given, describe_short, describe_with_first
from .._records.record_lists import take_raw
from .._records.record_store import RecordStore
from .._version_writing import hash_file
from .pages import Page
from .shares import share_room
from .texts import find_modified


@dataclass(frozen=True)
class Stamped:
    """Something exported; `mark` changes whenever it does, `changed` says when it last did."""

    mark: str
    changed: datetime


@dataclass(frozen=True)
class StampedEntry(Stamped):
    """One dataset."""

    entry: Entry


@dataclass(frozen=True)
class ExportShelf(Stamped):
    """The datasets as they stand at one moment; harvested ones that their portal no longer has are left out."""

    own: tuple[Entry, ...]
    harvested: int = 0

    @property
    def total(self) -> int:
        """How many datasets there are."""
        return len(self.own) + self.harvested

    def take(self, page: Page) -> list[Entry]:
        """Return the datasets of one page."""
        own, harvested = self._split(page)
        return [*own, *map(describe_stored, RecordStore().take(start=harvested.start, rows=len(harvested)))]

    def take_shares(self, page: Page) -> list[Entry]:
        """Return the same for one document: with as much of each dataset as there is room for."""
        own, harvested = self._split(page)
        records = take_raw(start=harvested.start, rows=len(harvested))
        short = map(with_replacement, map(describe_short, records))
        return share_room(chain(own, short), count=len(own) + len(harvested))

    def _split(self, page: Page) -> tuple[Sequence[Entry], range]:
        """Return our own datasets of a page, and which of the harvested ones belong to it."""
        start, end = (page.number - 1) * page.size, page.number * page.size
        ours = len(self.own)
        return self.own[start:end], range(max(0, start - ours), min(max(0, end - ours), self.harvested))

    def pages_of_harvested(self, size: int) -> Page:
        """Return the first page of the harvested datasets alone."""
        return Page(self.harvested, size=size)

    def take_harvested(self, page: Page, *, fits: Callable[[Given], bool]) -> Iterator[Entry]:
        """Yield a page of the harvested datasets alone, each with the first of its distributions that `fits`."""
        records = take_raw(start=(page.number - 1) * page.size, rows=page.size)
        return (describe_with_first(raw, fits=fits) for raw in records)

    def take_dates(self, page: Page) -> list[tuple[str, date | None]]:
        """Return of the same datasets the id and when its page last changed; that is quicker."""
        entries, harvested = self._split(page)
        own = [(entry.id, find_modified(entry)) for entry in entries]
        if not harvested:
            return own
        today = datetime.now(UTC).date()
        found = RecordStore().take_dates(start=harvested.start, rows=len(harvested))
        return own + [(id, max(seen, day) if day and day <= today else seen) for id, seen, day in found]

    def entries(self) -> Iterator[Entry]:
        """Yield all datasets, some at a time."""
        for number in range(1, Page(self.total).count + 1):
            yield from self.take(Page(self.total, number))


def open_shelf() -> ExportShelf:
    """Return the datasets of this moment; quick when called again, as long as cards and store stay as they are."""
    own = [_describe_stamped(loaded) for loaded in load_shelf().cards.values()]
    records = RecordStore()
    state = f"{records.identity} {records.last_change}"
    digest = hashlib.sha256("\n".join([*(each.mark for each in own), state]).encode()).hexdigest()[:24]
    newest = max([each.changed for each in own] + [_last_write(records)])
    return ExportShelf(digest, newest, tuple(each.entry for each in own), _count_records(records.file, state))


@lru_cache(maxsize=4)
def _count_records(file: Path, _state: str) -> int:
    """Count them once for each state: of a million, that takes longer than all else here."""
    return RecordStore(file).count()


def _last_write(records: RecordStore) -> datetime:
    """Return when something was last written to the records, to the second."""
    places = [records.file, records.file.with_name(f"{records.file.name}-wal")]
    return datetime.fromtimestamp(max(int(place.stat().st_mtime) if place.exists() else 0 for place in places), UTC)


def find_entry(dataset_id: str) -> StampedEntry | None:
    """Return the dataset with this id, where there is one; a harvested one also when its portal no longer has it."""
    loaded = load_card_of(dataset_id)
    if loaded is not None:
        return _describe_stamped(loaded)
    records = RecordStore()
    stored = records.get(dataset_id) if dataset_id.startswith("harvested/") else None
    if stored is None:
        return None
    digest = hashlib.sha256(f"{stored.id} {records.identity} {stored.change}".encode()).hexdigest()
    return StampedEntry(digest, _last_write(records), describe_stored(stored))


def find_digests(entry: Entry) -> Entry:
    """Return the entry of a version in the store with the digests of all its files; those not noted are computed."""
    folder = store.dataset_folder(entry.id) / str(entry.version)
    files = tuple(
        file if file.sha256 else replace(file, sha256=_hash_once(folder / file.name, file.bytes))
        for file in entry.files
    )
    return replace(entry, files=files)


@lru_cache(maxsize=1_000)
def _hash_once(file: Path, _bytes: int) -> str:
    return hash_file(file)  # a version never changes


def _describe_stamped(loaded: LoadedCard) -> StampedEntry:
    version = store.find_latest(loaded.id)
    places = [loaded.file, *([store.dataset_folder(loaded.id) / version] if version else [])]
    stamps = [0]
    for place in places:
        try:
            stamps.append(place.stat().st_mtime_ns)
        except OSError:  # removed since
            continue
    digest = hashlib.sha256(f"{loaded.id} {version} {stamps}".encode()).hexdigest()
    return StampedEntry(digest, datetime.fromtimestamp(max(stamps) // 10**9, UTC), _describe(loaded, version))


@lru_cache(maxsize=20_000)
def _describe(loaded: LoadedCard, _version: str | None) -> Entry:
    return describe_card(loaded)  # a card is another object when its file has changed, and a version never changes
