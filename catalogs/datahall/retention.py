"""Which versions the store keeps: the newest, those that apps use, and those that anyone opened within a year.

``datahall gc`` and, once a day, the hall's fetch service collect the others. Where it cannot be known what an app
uses, nothing is removed at all.
"""

from __future__ import annotations

import os
import stat
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import yaml

from . import store
from ._locations import find_home, find_locations
from .errors import N_, DatahallError, StoreFailed
from .openings import ensure_watched, find_last_opening, forget_openings, today

KEPT_UNOPENED = timedelta(days=366)  # a year, whether or not it has a 29 February
LEFTOVERS_STAY = timedelta(days=7)  # how long a download that broke off waits to be gone on with
LARGEST_MANIFEST = 1_000_000  # bytes
# What an app says that it uses, and what it was seen to open when a hall checked it.
MANIFESTS = ("app.yaml", "opened.json")

Version = tuple[str, str]  # a dataset's id and a version of it


@dataclass(frozen=True)
class Collected:
    """A version that was removed, or in a rehearsal would be, and the bytes that this frees."""

    id: str
    version: str
    bytes: int


@dataclass(frozen=True)
class Collection:
    """What was removed, and how many versions were kept as ``latest``, ``app``, ``opened`` or (lately) ``replaced``."""

    removed: tuple[Collected, ...]
    kept: dict[str, int]
    is_rehearsal: bool

    def as_json(self) -> dict[str, Any]:
        """Return the form that programs rely on."""
        return {
            "dry_run": self.is_rehearsal,
            "removed": [vars(each) for each in self.removed],
            "bytes": sum(each.bytes for each in self.removed),
            "kept": self.kept,
        }


def collect_garbage(
    *, apps: Sequence[Path] = (), is_rehearsal: bool = False, spare: timedelta = timedelta()
) -> Collection:
    """Remove the versions that nobody needs any more; in a rehearsal only say which.

    Parameters
    ----------
    apps : sequence of Path, optional
        Folders of apps besides ``DATAHALL_HOME/apps``; the versions that their manifests name are kept.
    is_rehearsal : bool
        Remove nothing.
    spare : timedelta
        Keep a version for so long after another took its place: running apps, whose openings are not noted, may
        still read it.

    Raises
    ------
    StoreFailed
        The store is read-only here, or the system refuses.
    DatahallError
        A manifest cannot be read.
    """
    if not find_locations().is_writable:
        raise StoreFailed(
            N_("The store is read-only here."),
            code="read-only",
            hint=N_("The hall's fetch service removes versions once a day; an operator runs: datahall gc"),
        )
    with store.store_errors(find_home()):
        used = set(find_used_versions([find_home() / "apps", *apps]))
        return _collect(used=used, since=ensure_watched(), is_rehearsal=is_rehearsal, spare=spare)


def _collect(*, used: set[Version], since: date, is_rehearsal: bool, spare: timedelta) -> Collection:
    removed: list[Collected] = []
    kept: Counter[str] = Counter(latest=0, app=0, opened=0, replaced=0)
    for dataset_id in _stored_datasets():
        if not is_rehearsal:
            store.remove_leftovers(dataset_id, older_than=LEFTOVERS_STAY.total_seconds())
        latest, spared = store.find_latest(dataset_id), _find_replaced(dataset_id, within=spare)
        for version in store.list_versions(dataset_id):
            reason = _reason_to_keep((dataset_id, version), latest=latest, used=used, since=since)
            if reason is None and version == spared:
                reason = "replaced"
            if reason is not None:
                kept[reason] += 1
                continue
            size = size_of(store.dataset_folder(dataset_id) / version)
            if is_rehearsal or _remove(dataset_id, version):
                removed.append(Collected(dataset_id, version, size))
            else:
                kept["opened"] += 1  # while we looked
    return Collection(tuple(removed), dict(kept), is_rehearsal)


def find_used_versions(folders: Iterable[Path]) -> Iterator[Version]:
    """Yield the versions that the manifests in `folders` name; raises DatahallError for one that cannot be read."""
    for folder in folders:
        for file in _find_manifests(folder) if folder.exists() else ():
            yield from _versions_in(file)


def _find_manifests(folder: Path) -> Iterator[Path]:
    """Yield the manifests in and below `folder`, through links, too; a folder that cannot be read is an error."""
    seen = set()
    for root, folders, files in os.walk(folder, followlinks=True, onerror=_refuse):
        found = Path(root).stat()
        if (found.st_dev, found.st_ino) in seen:
            folders.clear()  # a link that leads back
            continue
        seen.add((found.st_dev, found.st_ino))
        yield from (Path(root, name) for name in MANIFESTS if name in files or name in folders)


def _refuse(error: OSError) -> NoReturn:
    raise _unreadable(error.filename, error.strerror or error) from error


def was_opened_lately(opened: date | None, *, created: date, since: date, now: date) -> bool:
    """Say whether a version was opened within a year; one older than our notes may have been until they began."""
    last = max(filter(None, (opened, since if created < since else None)), default=None)
    return last is not None and now - last <= KEPT_UNOPENED


def _reason_to_keep(version: Version, *, latest: str | None, used: set[Version], since: date) -> str | None:
    if version[1] == latest:
        return "latest"
    if version in used:
        return "app"
    return "opened" if _is_wanted(*version, since=since) else None


def _find_replaced(dataset_id: str, *, within: timedelta) -> str | None:
    """Return the version whose place was taken within that time, if any."""
    earlier, changed = store.find_earlier(dataset_id), store.dataset_folder(dataset_id) / store.LATEST
    is_recent = earlier is not None and time.time() - changed.stat().st_mtime < within.total_seconds()
    return earlier if is_recent else None


def _is_wanted(dataset_id: str, version: str, *, since: date) -> bool:
    try:
        created = datetime.fromisoformat(store.load_record(dataset_id, version)["created"]).date()
    except (TypeError, ValueError):
        return True  # a damaged record does not say how old the version is
    return was_opened_lately(find_last_opening(dataset_id, version), created=created, since=since, now=today())


def _remove(dataset_id: str, version: str) -> bool:
    """Remove a version unless somebody has opened it meanwhile; say whether it is gone."""
    before = find_last_opening(dataset_id, version)
    gone = store.remove_version(dataset_id, version, is_wanted=lambda: find_last_opening(dataset_id, version) != before)
    if gone:
        forget_openings(dataset_id, version)
    return gone


def _stored_datasets() -> list[str]:
    root = find_locations().store
    return sorted(f"{folder.parent.name}/{folder.name}" for folder in root.glob("*/*") if folder.is_dir())


def size_of(folder: Path) -> int:
    """Return the bytes that the files in `folder` take; of what goes meanwhile, as a fetch's drafts do, nothing."""
    size = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                state = Path(place, name).lstat()
                size += state.st_size if stat.S_ISREG(state.st_mode) else 0
    return size


def _versions_in(file: Path) -> Iterator[Version]:
    try:
        with file.open("rb") as content:
            text = content.read(LARGEST_MANIFEST + 1)
        if len(text) > LARGEST_MANIFEST:
            raise ValueError(f"more than {LARGEST_MANIFEST} bytes")
        entries = (yaml.safe_load(text) or {}).get("datasets") or []
        named = [(str(entry["id"]), entry.get("version")) for entry in entries]
    except (OSError, ValueError, yaml.YAMLError, AttributeError, KeyError, TypeError, RecursionError) as error:
        raise _unreadable(file, " ".join(str(error).split()) or type(error).__name__) from error
    yield from ((dataset_id, str(version)) for dataset_id, version in named if version is not None)


def _unreadable(file: object, reason: object) -> DatahallError:
    return DatahallError(
        N_("{file} cannot be read, so nobody can tell which versions this app uses: {reason}."),
        code="unreadable-app",
        file=file,
        reason=reason,
        hint=N_("Nothing was removed. Mend the file, or remove the app's folder."),
    )
