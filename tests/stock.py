"""What every fresh hall would fetch and make anew, made once in a test run: the store and the list of fonts.

Halls on which the first start itself is tried do without it: the newcomer's, those without a mirror, benchmarks.
"""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
from pathlib import Path

FILL = """
import asyncio, sys
from pathlib import Path
from datahall.cli import run
from datahall_hub.services.apps.font_list import ensure_font_list, font_list_folder
index = Path(sys.argv.pop()) / "index"
index.mkdir()
asyncio.run(ensure_font_list(font_list_folder(index)))
sys.exit(run(["fetch", "--all", "--json"]))
"""
PARTS = ("store", "index")
_folder: Path | None = None


def use_stock(folder: Path) -> None:
    """Have fresh halls begin with what lies in `folder`, which several test processes may share."""
    global _folder
    _folder = folder


def copy_stock(home: Path, *, environment: dict[str, str]) -> None:
    """Put the store and the list of fonts into a fresh home, making them first where no test process has."""
    if _folder is None:
        return
    with _folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _folder.exists():
            _fill(_folder, environment=environment)
    for part in PARTS:
        shutil.copytree(_folder / part, home / part)


def _fill(folder: Path, *, environment: dict[str, str]) -> None:
    scratch = folder.with_suffix(".new")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", FILL, str(scratch)],
        env={**environment, "DATAHALL_HOME": str(scratch)}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (scratch / "store").is_dir(), done.stderr  # without a mirror only what is packaged is in it
    scratch.rename(folder)
