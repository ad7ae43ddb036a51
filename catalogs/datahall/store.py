"""The versioned Parquet store: ``store/<theme>/<dataset>/<version>/data.parquet`` and ``version.json``.

Above 4 GB the rows lie in ``part-*.parquet`` instead.

A version never changes. It is written to a hidden folder, forced to disk and renamed into place, so that a
crash, a full disk or a bad source leaves the version before it readable. ``latest.json`` names the version
that readers get, and the link ``latest`` leads to it; each is replaced in one step. A lock file keeps two
fetches of one dataset apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._cards import LoadedCard
from ._locations import find_locations
from ._new_versions import add_version, keep_version, make_version
from ._open_cards import find_card, require_open, require_still_open
from ._removal import remove_dataset, remove_leftovers, remove_version, withdraw
from ._store_changes import lock, store_errors
from ._stored_versions import (
    ARRIVING,
    LATEST,
    PARTIAL,
    VERSION,
    dataset_folder,
    find_earlier,
    find_latest,
    has_recipe,
    has_version,
    is_whole,
    list_versions,
    load_record,
    parquet_path,
    parquet_paths,
    read_latest,
)
from .errors import N_, NotPresent

if TYPE_CHECKING:
    from ._download import Progress

__all__ = [
    "ARRIVING",
    "LATEST",
    "PARTIAL",
    "VERSION",
    "add_version",
    "dataset_folder",
    "fetch",
    "find_card",
    "find_earlier",
    "find_latest",
    "has_recipe",
    "has_version",
    "is_current",
    "is_harvested",
    "keep_version",
    "list_versions",
    "load_record",
    "lock",
    "make_version",
    "parquet_path",
    "parquet_paths",
    "remove_dataset",
    "remove_leftovers",
    "remove_version",
    "require_open",
    "require_still_open",
    "store_errors",
    "take_arrivals",
    "withdraw",
]


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
    from ._sources import recipe_of

    folder = dataset_folder(dataset_id)
    with store_errors(folder), lock(folder):
        require_still_open(loaded)
        recipe = recipe_of(loaded)
        latest = read_latest(folder)
        if latest.get("recipe") == recipe and is_whole(folder, latest.get("version")):
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


def is_current(dataset_id: str) -> bool:
    """Say whether the store holds the version that the card describes now."""
    if is_harvested(dataset_id):
        from ._harvested.fetching import is_fresh
        from ._harvested.known_records import get_known

        return is_fresh(get_known(dataset_id))
    from ._sources import recipe_of

    return has_recipe(dataset_id, recipe_of(find_card(dataset_id)))
