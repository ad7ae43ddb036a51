"""The versioned Parquet store: ``store/<theme>/<dataset>/<version>/data.parquet`` and ``version.json``.

Above 4 GB the rows lie in ``part-*.parquet`` instead.

A version never changes. It is written to a hidden folder, forced to disk and renamed into place, so that a
crash, a full disk or a bad source leaves the version before it readable. ``latest.json`` names the version
that readers get, and the link ``latest`` leads to it; each is replaced in one step. A lock file keeps two
fetches of one dataset apart.
"""

from __future__ import annotations

import errno
import fcntl
import json
import re
import secrets
import shutil
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._cards import LoadedCard, load_card_of, load_card_or_draft, load_shelf
from ._disk import sync
from ._locations import find_home, find_locations
from ._version_writing import DATA, RECORD, check_key, write_record, write_rows
from .errors import N_, DatahallError, NotPresent, StoreFailed, UnknownDataset, UnreadableSource

if TYPE_CHECKING:
    import pyarrow as pa

    from ._download import Progress

    Rows = tuple[Generator[pa.Table], list[dict[str, Any]]]

VERSION = re.compile(r"^\d{4}-\d\d-\d\d\.[0-9a-f]{8}$")
LATEST = "latest.json"
PARTIAL = ".partial"  # downloads that broke off; the next fetch goes on with them
ARRIVING = "arriving"  # what a stream has sent that is in no version yet
LINK = "latest"  # for programs that know nothing of us: latest/data.parquet is a path that stays


def fetch(dataset_id: str, *, progress: Progress | None = None) -> str:
    """Bring the dataset into the store unless it is there as its card says; return the version.

    Where the store is read-only (a user's sandbox) the hall's fetch service does it, and this waits.

    Parameters
    ----------
    dataset_id : str
        ``<theme>/<name>``.
    progress : callable, optional
        Called with the bytes just received and the bytes announced (or None).

    Raises
    ------
    UnknownDataset, SourceFailed, UnreadableSource, StoreFailed, NotPresent
    """
    if is_harvested(dataset_id):
        return _fetch_harvested(dataset_id, progress=progress)
    loaded = find_card(dataset_id)
    require_open(loaded)
    if not find_locations().is_writable:
        from ._remote import request_fetch

        return request_fetch(dataset_id)
    if loaded.card.stream is not None:
        return take_arrivals(loaded)
    folder = dataset_folder(dataset_id)
    with store_errors(folder), lock(folder):
        require_still_open(loaded)
        recipe = _recipe(loaded)
        latest = _read_latest(folder)
        if latest.get("recipe") == recipe and _is_whole(folder, latest.get("version")):
            return str(latest["version"])
        return make_version(loaded, progress=progress)


def is_harvested(dataset_id: str) -> bool:
    """Say whether an id is that of a harvested dataset, whether or not there is such a one."""
    return dataset_id.startswith("harvested/")  # the id of a theme is another


def _fetch_harvested(dataset_id: str, *, progress: Progress | None) -> str:
    from ._harvested.fetching import fetch_record
    from ._harvested.known_records import get_known, require_open

    known = get_known(dataset_id)
    require_open(known)
    if not find_locations().is_writable:
        from ._remote import request_fetch

        return request_fetch(dataset_id)
    return fetch_record(known, progress=progress)


def require_still_open(loaded: LoadedCard) -> None:
    """Raise NotPresent where the dataset was withdrawn since, while somebody held its lock or its rows were made."""
    found = load_card_or_draft(loaded.id) if loaded.card.draft else load_card_of(loaded.id)
    if found is not None:
        require_open(found)


def take_arrivals(loaded: LoadedCard) -> str:
    """Take in what has arrived; return the newest version, which the first look makes of what is there."""
    from ._streams.following import follow

    version = follow(loaded).version
    if version is None:
        raise NotPresent(
            N_("Nothing has arrived yet for {id}."),
            code="nothing-arrived",
            id=loaded.id,
            hint=N_("Its source {source} answers, but sends no records. Try again later."),
            source=loaded.card.sources[0].name,
        )
    return version


def require_open(loaded: LoadedCard) -> None:
    """Raise NotPresent unless the dataset is open: what is not, is neither fetched nor read here."""
    if loaded.card.access != "open":
        raise NotPresent(
            N_("{id} is not open data, and the store is readable for everybody."),
            code="not-open",
            id=loaded.id,
            hint=N_("Its publisher says on {homepage} how to ask for it.") if loaded.card.homepage else "",
            homepage=loaded.card.homepage,
        )


def withdraw(dataset_id: str) -> bool:
    """Move all versions of a dataset that is no longer open to where no sandbox sees them; say whether there were any.

    Called by the hall's fetch service. The versions stay whole, in ``DATAHALL_HOME/conditional`` (mode 0700).

    Raises
    ------
    StoreFailed
    """
    folder, target = dataset_folder(dataset_id), find_home() / "conditional" / dataset_id
    if not folder.is_dir():
        return False
    with store_errors(folder):  # without the lock, which a slow fetch may hold: what that would publish, it will not
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
        for entry in list(folder.iterdir()):
            if (VERSION.match(entry.name) or entry.name == ARRIVING) and not (target / entry.name).exists():
                entry.rename(target / entry.name)
        sync(target)
        shutil.rmtree(folder)
    return True


def remove_version(dataset_id: str, version: str, *, is_wanted: Callable[[], bool]) -> bool:
    """Remove a version that readers do not get by themselves; say whether it is gone.

    It is taken out of sight first. If `is_wanted` says only then that somebody has opened it, it is put back.
    """
    folder = dataset_folder(dataset_id)
    with store_errors(folder), lock(folder):
        if version == find_latest(dataset_id) or not _is_whole(folder, version):
            return False
        aside = folder / f".incoming-{secrets.token_hex(4)}"  # which the next fetch clears away, should we be killed
        (folder / version).rename(aside)
        if is_wanted():
            aside.rename(folder / version)
            return False
        sync(folder)
        shutil.rmtree(aside)
        return True


def remove_dataset(dataset_id: str, *, is_wanted: Callable[[], bool]) -> bool:
    """Remove all that the store holds of a harvested dataset, unless `is_wanted` says no; say whether it is gone."""
    folder = dataset_folder(dataset_id)
    with store_errors(folder), lock(folder):
        if is_wanted():
            return False
        for name in (LATEST, LINK):  # first what leads to it
            (folder / name).unlink(missing_ok=True)
        for entry in list(folder.iterdir()):
            if entry.name != ".lock":
                _remove(entry)
        sync(folder)
        return True


def remove_leftovers(dataset_id: str, *, older_than: float) -> None:
    """Remove what broken or killed fetches left, where nobody came back to it for `older_than` seconds."""
    folder, now = dataset_folder(dataset_id), time.time()
    old = [
        entry
        for entry in (*folder.glob(".incoming-*"), *folder.glob(PARTIAL))
        if now - entry.lstat().st_mtime > older_than
    ]
    if old:
        with store_errors(folder), lock(folder):
            for entry in old:
                if entry.exists():
                    _remove(entry)


def is_current(dataset_id: str) -> bool:
    """Say whether the store holds the version that the card describes now."""
    if is_harvested(dataset_id):
        from ._harvested.fetching import is_fresh
        from ._harvested.known_records import get_known

        return is_fresh(get_known(dataset_id))
    return has_recipe(dataset_id, _recipe(find_card(dataset_id)))


def has_recipe(dataset_id: str, recipe: str) -> bool:
    """Say whether the version that readers get was made, or kept, by this recipe."""
    folder = dataset_folder(dataset_id)
    latest = _read_latest(folder)
    return latest.get("recipe") == recipe and _is_whole(folder, latest.get("version"))


def find_card(dataset_id: str) -> LoadedCard:
    """Return the card with this id.

    Raises
    ------
    InvalidCard
        There is a card, but it has mistakes, of which the first is named.
    UnknownDataset
        There is none, and the nearest ids are named; or it is a draft (code ``draft``).
    """
    card = load_card_of(dataset_id)
    if card is not None:
        return card
    from ._missing_card import explain_missing

    raise explain_missing(dataset_id, shelf=load_shelf())


def dataset_folder(dataset_id: str) -> Path:
    """Return the folder that holds the dataset's versions, whether or not it exists."""
    return find_locations().store / dataset_id


def list_versions(dataset_id: str) -> list[str]:
    """Return the versions in the store, the newest first."""
    folder = dataset_folder(dataset_id)
    if not folder.is_dir():
        return []
    whole = [entry.name for entry in folder.iterdir() if _is_whole(folder, entry.name)]
    return sorted(whole, key=lambda version: (_find_created(folder / version / RECORD), version), reverse=True)


def has_version(dataset_id: str, version: str) -> bool:
    """Say whether the store holds this version."""
    return _is_whole(dataset_folder(dataset_id), version)


def find_latest(dataset_id: str) -> str | None:
    """Return the version that readers get, or None where there is none yet."""
    folder = dataset_folder(dataset_id)
    version = _read_latest(folder).get("version")
    if _is_whole(folder, version):
        return str(version)
    return next(iter(list_versions(dataset_id)), None)


def find_earlier(dataset_id: str) -> str | None:
    """Return the version that readers got before the latest, where the store still holds it."""
    folder = dataset_folder(dataset_id)
    earlier = _read_latest(folder).get("earlier")
    return str(earlier) if _is_whole(folder, earlier) else None


def load_record(dataset_id: str, version: str) -> dict[str, Any]:
    """Return ``version.json``: rows, fields, sources, quality, when and by what it was made."""
    return dict(json.loads((dataset_folder(dataset_id) / version / RECORD).read_text()))


def parquet_paths(dataset_id: str, version: str) -> tuple[Path, ...]:
    """Return the data files of a version, in order; raises UnknownDataset where it is not in the store.

    There is one, unless the version is larger than a file should be (`PART_BYTES`).
    """
    files = _find_files(dataset_folder(dataset_id), version)
    if files is None:
        raise UnknownDataset(
            N_("{id} has no version {version} in the store; it has: {versions}."),
            code="unknown-version",
            id=dataset_id,
            version=version,
            versions=", ".join(list_versions(dataset_id)) or "–",
        )
    return files


def parquet_path(dataset_id: str, version: str) -> Path:
    """Return the data file of a version; raises NotPresent where it is not a single one."""
    file, *more = parquet_paths(dataset_id, version)
    if more:
        raise NotPresent(
            N_("{id}@{version} is not one file: its rows lie in {count} parts."),
            code="several-parts",
            id=dataset_id,
            version=version,
            count=len(more) + 1,
            hint=N_("parquet_paths() lists them; polars(), arrow() and sql() read them all."),
        )
    return file


def _is_whole(folder: Path, version: object) -> bool:
    return _find_files(folder, version) is not None


def _find_files(folder: Path, version: object) -> tuple[Path, ...] | None:
    """Return the data files of a version; None where it is none, or its record cannot be read."""
    if not isinstance(version, str) or VERSION.match(version) is None:
        return None
    record = folder / version / RECORD
    try:
        status = record.stat()
    except OSError:
        return None
    return _read_files(record, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=20_000)
def _read_files(record: Path, _changed: int, _size: int) -> tuple[Path, ...] | None:
    """Return the data files; a version whose record is damaged (a disk may be) is made anew by the next fetch."""
    try:
        content = json.loads(record.read_bytes())
        is_readable = isinstance(content["created"], str) and isinstance(content["rows"], int)
        files = tuple(record.with_name(name) for name in content.get("parts", [DATA]))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return files if is_readable and files else None


def _find_created(record: Path) -> str:
    status = record.stat()
    return _read_created(record, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=20_000)  # a stream has a version for each day, and each record holds a thousand numbers
def _read_created(record: Path, _changed: int, _size: int) -> str:
    return str(json.loads(record.read_bytes())["created"])


def _read_latest(folder: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((folder / LATEST).read_text()))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except ValueError:
        return {}  # damaged: the newest version counts


def _recipe(loaded: LoadedCard) -> str:
    from ._sources import recipe_of

    return recipe_of(loaded)


def make_version(
    loaded: LoadedCard, *, check: Callable[[tuple[Path, ...]], None] | None = None, progress: Progress | None = None
) -> str:
    """Make the version that the card describes now; called by publishing, which holds the dataset's lock.

    Parameters
    ----------
    check : callable, optional
        Called with the Parquet files before anybody can see them; what it raises keeps the version from being made.
    """
    from ._sources import open_rows

    folder, recipe = dataset_folder(loaded.id), _recipe(loaded)
    downloads = folder / PARTIAL
    downloads.mkdir(exist_ok=True)

    def read(scratch: Path) -> Rows:
        return open_rows(loaded, downloads=downloads, scratch=scratch, progress=progress)

    try:
        version = add_version(loaded, read=read, recipe=recipe, day=loaded.card.version_date(), check=check)
        shutil.rmtree(downloads, ignore_errors=True)
        return version
    except (UnreadableSource, OSError):
        shutil.rmtree(downloads, ignore_errors=True)  # only what broke off on the way is worth its room
        raise


def add_version(
    loaded: LoadedCard,
    *,
    read: Callable[[Path], Rows],
    recipe: str,
    day: str,
    check: Callable[[tuple[Path, ...]], None] | None = None,
    about: Mapping[str, Any] | None = None,
) -> str:
    """Keep rows as the version that readers get from now on; whoever calls holds the dataset's lock.

    Parameters
    ----------
    read : callable
        Given a folder for scratch, it returns the rows, some at a time, in the columns that `_sources.arrow_schema`
        has, one table at least; and for the version's record what they were made from.
    recipe : str
        Of the card, by which it is known whether the version is still as the card says.
    day : str
        With which the version's name begins.
    check : callable, optional
        Called with the Parquet files before anybody can see them; it may raise.
    about : mapping, optional
        What else ``version.json`` tells of the version.
    """
    from .openings import ensure_watched

    folder = dataset_folder(loaded.id)
    with suppress(OSError):  # notes that cannot be written keep nobody from the data
        ensure_watched()
    for left_over in folder.glob(".incoming-*"):
        _remove(left_over)  # of a fetch that was killed; we hold the lock
    staging = folder / f".incoming-{secrets.token_hex(4)}"
    staging.mkdir()
    try:
        tables, sources = read(staging)
        ready = staging / "version"
        ready.mkdir()
        rows = write_rows(tables, folder=ready)
        check_key(rows, loaded=loaded)
        if check is not None:
            check(rows.files)
        version = f"{day}.{rows.fingerprint[:8]}"
        if not _is_whole(folder, version):
            earlier = find_latest(loaded.id)
            write_record(
                ready, rows=rows, loaded=loaded, version=version, sources=sources, earlier=earlier, about=about
            )
            if (folder / version).exists():  # damaged
                (folder / version).rename(staging / "damaged")
            require_still_open(loaded)
            ready.rename(folder / version)
            sync(folder)
        _write_latest(folder, {"version": version, "recipe": recipe, **_earlier(folder, version)})
        return version
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def keep_version(dataset_id: str, *, recipe: str) -> None:
    """Let the newest version stand for a card, or a record, that has changed in nothing that the version shows."""
    folder = dataset_folder(dataset_id)
    version = find_latest(dataset_id)
    if version is not None:
        _write_latest(folder, {"version": version, "recipe": recipe, **_earlier(folder, version)})


def _earlier(folder: Path, version: str) -> dict[str, str]:
    """Return what ``latest.json`` says of the version that `version` takes the place of."""
    latest = _read_latest(folder)
    earlier = latest.get("earlier") if latest.get("version") == version else latest.get("version")
    return {"earlier": earlier} if earlier else {}


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _write_latest(folder: Path, content: dict[str, str]) -> None:
    link = folder / f".incoming-{secrets.token_hex(4)}.link"
    link.symlink_to(content["version"], target_is_directory=True)
    link.replace(folder / LINK)
    draft = folder / f".incoming-{secrets.token_hex(4)}.json"
    draft.write_text(json.dumps(content) + "\n")
    sync(draft)
    draft.replace(folder / LATEST)
    sync(folder)


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Keep everybody else from changing the dataset in `folder` meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # released when the file is closed, also by a kill
        yield


@contextmanager
def store_errors(folder: Path) -> Iterator[None]:
    """Turn the system's refusals into a sentence; what was in the store is untouched."""
    try:
        yield
    except DatahallError:
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreFailed(
                N_("There is no room left to write {folder}."),
                code="disk-full",
                folder=folder,
                hint=N_("Earlier versions are untouched. Make room and fetch again."),
            ) from error
        raise StoreFailed(
            N_("{folder} cannot be written: {reason}."),
            folder=error.filename or folder,
            reason=error.strerror or error,
            hint=N_("Check DATAHALL_HOME and its owner."),
        ) from error
