"""Runs in a kernel whose page is one for everybody, before the app does; sent there as text.

The models of widgets get numbers instead of random names, so that two runs of the same cells make the same page and
each fits the other's kernel. And the library opens the versions of datasets that the app was checked with.
"""

from __future__ import annotations

import itertools
import json
import os
import uuid
from types import SimpleNamespace

PINNED = "DATAHALL_PINNED"  # which `datahall` reads


def fit(versions: dict[str, str]) -> None:
    """Have widgets counted from 1, and `versions` opened where the app asks for none; called once."""
    import comm.base_comm

    numbers = itertools.count(1)
    counted = SimpleNamespace(uuid4=lambda: uuid.UUID(int=next(numbers)))
    setattr(comm.base_comm, "uuid", counted)  # noqa: B010 where a comm draws its id; no public name of that module
    os.environ[PINNED] = json.dumps(versions)
