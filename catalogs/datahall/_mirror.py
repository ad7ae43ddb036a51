"""Find a source in the mirror that ``DATAHALL_MIRROR`` names: a folder or URL with an ``index.json``.

The index is a list of ``{url, sha256, path}``; a source is looked up by sha256, then by url. What the
mirror hands out is verified like anything else, so a mirror need not be trusted.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin

from ._locations import find_mirror
from .card import Source
from .errors import N_, SourceFailed

MAXIMUM_INDEX = 64 << 20  # bytes; a mirror of 100,000 files has an index of 40 MB


def find_in_mirror(source: Source) -> Path | str | None:
    """Return the file or URL at which the mirror has `source`, or None.

    Raises
    ------
    SourceFailed
        The mirror cannot be asked, or its index or what that says of `source` makes no sense.
    """
    mirror = find_mirror()
    if mirror is None:
        return None
    try:
        if mirror.startswith(("http://", "https://")):
            return _find_url(mirror.rstrip("/") + "/", source)
        return _find_file(Path(mirror), source)
    except (OSError, ValueError) as error:  # also of a path that no system has: with a NUL, or too long
        raise _broken(mirror.rstrip("/") + "/index.json") from error


def _find_url(base: str, source: Source) -> str | None:
    path = _lookup(_load_remote(base), source)
    return _inside_url(base, path) if path else None


def _find_file(folder: Path, source: Source) -> Path | None:
    index = folder / "index.json"
    if not index.is_file():
        return None
    path = _lookup(_load_local(index, index.stat().st_mtime_ns), source)
    return _inside_folder(folder, path) if path else None


def _lookup(index: dict[str, str], source: Source) -> str | None:
    for key in (source.sha256, source.url, *source.mirrors):
        if key is not None and key in index:
            return index[key]
    return None


def _inside_folder(folder: Path, path: str) -> Path | None:
    file = (folder / path).resolve()
    return file if file.is_relative_to(folder.resolve()) and file.is_file() else None


def _inside_url(base: str, path: str) -> str | None:
    url = urljoin(base, quote(path))
    return url if url.startswith(base) and "/../" not in url else None


@lru_cache(maxsize=2)
def _load_local(index: Path, _changed: int) -> dict[str, str]:
    return _parse(index.read_bytes(), name=str(index))


@lru_cache(maxsize=2)
def _load_remote(base: str) -> dict[str, str]:
    from ._download import download_bytes

    return _parse(download_bytes(base + "index.json", maximum=MAXIMUM_INDEX), name=base + "index.json")


def _parse(content: bytes, *, name: str) -> dict[str, str]:
    """Return paths by sha256 and by url; the first entry of each counts."""
    try:
        entries: list[dict[str, Any]] = json.loads(content)
        index: dict[str, str] = {}
        for entry in entries:
            for key in (entry.get("sha256"), entry.get("url")):
                if key:
                    index.setdefault(str(key), str(entry["path"]))
        return index
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _broken(name) from error


def _broken(name: str) -> SourceFailed:
    return SourceFailed(
        N_("The mirror's {name} is not a list of url, sha256 and path."),
        name=name,
        hint=N_("Check DATAHALL_MIRROR."),
    )
