"""A disk of some kilobytes, seen by one program alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


def run_on_small_disk(program: str, *, home: Path, disk: Path, size: str) -> list[str]:
    """Run `program` with `home` as DATAHALL_HOME and a disk of `size` at `disk`, which exists; return its lines."""
    shell = f'mount -t tmpfs -o size={size} none "{disk}" || exit 77; DATAHALL_HOME="{home}" exec "$0" -c "$1"'
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", shell, sys.executable, program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode == 77 or "unshare" in done.stderr:
        reason = "this machine lets nobody mount a small disk"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
