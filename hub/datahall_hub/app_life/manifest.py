"""What an app says about itself: ``notebooks/apps/<slug>/app.yaml``, checked when it is read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

NOTEBOOK = "app.ipynb"
MANIFEST = "app.yaml"
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# Of what a portal told of the name has two parts: the portal's and the record's.
DATASET_ID = r"^(?:[a-z-]+/[a-z0-9]+(?:-[a-z0-9]+)*|harvested/[a-z0-9]+(?:--?[a-z0-9]+)*)$"
LONGEST_SLUG = 60  # characters
# Addresses below /services/apps/, and below the hall's page of all apps, that are not apps.
RESERVED_SLUGS = frozenset({"api", "health", "mine", "preview", "review", "static", "voila"})

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class ManifestError(ValueError):
    """An app.yaml cannot be used; the message names the file, the field and what to do."""


class BilingualText(BaseModel):
    """One text in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    en: Words
    zh: Words

    def __getitem__(self, language: str) -> str:
        """Return the text in `language`, ``en`` or ``zh``."""
        return self.zh if language == "zh" else self.en


class DatasetUse(BaseModel):
    """A dataset an app reads, and the version it was made with where that is recorded."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, StringConstraints(pattern=DATASET_ID)]
    version: str | None = None


class Author(BaseModel):
    """Who made an app."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Words
    url: Annotated[str, StringConstraints(pattern=r"^https?://")] | None = None


class Manifest(BaseModel):
    """One app: its texts, what it reads, and where it lies."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    slug: str
    folder: Path
    title: BilingualText
    summary: BilingualText
    themes: Annotated[list[Words], Field(min_length=1)]
    goals: list[Words] = []
    authors: Annotated[list[Author], Field(min_length=1)]
    license: Words
    datasets: Annotated[list[DatasetUse], Field(min_length=1)]
    # A picture and nothing that scripts: it is shown at an address of the hall.
    thumbnail: Annotated[str, StringConstraints(pattern=r"\.(png|jpe?g|webp)$")] | None = None
    show_source: bool = False

    @property
    def notebook(self) -> Path:
        """The app's notebook."""
        return self.folder / NOTEBOOK

    @property
    def thumbnail_file(self) -> Path | None:
        """The app's picture, where it has one."""
        return self.folder / self.thumbnail if self.thumbnail else None


def load_manifest(folder: Path, *, slug: str | None = None) -> Manifest:
    """Read and check the app in `folder`; its slug is the folder's name unless it is given.

    Raises
    ------
    ManifestError
        If a file is missing or a field is wrong.
    """
    path, slug = folder / MANIFEST, slug or folder.name
    try:
        fields = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ManifestError(f"{slug}: {MANIFEST} is missing. Describe the app there.") from error
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise ManifestError(f"{slug}/{MANIFEST} cannot be read: {error}") from error
    if not isinstance(fields, dict):
        raise ManifestError(f"{slug}/{MANIFEST} is not a list of fields; begin with `title:`.")
    try:
        manifest = Manifest.model_validate({**fields, "slug": slug, "folder": folder})
    except ValidationError as error:
        raise ManifestError(f"{slug}/{MANIFEST}: {describe_problems(error)}") from error
    _check_files(manifest)
    return manifest


def load_manifests(folder: Path) -> list[Manifest]:
    """Read all apps of `folder`, sorted by slug; an app that is not valid is left out (see `find_problems`)."""
    manifests = []
    for path in _app_folders(folder):
        try:
            manifests.append(load_manifest(path))
        except ManifestError:
            continue
    return manifests


def find_problems(folder: Path) -> list[str]:
    """Return one sentence for each app of `folder` that is not valid."""
    problems = []
    for path in _app_folders(folder):
        try:
            load_manifest(path)
        except ManifestError as error:
            problems.append(str(error))
    return problems


def _app_folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith((".", "_")))


def check_slug(slug: str) -> None:
    """Raise `ManifestError` for what cannot be the last part of an app's address."""
    if not SLUG.fullmatch(slug) or slug in RESERVED_SLUGS:
        raise ManifestError(
            f"{slug}: an app's folder is named with small letters, digits and single hyphens, "
            f"and not one of {', '.join(sorted(RESERVED_SLUGS))}. Rename the folder."
        )


def describe_problems(error: ValidationError) -> str:
    """Return what a manifest's model refuses, on one line."""
    return "; ".join(
        f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}" for problem in error.errors()
    )


def _check_files(manifest: Manifest) -> None:
    check_slug(manifest.slug)
    for file in (manifest.notebook, manifest.thumbnail_file):
        if file is not None and (file.parent != manifest.folder or not file.is_file()):
            raise ManifestError(f"{manifest.slug}: {file.name} is missing. Put it beside {MANIFEST}.")
