"""A hall that an ordinary user of the machine has started, from a clone and an environment that this user may enter."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.journeys.fresh_checkout import Newcomer
from tests.running_hall import RunningHall, offline_environment
from tests.stock import copy_stock

# Of no account, and with no right but everybody's; another for each process of the tests, which ends all that is its.
USER = 60_321 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
# What setpriv starts is still looked up with root's rights, what `env` starts no more.
BECOME = ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--", "/usr/bin/env", "--")
SET_UP_WITHIN = 240  # seconds


@contextmanager
def open_ordinary_hall(options: list[str]) -> Iterator[RunningHall]:
    """Set up a clone as root, start its hall as the user, and leave nothing of either."""
    with tempfile.TemporaryDirectory(prefix="ordinary-", dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        python = set_up_clone(folder)
        home = folder / "hall"
        environment = {"HOME": str(folder / "person"), "DATAHALL_MIRROR": str(_make_mirror(folder))}
        copy_stock(home, environment=offline_environment())
        _give(folder / "person", home)
        hall = RunningHall(home, options=options, command=(*BECOME, str(python), "-m", "datahall_hub.cli"))
        try:
            yield hall.start(environment=environment)
        finally:
            if hall.process is not None and hall.process.poll() is None:
                hall.stop()
            for process in find_users_processes():
                process.kill()


def ask_as_user(hall: RunningHall, code: str) -> str:
    """Have the user's own Python run a line, with the hall's packages; return what it prints."""
    python = hall.command[len(BECOME)]
    asked = subprocess.run(
        [*BECOME, python, "-c", code], capture_output=True, text=True, check=True, timeout=30, cwd="/"
    )
    return asked.stdout.strip()


def find_users_processes() -> list[psutil.Process]:
    """Return what runs as the user."""
    return [each for each in psutil.process_iter(["uids"]) if each.info["uids"] and each.info["uids"].real == USER]


def find_shared_python() -> Path:
    """Return a Python on which the user can build: this environment's own, or the system's."""
    for candidate in (Path(sys.base_prefix) / "bin/python3", Path("/usr/bin/python3")):
        fits = [*BECOME, str(candidate), "-c", "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))"]
        if subprocess.run(fits, capture_output=True, check=False).returncode == 0:
            return candidate
    raise AssertionError("No Python 3.11 or newer that an ordinary user may run: install python3 and python3-venv.")


def set_up_clone(folder: Path) -> Path:
    """Make a clone and an environment of its own in a folder that everybody may enter; return its Python."""
    newcomer = Newcomer(folder, mirror="")
    newcomer.set_up()
    newcomer.python = find_shared_python()
    newcomer.set_up_once(within=SET_UP_WITHIN)
    return newcomer.checkout / ".venv/bin/python"


def _make_mirror(folder: Path) -> Path:
    mirror = folder / "mirror"
    mirror.mkdir()
    (mirror / "index.json").write_text("[]")
    return mirror


def _give(*folders: Path) -> None:
    for folder in folders:
        folder.mkdir(exist_ok=True)
        for path in (folder, *folder.rglob("*")):
            os.chown(path, USER, USER, follow_symlinks=False)
