"""The versions that the store holds, as their files say; only reads.

A version counts once its record can be read. ``latest.json`` names the one that readers get.
"""

from __future__ import annotations

import json
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from ._locations import find_locations
from ._version_writing import DATA, RECORD
from .errors import N_, NotPresent, UnknownDataset

VERSION = re.compile(r"^\d{4}-\d\d-\d\d\.[0-9a-f]{8}$")
LATEST = "latest.json"
LINK = "latest"  # for programs that know nothing of us: latest/data.parquet is a path that stays
PARTIAL = ".partial"  # downloads that broke off; the next fetch goes on with them
ARRIVING = "arriving"  # what a stream has sent that is in no version yet


def dataset_folder(dataset_id: str) -> Path:
    """Return the folder that holds the dataset's versions, whether or not it exists."""
    return find_locations().store / dataset_id


def list_versions(dataset_id: str) -> list[str]:
    """Return the versions in the store, the newest first."""
    folder = dataset_folder(dataset_id)
    if not folder.is_dir():
        return []
    whole = [entry.name for entry in folder.iterdir() if is_whole(folder, entry.name)]
    return sorted(whole, key=lambda version: (_find_created(folder / version / RECORD), version), reverse=True)


def has_version(dataset_id: str, version: str) -> bool:
    """Say whether the store holds this version."""
    return is_whole(dataset_folder(dataset_id), version)


def find_latest(dataset_id: str) -> str | None:
    """Return the version that readers get, or None where there is none yet."""
    folder = dataset_folder(dataset_id)
    version = read_latest(folder).get("version")
    if is_whole(folder, version):
        return str(version)
    return next(iter(list_versions(dataset_id)), None)


def stamp_versions(dataset_id: str) -> str:
    """Return what tells a state of the dataset's versions from another, without reading any."""
    folder = f"{find_locations().store}/{dataset_id}"
    return ":".join(_stamp(path) for path in (folder, f"{folder}/{LATEST}", f"{folder}/{LINK}/{RECORD}"))


def _stamp(path: str) -> str:
    try:
        return f"{os.stat(path).st_mtime_ns:x}"  # noqa: PTH116 for each dataset before most searches
    except OSError:
        return ""


def find_earlier(dataset_id: str) -> str | None:
    """Return the version that readers got before the latest, where the store still holds it."""
    folder = dataset_folder(dataset_id)
    earlier = read_latest(folder).get("earlier")
    return str(earlier) if is_whole(folder, earlier) else None


def load_record(dataset_id: str, version: str) -> dict[str, Any]:
    """Return ``version.json``: rows, fields, sources, quality, when and by what it was made."""
    return dict(json.loads((dataset_folder(dataset_id) / version / RECORD).read_text()))


def parquet_paths(dataset_id: str, version: str) -> tuple[Path, ...]:
    """Return the data files of a version, in order; raises UnknownDataset where it is not in the store.

    There is one, unless the version is larger than a file should be (`PART_BYTES`).
    """
    files = _find_files(dataset_folder(dataset_id), version)
    if files is None:
        raise UnknownDataset(
            N_("{id} has no version {version} in the store; it has: {versions}."),
            code="unknown-version",
            id=dataset_id,
            version=version,
            versions=", ".join(list_versions(dataset_id)) or "–",
        )
    return files


def parquet_path(dataset_id: str, version: str) -> Path:
    """Return the data file of a version; raises NotPresent where it is not a single one."""
    file, *more = parquet_paths(dataset_id, version)
    if more:
        raise NotPresent(
            N_("{id}@{version} is not one file: its rows lie in {count} parts."),
            code="several-parts",
            id=dataset_id,
            version=version,
            count=len(more) + 1,
            hint=N_("parquet_paths() lists them; polars(), arrow() and sql() read them all."),
        )
    return file


def has_recipe(dataset_id: str, recipe: str) -> bool:
    """Say whether the version that readers get was made, or kept, by this recipe."""
    folder = dataset_folder(dataset_id)
    latest = read_latest(folder)
    return latest.get("recipe") == recipe and is_whole(folder, latest.get("version"))


def is_whole(folder: Path, version: object) -> bool:
    """Return whether `folder`, a dataset's, holds a version with all its files."""
    return _find_files(folder, version) is not None


def _find_files(folder: Path, version: object) -> tuple[Path, ...] | None:
    """Return the data files of a version; None where it is none, or its record cannot be read."""
    if not isinstance(version, str) or VERSION.match(version) is None:
        return None
    record = folder / version / RECORD
    try:
        status = record.stat()
    except OSError:
        return None
    return _read_files(record, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=20_000)
def _read_files(record: Path, _changed: int, _size: int) -> tuple[Path, ...] | None:
    """Return the data files; a version whose record is damaged (a disk may be) is made anew by the next fetch."""
    try:
        content = json.loads(record.read_bytes())
        is_readable = isinstance(content["created"], str) and isinstance(content["rows"], int)
        files = tuple(record.with_name(name) for name in content.get("parts", [DATA]))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return files if is_readable and files else None


def _find_created(record: Path) -> str:
    status = record.stat()
    return _read_created(record, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=20_000)  # a stream has a version for each day, and each record holds a thousand numbers
def _read_created(record: Path, _changed: int, _size: int) -> str:
    return str(json.loads(record.read_bytes())["created"])


def read_latest(folder: Path) -> dict[str, Any]:
    """Return what ``latest.json`` says in a dataset's folder; nothing where there is none."""
    try:
        return dict(json.loads((folder / LATEST).read_text()))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except ValueError:
        return {}  # damaged: the newest version counts
