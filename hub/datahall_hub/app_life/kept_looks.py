"""What is kept of a look at a version, beside its files: ``<slug>/<digest>.look/{look.json, picture.png}``.

The apps service writes it whole or not at all; the hall shows the picture where the author gave none of their own.
"""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from datahall_hub.app_life.app_files import DIGEST
from datahall_hub.app_life.look_report import LookReport
from datahall_hub.app_life.manifest import Manifest

REPORT, PICTURE = "look.json", "picture.png"
PART = ".part-"  # such folders are removed when the hall starts (`AppFiles.remove_parts`)
LARGEST_PICTURE = 2_000_000  # bytes, as of one that an author gives
PNG = b"\x89PNG\r\n\x1a\n"


def keep_look(version: Path, report: LookReport, *, picture: bytes | None) -> None:
    """Write what was seen of the version in a folder; it takes the place of what was seen before.

    Raises
    ------
    OSError
        If it cannot be written; what was there before stays.
    """
    place, part = _find_folder(version), version.with_name(f"{PART}{secrets.token_hex(8)}")
    try:
        part.mkdir()
        _write(part / REPORT, report.model_dump_json(indent=1).encode() + b"\n")
        if picture is not None:
            _write(part / PICTURE, picture)
        _remove(place)
        part.rename(place)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def find_look(version: Path) -> LookReport | None:
    """Return what was seen of the version in a folder; None where nobody has looked, or nothing of it can be read."""
    try:
        return LookReport.model_validate_json((_find_folder(version) / REPORT).read_bytes())
    except (OSError, ValueError):
        return None


def find_picture(manifest: Manifest) -> Path | None:
    """Return the picture of an app: its author's own, else how it was seen; None where there is neither."""
    if manifest.thumbnail_file is not None:
        return manifest.thumbnail_file
    if not DIGEST.fullmatch(manifest.folder.name):  # it comes with the hall, and was not looked at here yet
        return None
    picture = _find_folder(manifest.folder) / PICTURE
    return picture if picture.is_file() else None


def is_picture(content: bytes) -> bool:
    """Tell whether this is a PNG that may be kept."""
    return content.startswith(PNG) and len(content) <= LARGEST_PICTURE


def _find_folder(version: Path) -> Path:
    return version.with_name(f"{version.name}.look")


def _remove(place: Path) -> None:
    """Remove an earlier look; nobody sees half of it."""
    old = place.with_name(f"{PART}{secrets.token_hex(8)}")
    try:
        place.rename(old)
    except FileNotFoundError:
        return
    shutil.rmtree(old, ignore_errors=True)


def _write(file: Path, content: bytes) -> None:
    with file.open("xb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
