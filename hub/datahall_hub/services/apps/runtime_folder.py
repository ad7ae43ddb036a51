"""The folder in which running kernels have theirs, and the folders that a killed service could not remove.

A folder is held by a lock on its file ``owner.lock`` for as long as its service lives; the system lets go of
the lock when the process ends, however it ends. Only a folder of ours whose lock nobody holds is removed.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

PREFIX = "datahall-apps-"
LOCK = "owner.lock"
log = logging.getLogger("datahall.apps")


@contextlib.contextmanager
def hold_runtime_folder() -> Iterator[Path]:
    """Make a folder with a short name, hold it, and remove it in the end."""
    # Socket paths have at most 107 bytes, so this cannot lie below a home folder of any length.
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        with (folder / f".{LOCK}").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            (folder / f".{LOCK}").rename(folder / LOCK)  # under its name it is never seen unheld
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_left_folders() -> None:
    """Remove the folders of services that are dead; called when a service starts."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if _is_left(folder):
            log.info("removed %s, which a killed service had left", folder.name)
            shutil.rmtree(folder, ignore_errors=True)


def _is_left(folder: Path) -> bool:
    """Return whether a folder is ours and its owner is dead; without a lock file nobody knows, so it is not."""
    try:
        if folder.is_symlink() or folder.lstat().st_uid != os.getuid():
            return False
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True
