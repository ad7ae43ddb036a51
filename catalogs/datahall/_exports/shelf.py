"""All datasets that exports tell of, in an order that stays: our own by their ids, then the harvested ones.

Nothing is held but our own; a page of harvested datasets is read from the record store when it is asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from .. import store
from .._cards import LoadedCard, load_card_of, load_shelf
from .._entries.card_entries import describe_card
from .._entries.entry import Entry
from .pages import Page


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
    """The datasets as they stand at one moment."""

    own: tuple[Entry, ...]

    @property
    def total(self) -> int:
        """How many datasets there are."""
        return len(self.own)

    def take(self, page: Page) -> list[Entry]:
        """Return the datasets of one page."""
        start = (page.number - 1) * page.size
        return list(self.own[start : start + page.size])

    def entries(self) -> Iterator[Entry]:
        """Yield all datasets."""
        yield from self.own


def open_shelf() -> ExportShelf:
    """Return the datasets of this moment; quick when called again, as long as cards and store stay as they are."""
    own = [_describe_stamped(loaded) for loaded in load_shelf().cards.values()]
    digest = hashlib.sha256("\n".join(each.mark for each in own).encode()).hexdigest()[:24]
    newest = max((each.changed for each in own), default=datetime.fromtimestamp(0, UTC))
    return ExportShelf(digest, newest, tuple(each.entry for each in own))


def find_entry(dataset_id: str) -> StampedEntry | None:
    """Return the dataset with this id, where there is one."""
    loaded = load_card_of(dataset_id)
    return _describe_stamped(loaded) if loaded is not None else None


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
