"""The environment of a person's server; nothing is inherited."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from datahall_hub.egress_client import build_network_environment
from datahall_hub.home import Home
from datahall_hub.person_sandbox import (
    CATALOGS_INSIDE,
    GATE_INSIDE,
    HOME_INSIDE,
    LESSONS_INSIDE,
    RUNTIME_INSIDE,
    USER_SERVER,
)
from datahall_hub.settings import Settings

# Found on every system, while zh_CN.UTF-8 must be generated; it writes Chinese files and names as well. It counts
# only when a program starts, so the fork servers have it too.
LANG = "C.UTF-8"


def build_environment(
    settings: Settings, *, home: Home, person_home: Path | None, language: str, is_teacher: bool
) -> dict[str, str]:
    """Return what a server's environment holds beside JupyterHub's own variables.

    `person_home` is the home of a server without walls, None inside a sandbox. A teacher is told where the solutions
    are, too.
    """
    home_there = person_home or HOME_INSIDE
    environment = {
        "HOME": str(home_there),
        "USER": "jovyan",
        "LOGNAME": "jovyan",
        "SHELL": "/bin/bash",
        "PATH": f"{USER_SERVER / 'bin'}:{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "LANG": LANG,
        "PS1": r"\w \$ ",  # the terminal says in which folder one is
        "PYTHONUNBUFFERED": "1",
        "MPLCONFIGDIR": str(home_there / ".cache/matplotlib"),
        "JUPYTER_CONFIG_PATH": str(USER_SERVER / "jupyter"),
        "JUPYTER_PREFER_ENV_PATH": "1",  # a package of one's own may bring a kernelspec of the same name along
        "DATAHALL_PYTHON": sys.executable,
        "DATAHALL_LANGUAGE": language,
        "DATAHALL_CATALOGS": str(home.plain_catalogs if person_home else CATALOGS_INSIDE),
        "DATAHALL_FETCH_URL": f"{settings.local_url}/services/hall/api/v1/fetch",
        "DATAHALL_GUIDES_FOLDER": str(settings.guides_folder),
        "DATAHALL_LESSONS_FOLDER": str(home.lessons if person_home else LESSONS_INSIDE),
        "DATAHALL_FORKSERVER_SOCKET": str(home.fork_socket("kernel") if person_home else GATE_INSIDE),
    }
    if is_teacher:
        environment["DATAHALL_TEACHERS_LESSONS_FOLDER"] = str(settings.lessons_folder)
    if person_home is None:
        environment |= build_network_environment(settings)
        environment["JUPYTER_RUNTIME_DIR"] = str(RUNTIME_INSIDE)
    if zone := os.environ.get("TZ"):
        environment["TZ"] = zone
    return environment
