"""The room that harvested data may take in a hall's store: what was opened longest ago goes first.

A harvested dataset can be fetched again, so it may go whole; one that an app uses, or that was opened today, stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path

from .. import store
from .._locations import find_home, find_locations
from ..errors import N_, StoreFailed
from ..openings import find_last_opening, today
from ..retention import Collected, find_used_versions, size_of
from .known_records import PREFIX
from .limits import STORE_BYTES, read_limit


@dataclass(frozen=True)
class Stored:
    """A harvested dataset in the store: its versions, what they take, and when it was last of use to anybody."""

    id: str
    versions: tuple[str, ...]
    bytes: int
    last_used: date


def make_room(*, apps: Sequence[Path] = (), limit: int | None = None) -> list[Collected]:
    """Remove harvested datasets until the others take less than `limit` bytes; return what was removed.

    Called by the hall's fetch service before it fetches another one.

    Raises
    ------
    StoreFailed
        What is left is in use (code ``harvested-full``).
    DatahallError
        A manifest cannot be read, so that nobody can tell what an app uses.
    """
    limit = limit if limit is not None else read_limit(STORE_BYTES)
    stored = list(list_stored())
    total = sum(each.bytes for each in stored)
    if total <= limit:
        return []
    used = {dataset_id for dataset_id, _ in find_used_versions([find_home() / "apps", *apps])}
    removed: list[Collected] = []
    for each in sorted(_removable(stored, used=used), key=lambda each: (each.last_used, each.id)):
        if total <= limit:
            break
        if store.remove_dataset(each.id, is_wanted=partial(_is_in_use, each)):
            total -= each.bytes
            removed += [Collected(each.id, version, each.bytes) for version in each.versions[:1]]
    if total > limit:
        raise StoreFailed(
            N_("The store has no room for another harvested dataset: those in use take {bytes} bytes."),
            code="harvested-full",
            bytes=f"{total:,}",
            hint=N_("Try again tomorrow, or have an operator raise {name}."),
            name=STORE_BYTES,
        )
    return removed


def list_stored() -> Iterator[Stored]:
    """Yield the harvested datasets that the store holds."""
    for folder in sorted((find_locations().store / PREFIX).glob("*")):
        dataset_id = f"{PREFIX}{folder.name}"
        versions = tuple(store.list_versions(dataset_id))
        if versions:
            yield Stored(dataset_id, versions, size_of(folder), _last_use(dataset_id, versions))


def _removable(stored: Collection[Stored], *, used: Collection[str]) -> Iterator[Stored]:
    return (each for each in stored if each.id not in used and each.last_used < today())


def _is_in_use(stored: Stored) -> bool:
    return _last_use(stored.id, stored.versions) >= today()


def _last_use(dataset_id: str, versions: Collection[str]) -> date:
    return max(
        max(filter(None, (_made(dataset_id, version), find_last_opening(dataset_id, version))), default=date.min)
        for version in versions
    )


def _made(dataset_id: str, version: str) -> date | None:
    try:
        return datetime.fromisoformat(store.load_record(dataset_id, version)["created"]).date()
    except (OSError, TypeError, ValueError, KeyError):
        return None
