"""The disk: where large files lie for a while, whether there is room, when they are really there, and gone."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from .errors import N_, DatahallError

RESERVE = 4 << 20  # bytes that are left to others
_ON_DISK = Path("/var/tmp")  # noqa: S108 where the FHS has large temporary files; only folders of our own are made


def find_scratch() -> Path:
    """Return a folder for files that may be large: what TMPDIR names, else one on disk, since /tmp is often memory."""
    if any(os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")):
        return Path(tempfile.gettempdir())
    if os.access(_ON_DISK, os.W_OK | os.X_OK):
        return _ON_DISK
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "datahall"
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.gettempdir())
    return cache


def check_room(folder: Path, *, size: int, file: str) -> None:
    """Raise DatahallError where the disk of `folder`, which may be yet to be made, has no room for `size` bytes."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.is_dir())
    free = max(0, shutil.disk_usage(there).free - RESERVE)
    if size > free:
        raise DatahallError(
            N_("{file} needs {size} bytes on disk, but {folder} has only {free} left."),
            code="no-space",
            file=file,
            size=f"{size:,}",
            folder=folder,
            free=f"{free:,}",
            hint=N_("Make room, or name a folder on a larger disk: DATAHALL_HOME for what is kept, TMPDIR meanwhile."),
        )


def sync(path: Path) -> None:
    """Force a file's content, or a folder's entries, to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove(path: Path) -> None:
    """Remove a file, a link, or a folder with all that is in it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
