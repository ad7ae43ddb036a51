"""Where the engine's locks lie: outside the folder of the index, which sandboxes read.

Whoever can open a lock's file, if only for reading, can hold it, and whoever waits for it waits for ever. So the engine
finds links in the folder of its index, and what they lead to is in no sandbox.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_LOCKS = ("writer", "meta")  # of the engine, `.tantivy-writer.lock` and so on


def move_locks(index: Path, *, outside: Path) -> None:
    """Make links in `index` to locks in the folder `outside`; where links cannot be made the locks stay in `index`."""
    with suppress(OSError):
        outside.mkdir(parents=True, exist_ok=True)
        for lock in _LOCKS:
            place = index / f".tantivy-{lock}.lock"
            if not place.is_symlink():
                aside = index / f".{lock}.{os.getpid()}.lock"
                aside.unlink(missing_ok=True)
                aside.symlink_to(os.path.relpath(outside / f"{index.name}-{lock}.lock", index))
                aside.replace(place)
