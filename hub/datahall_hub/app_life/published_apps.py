"""The apps that visitors see, as the apps service, the hall and the fetch service read them. Reads only.

An app that comes with the hall is seen as it lies in its folder until it has been published, or retired, once.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from datahall_hub.app_life.app_files import DIGEST, PUBLISHED
from datahall_hub.app_life.kept_looks import find_picture
from datahall_hub.app_life.manifest import LONGEST_SLUG, SLUG, DatasetUse, Manifest, ManifestError, load_manifest

APPS = "apps/"
log = logging.getLogger("datahall.apps")


def name_use(slug: str) -> str:
    """Return under which name uses of an app are counted, and messages about it kept; no theme is called “apps”."""
    return f"{APPS}{slug}"


@dataclass(frozen=True)
class PublishedApp:
    """An app as visitors see it."""

    manifest: Manifest
    number: int = 0  # 0 for one that has not been through its checks here yet
    digest: str = ""
    datasets: tuple[DatasetUse, ...] = ()  # what it opened when it was checked, at which versions
    published: datetime | None = None  # UTC
    is_live_only: bool = False  # two runs of it do not show the same page

    @property
    def slug(self) -> str:
        """The last part of its address."""
        return self.manifest.slug

    @property
    def picture(self) -> Path | None:
        """Its picture: its author's, else one of how it looked when it was checked."""
        return find_picture(self.manifest)

    def list_datasets(self) -> list[DatasetUse]:
        """Return what it opened and what its manifest names besides."""
        opened = {use.id for use in self.datasets}
        return [*self.datasets, *(use for use in self.manifest.datasets if use.id not in opened)]


NOTHING = (None, None)


class PublishedApps:
    """All of them. A file that has not changed is not read again; any thread may ask."""

    def __init__(self, folder: Path, *, shipped: Path) -> None:
        self._folder, self._shipped = folder, shipped
        self._known: dict[str, tuple[object, PublishedApp | None]] = {}

    def find(self, slug: str) -> PublishedApp | None:
        """Return an app, or None where there is none, or none any more.

        Raises
        ------
        ManifestError
            If it cannot be read.
        """
        if len(slug) > LONGEST_SLUG or not SLUG.fullmatch(slug):
            return None
        pointer, shipped = self._folder / slug / PUBLISHED, self._shipped / slug
        mark = _find_mark(pointer) or tuple(_find_mark(file) for file in (shipped / "app.yaml", shipped / "app.ipynb"))
        if mark == NOTHING:  # of which there are as many as strangers ask for: nothing is remembered of them
            return None
        known = self._known.get(slug)
        if known is None or known[0] != mark:
            known = self._known[slug] = mark, self._load(slug)
        return known[1]

    def list_all(self) -> list[PublishedApp]:
        """Return all apps by their slugs; one that cannot be read is left out."""
        folders = [*self._folder.glob("*/"), *self._shipped.glob("*/")]
        slugs = sorted({folder.name for folder in folders})
        found = []
        for slug in slugs:
            try:
                found.append(self.find(slug))
            except ManifestError:  # said when the service starts
                continue
        return [app for app in found if app is not None]

    def _load(self, slug: str) -> PublishedApp | None:
        pointer = self._folder / slug / PUBLISHED
        try:
            fields = json.loads(pointer.read_bytes())
            return _read_pointer(fields, folder=pointer.parent) if fields is not None else None
        except FileNotFoundError:
            folder = self._shipped / slug
            return PublishedApp(load_manifest(folder)) if folder.is_dir() else None
        except (OSError, ValueError, KeyError, TypeError) as error:
            problem = f"{slug}/{PUBLISHED} cannot be read: {error}. Start the hall anew, which writes it."
            raise ManifestError(problem) from error


def _read_pointer(fields: dict[str, Any], *, folder: Path) -> PublishedApp | None:
    if not DIGEST.fullmatch(fields["digest"]):
        raise ValueError("it names no version")
    return PublishedApp(
        manifest=load_manifest(folder / fields["digest"], slug=folder.name),
        number=fields["number"],
        digest=fields["digest"],
        datasets=tuple(DatasetUse.model_validate(use) for use in fields["datasets"]),
        published=datetime.fromisoformat(fields["published"]),
        is_live_only=fields["live_only"],
    )


def _find_mark(file: Path) -> tuple[int, int] | None:
    """Return by what it is seen that a file has changed; None where there is none."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino
