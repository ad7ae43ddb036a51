"""Whom people's servers run as, where root runs the hall: each person has a user id of the machine, kept for ever.

The ids come from a range that nothing else on the machine uses (setting ``user_ids``), and have no entry in
``/etc/passwd``. They stand in one small file of the hub's. An id is never given to a second person: files of the first
may still bear it.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from datahall_forkserver.identities import Identity


class NoIdentityError(Exception):
    """No id is left in the range."""


def find_identity(file: Path, *, name: str, ids: range) -> Identity | None:
    """Return the identity of a person, given and written down where they have none; None where not root runs the hall.

    Raises
    ------
    NoIdentityError
        If every id of the range is given away.
    """
    if os.geteuid() != 0:
        return None
    with _locked(file):
        known = _load(file)
        if name not in known:
            given = max((number for number in known.values() if number in ids), default=ids.start - 1)
            if given + 1 not in ids:
                raise NoIdentityError(
                    f"All {len(ids)} user ids of the setting 'user_ids' are given away; widen the range."
                )
            known[name] = given + 1
            _write(file, known)
    return Identity(known[name], known[name])


def _load(file: Path) -> dict[str, int]:
    try:
        return {str(name): int(number) for name, number in json.loads(file.read_text()).items()}
    except FileNotFoundError:
        return {}


def _write(file: Path, known: dict[str, int]) -> None:
    """Write the whole file or nothing of it, and have it on the disk before the id is used."""
    scratch = file.with_suffix(".part")
    with scratch.open("w") as new:
        json.dump(known, new, indent=1)
        new.flush()
        os.fsync(new.fileno())
    scratch.replace(file)


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
