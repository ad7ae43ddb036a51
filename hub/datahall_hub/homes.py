"""The home folders of people: named by them, private, and never somewhere else.

A home belongs to its person, who may put links into it. The hub creates the folder and looks no deeper;
what is written below it is written from inside the sandbox.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

SAFE = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-")
LONGEST = 200  # file systems allow 255 bytes for a name
MOUNT_POINT = "catalogs"


def home_name(person: str) -> str:
    """Return the folder name of a person: lower-case letters, digits, ``-``; other bytes as ``_`` and their code.

    Different people get different names; one too long for a file system ends in a hash of the whole.
    """
    name = "".join(chr(byte) if byte in SAFE else f"_{byte:02x}" for byte in person.encode())
    return name if len(name) <= LONGEST else f"{name[:LONGEST]}__{hashlib.sha256(person.encode()).hexdigest()[:16]}"


def ensure_person_home(homes: Path, *, name: str) -> Path:
    """Return a person's home, created with mode 0700 where it is missing.

    Raises
    ------
    NotADirectoryError
        If something else stands at its place.
    """
    home = homes / home_name(name)
    home.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        os.fchmod(descriptor, 0o700)
        _clear_mount_point(descriptor)
    finally:
        os.close(descriptor)
    return home


def _clear_mount_point(descriptor: int) -> None:
    """Move aside what would keep the catalogs from being mounted, such as a link from a time without walls."""
    try:
        status = os.stat(MOUNT_POINT, dir_fd=descriptor, follow_symlinks=False)
    except FileNotFoundError:
        return
    if stat.S_ISLNK(status.st_mode):
        os.unlink(MOUNT_POINT, dir_fd=descriptor)
    elif not stat.S_ISDIR(status.st_mode):
        os.rename(MOUNT_POINT, f"{MOUNT_POINT} (moved aside)", src_dir_fd=descriptor, dst_dir_fd=descriptor)
