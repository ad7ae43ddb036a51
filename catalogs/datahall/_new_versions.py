"""A new version in the store: written to a hidden folder, forced to disk and renamed into place.

So a crash, a full disk or a bad source leaves the version before it readable.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._cards import LoadedCard
from ._disk import remove, sync
from ._open_cards import require_still_open
from ._stored_versions import LATEST, LINK, PARTIAL, dataset_folder, find_latest, is_whole, read_latest
from ._version_writing import check_key, write_record, write_rows
from .errors import UnreadableSource

if TYPE_CHECKING:
    import pyarrow as pa

    from ._download import Progress

    Rows = tuple[Generator[pa.Table], list[dict[str, Any]]]


def make_version(
    loaded: LoadedCard, *, check: Callable[[tuple[Path, ...]], None] | None = None, progress: Progress | None = None
) -> str:
    """Make the version that the card describes now; whoever calls holds the dataset's lock.

    Parameters
    ----------
    check : callable, optional
        Called with the Parquet files before anybody can see them; what it raises keeps the version from being made.
    """
    from ._sources import open_rows, recipe_of

    folder, recipe = dataset_folder(loaded.id), recipe_of(loaded)
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
        remove(left_over)  # of a fetch that was killed; we hold the lock
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
        if not is_whole(folder, version):
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
    latest = read_latest(folder)
    earlier = latest.get("earlier") if latest.get("version") == version else latest.get("version")
    return {"earlier": earlier} if earlier else {}


def _write_latest(folder: Path, content: dict[str, str]) -> None:
    link = folder / f".incoming-{secrets.token_hex(4)}.link"
    link.symlink_to(content["version"], target_is_directory=True)
    link.replace(folder / LINK)
    draft = folder / f".incoming-{secrets.token_hex(4)}.json"
    draft.write_text(json.dumps(content) + "\n")
    sync(draft)
    draft.replace(folder / LATEST)
    sync(folder)
