"""An index in a folder that may only be read, as the hall's is in a user's sandbox.

The engine locks the folder of an index that it opens, so it gets one of its own, with links to the files; only what
says which of them count is copied.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path

_SAYS_WHICH = ("state.json", ".managed.json", "meta.json")  # in this order, so that what is named is there


def link_index(mounted: Path) -> Path:
    """Return a new folder with the files of `mounted`; it is removed when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="datahall-index-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    renew_links(mounted, folder=folder)
    return folder


def renew_links(mounted: Path, *, folder: Path) -> None:
    """Make `folder` hold what `mounted` holds by now."""
    copies = {name: (mounted / name).read_bytes() for name in reversed(_SAYS_WHICH) if (mounted / name).is_file()}
    for file in mounted.iterdir():
        if file.name not in _SAYS_WHICH and file.suffix != ".lock" and not (folder / file.name).is_symlink():
            (folder / file.name).symlink_to(file)
    for name in _SAYS_WHICH:
        if name in copies:
            aside = folder / f".{name}.new"
            aside.write_bytes(copies[name])
            aside.replace(folder / name)
