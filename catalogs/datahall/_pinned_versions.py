"""The versions that are opened where none is asked for: a published app goes on with those that it was checked with.

The hall names them in ``DATAHALL_PINNED``, a JSON object of versions by the ids of datasets. Everything else opens as
ever, and so does whoever asks for a version.
"""

from __future__ import annotations

import json
import os

from ._stored_versions import VERSION

PINNED = "DATAHALL_PINNED"


def find_pinned(dataset_id: str) -> str | None:
    """Return the version at which the dataset is to be opened; None for the newest."""
    text = os.environ.get(PINNED)
    if not text:
        return None
    try:
        version = json.loads(text)[dataset_id]
    except (ValueError, KeyError, TypeError):
        return None
    return version if isinstance(version, str) and VERSION.fullmatch(version) else None
