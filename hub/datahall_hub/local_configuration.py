"""The operator's own files: ``jupyterhub_config.d/*.py`` and ``settings.toml`` in the home folder.

The first run with the hub's rights and the second can take the walls away, so neither may be writable by
anybody but the user who starts the hall.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from datahall_hub.failures import RunError
from datahall_hub.home import Home
from datahall_hub.operator_words import say


def find_local_configuration(home: Home) -> list[Path]:
    """Return the operator's own ``jupyterhub_config.d/*.py``, in the order of their names.

    Raises
    ------
    RunError
        If one of them, their folder or ``settings.toml`` could have been written by somebody else.
    """
    files = sorted(home.local_configuration.glob("*.py"))
    for path in (home.root / "settings.toml", home.local_configuration, *files):
        if path.exists():
            _check_owner(path)
    return files


def _check_owner(path: Path) -> None:
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise RunError(
            "unsafe-configuration",
            say(
                "{path} is not loaded: it must be a file or folder of the user who starts the hall, writable by nobody "
                "else (now: owner {owner}, mode {mode}). Try: chown {user} {path}; chmod go-w {path}",
                path=path,
                owner=status.st_uid,
                mode=stat.filemode(status.st_mode),
                user=os.getuid(),
            ),
        )
