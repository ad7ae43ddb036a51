"""Where cards, vocabulary and store lie: the one place that reads the DATAHALL_ variables.

With ``DATAHALL_CATALOGS`` set (a user's sandbox) everything is read below that folder and nothing is
written. Otherwise cards come from the package and from ``DATAHALL_HOME``, and the store is in
``DATAHALL_HOME``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

_PACKAGE = Path(__file__).parent


@dataclass(frozen=True)
class Locations:
    """Folders to read from, in reading order, and whether the store may be written."""

    datasets: tuple[Path, ...]
    vocabulary: Path
    store: Path
    is_writable: bool


def find_locations() -> Locations:
    """Return the folders that the environment names now."""
    return _locate(os.environ.get("DATAHALL_CATALOGS"), find_home())


@lru_cache(maxsize=64)  # asked for some ninety times for one page of the hall
def _locate(mounted: str | None, home: Path) -> Locations:
    if mounted:
        root = Path(mounted)
        return Locations((root / "datasets",), root / "vocabulary", root / "store", is_writable=False)
    return Locations(
        (shipped_folder("datasets"), home / "datasets"),
        shipped_folder("vocabulary"),
        home / "store",
        is_writable=True,
    )


def find_home() -> Path:
    """Return ``DATAHALL_HOME``, by default ``~/.local/share/datahall``."""
    return _expand(os.environ.get("DATAHALL_HOME") or "~/.local/share/datahall", os.environ.get("HOME"))


@lru_cache(maxsize=64)
def _expand(home: str, _user: str | None) -> Path:
    return Path(home).expanduser()


def find_mirror() -> str | None:
    """Return the folder or URL that ``DATAHALL_MIRROR`` names, if any."""
    return os.environ.get("DATAHALL_MIRROR") or None


@cache  # a package does not move while it runs; looking took a quarter of the time that opening a dataset takes
def shipped_folder(name: str) -> Path:
    """Return a shipped folder: beside the modules in a wheel, one level up in a checkout."""
    beside = _PACKAGE / name
    return beside if beside.is_dir() else _PACKAGE.parent / name
