"""Removal from the store: of what is no longer open, no longer wanted, or was left lying."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Callable

from ._disk import remove, sync
from ._locations import find_home
from ._store_changes import lock, store_errors
from ._stored_versions import ARRIVING, LATEST, LINK, PARTIAL, VERSION, dataset_folder, find_latest, is_whole


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
        if version == find_latest(dataset_id) or not is_whole(folder, version):
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
            remove(entry)
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
                    remove(entry)
