"""A change of the store: nobody else makes one to the same dataset meanwhile, and what fails is told in a sentence."""

from __future__ import annotations

import errno
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import N_, DatahallError, StoreFailed


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Keep everybody else from changing the dataset in `folder` meanwhile.

    Whoever can open a lock's file, if only for reading, can hold it, and sandboxes show the store: so it lies beside.
    """
    folder.mkdir(parents=True, exist_ok=True)
    store, theme, name = folder.parts[-3:]
    locks = folder.parents[2] / "locks"
    locks.mkdir(mode=0o700, exist_ok=True)
    place = locks / store / theme / name
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("a") as file:
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
