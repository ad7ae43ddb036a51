"""The checkout as these tests read it: its members, its tracked files."""

from __future__ import annotations

import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[2]


@cache
def load_toml(relative: str) -> dict[str, Any]:
    """Read one of the checkout's TOML files."""
    return tomllib.loads((CHECKOUT / relative).read_text())


def member_folders() -> list[str]:
    """Return the workspace's members as the root pyproject lists them."""
    return list(load_toml("pyproject.toml")["tool"]["uv"]["workspace"]["members"])


@cache
def tracked_files() -> tuple[Path, ...]:
    """Return what git would give a newcomer: tracked files, and new ones that are not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    return tuple(path for name in listed if name and (path := CHECKOUT / name).is_file())


@cache
def tracked_texts() -> dict[Path, str]:
    """Return the tracked text files with their content."""
    texts = {}
    for path in tracked_files():
        content = path.read_bytes()
        if b"\0" not in content:
            texts[path] = content.decode(errors="replace")
    return texts
