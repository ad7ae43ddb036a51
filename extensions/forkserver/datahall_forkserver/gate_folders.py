"""Where gates lie: a folder for each, which is shown in its sandbox, beside the owner's socket."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from datahall_forkserver.errors import RefusedError
from datahall_forkserver.protocol import GATE_NAME


def find_gates(path: Path) -> Path:
    """Return the folder of the gates of the server that listens at `path`."""
    return path.parent / "gates"


def ensure_gate_folder(folder: Path, name: str) -> Path:
    """Return the folder of a gate's socket, which is shown in its sandbox; made where it is missing."""
    if not GATE_NAME.fullmatch(name):
        raise RefusedError(f"{name!r} is no name of a gate: small letters, digits and hyphens.", code="bad-request")
    own = folder / name
    for each, mode in ((folder, 0o700), (own, 0o711)):  # those inside are other users, where root runs the server
        with contextlib.suppress(FileExistsError):
            each.mkdir(mode=mode)
            each.chmod(mode)
        status = each.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
            raise RefusedError(f"{each} is not a folder that only its owner can write in; remove it.", code="gate")
    return own
