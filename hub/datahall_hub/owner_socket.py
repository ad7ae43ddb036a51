"""A Unix socket in the hall's own folder, that only the user who runs the hall can open."""

from __future__ import annotations

import os
import socket
from pathlib import Path

LONGEST_PATH = 107  # bytes, of the kernel


def open_owner_socket(path: Path, *, service: str) -> socket.socket:
    """Return a listening socket at `path` that only this user can open (0600).

    Raises
    ------
    OSError
        If the path is too long, or another service of this kind answers there.
    """
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise OSError(
            f"{path} is too long for a socket (at most {LONGEST_PATH} bytes). Choose a shorter folder with --home."
        )
    if _is_answering(path):
        raise OSError(f"another {service} service answers at {path}. Stop it first: datahall-hub down")
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        listening.bind(str(path))
    finally:
        os.umask(mask)
    listening.listen(128)
    return listening


def _is_answering(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True
