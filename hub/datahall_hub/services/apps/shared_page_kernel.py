"""Runs in a kernel whose page is one for everybody, before the app does; sent there as text.

The models of widgets get numbers instead of random names, so that two runs of the same cells make the same page and
each fits the other's kernel. The library opens the versions of datasets that the app was checked with. And what the app
has computed with and lets go is the machine's again.
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import json
import os
import uuid
from types import SimpleNamespace

PINNED = "DATAHALL_PINNED"  # which `datahall` reads
M_MMAP_THRESHOLD = -3  # of glibc's <malloc.h>
LARGE = 128 * 1024  # bytes; glibc begins with as many, and takes more as large for each that it has been asked for


def fit(versions: dict[str, str]) -> None:
    """Have widgets counted from 1, and `versions` opened where the app asks for none; called once."""
    import comm.base_comm

    numbers = itertools.count(1)
    counted = SimpleNamespace(uuid4=lambda: uuid.UUID(int=next(numbers)))
    setattr(comm.base_comm, "uuid", counted)  # noqa: B010 where a comm draws its id; no public name of that module
    os.environ[PINNED] = json.dumps(versions)
    with contextlib.suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE)
