"""The files of apps: each version in a folder named by what is in it, which never changes; and which one visitors see.

    <slug>/<digest>/         app.ipynb, app.yaml, submission.json and the picture: written beside, renamed into place;
                             opened.json, once it has passed its checks: the datasets and versions that it opened
    <slug>/published.json    the version that visitors see; null after the last was retired

What is published is read off the database of apps and written here for those who serve visitors (`published_apps`).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datahall_hub.app_life.manifest import MANIFEST, NOTEBOOK, SLUG

SUBMISSION, OPENED, PUBLISHED, PICTURE = "submission.json", "opened.json", "published.json", "thumbnail.png"
DIGEST = re.compile(r"[0-9a-f]{64}")
_PART = ".part-"


@dataclass(frozen=True)
class Submission:
    """What somebody submits, as it is kept, and what it was submitted to."""

    notebook: bytes
    manifest: bytes
    picture: bytes | None
    datasets: Mapping[str, str | None]  # the newest version then of each dataset that the manifest names
    environment: Mapping[str, str]  # the libraries of the hall then, and their versions

    @property
    def files(self) -> dict[str, bytes]:
        """The files by their names."""
        facts = {"datasets": dict(self.datasets), "environment": dict(self.environment)}
        files = {
            NOTEBOOK: self.notebook,
            MANIFEST: self.manifest,
            SUBMISSION: json.dumps(facts, indent=1, sort_keys=True).encode() + b"\n",
        }
        return files if self.picture is None else {**files, PICTURE: self.picture}

    @property
    def digest(self) -> str:
        """The sha256 of all files, with their names and lengths, in hexadecimal digits."""
        digest = hashlib.sha256()
        for name, content in sorted(self.files.items()):
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()


class AppFiles:
    """The folder of all apps. Whoever names one gives a slug and a digest, which are checked here."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, slug: str, submission: Submission) -> str:
        """Write the files of a version, whole or not at all, and return its digest; what is there already stays.

        Raises
        ------
        OSError
            If they cannot be written; nothing is left of them.
        """
        digest = submission.digest
        place = self.find_folder(slug, digest)
        if place.is_dir():
            return digest
        part = place.parent / f"{_PART}{secrets.token_hex(8)}"
        part.mkdir(parents=True)
        try:
            for name, content in submission.files.items():
                _write(part / name, content)
            part.rename(place)
        except OSError:
            shutil.rmtree(part, ignore_errors=True)
            if not place.is_dir():  # else somebody was quicker with the same files
                raise
        return digest

    def find_folder(self, slug: str, digest: str) -> Path:
        """Return where a version lies; whether it is there is another question."""
        if not SLUG.fullmatch(slug) or not DIGEST.fullmatch(digest):
            raise ValueError(f"no version of an app: {slug[:60]!r}, {digest[:64]!r}")
        return self._folder / slug / digest

    def load_submission(self, slug: str, digest: str) -> Submission:
        """Return the files of a version; raise `OSError` where they are not there."""
        folder = self.find_folder(slug, digest)
        facts = json.loads((folder / SUBMISSION).read_bytes())
        picture = folder / PICTURE
        return Submission(
            notebook=(folder / NOTEBOOK).read_bytes(),
            manifest=(folder / MANIFEST).read_bytes(),
            picture=picture.read_bytes() if picture.is_file() else None,
            datasets=facts["datasets"],
            environment=facts["environment"],
        )

    def note_opened(self, slug: str, digest: str, datasets: Sequence[Mapping[str, str]]) -> None:
        """Keep beside a version what it opened: it is served with these versions, and the store keeps them."""
        _replace(self.find_folder(slug, digest) / OPENED, {"datasets": [dict(use) for use in datasets]})

    def point_to(self, slug: str, published: Mapping[str, Any] | None) -> None:
        """Say which version visitors see from now on; None for no longer any."""
        place = self._folder / slug / PUBLISHED
        place.parent.mkdir(parents=True, exist_ok=True)
        _replace(place, published)

    def list_digests(self) -> Iterator[tuple[str, str]]:
        """Yield slug and digest of every version that lies here."""
        for folder in sorted(self._folder.glob("*/*/")):
            if SLUG.fullmatch(folder.parent.name) and DIGEST.fullmatch(folder.name):
                yield folder.parent.name, folder.name

    def remove_parts(self) -> None:
        """Remove what a hall left that ended while it wrote; called when one starts."""
        for part in (*self._folder.glob(f"*/{_PART}*"), *self._folder.glob(f"*/*/{_PART}*")):
            if part.is_dir() and not part.is_symlink():
                shutil.rmtree(part, ignore_errors=True)
            else:
                part.unlink(missing_ok=True)


def _replace(place: Path, content: Any) -> None:
    """Write JSON whole or not at all; a file that holds it already stays as it is."""
    written = json.dumps(content, indent=1, sort_keys=True).encode() + b"\n"
    if place.is_file() and place.read_bytes() == written:
        return
    part = place.with_name(f"{_PART}{secrets.token_hex(8)}")
    try:
        _write(part, written)
        part.replace(place)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
