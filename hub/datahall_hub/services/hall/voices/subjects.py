"""What a voice is about: the dataset or the app that it names, as far as the hall still has it."""

from __future__ import annotations

from datahall import store
from datahall._harvested.known_records import find_known

from datahall_hub.app_life.manifest import ManifestError
from datahall_hub.app_life.published_apps import APPS, PublishedApps
from datahall_hub.services.hall.faults import NotFound, Unavailable
from datahall_hub.services.hall.shelf import get_dataset
from datahall_hub.services.hall.voices.voice import Voice
from datahall_hub.services.hall.voices.voice_book import VoiceBook


def find_title(dataset_id: str, *, language: str) -> str | None:
    """Return what a dataset, of our own or harvested, is called; None where there is none of this name (any more)."""
    if store.is_harvested(dataset_id):
        known = find_known(dataset_id)
        return (known.describe().title_in(language) or dataset_id) if known else None
    try:
        return get_dataset(dataset_id).card.title[language]
    except NotFound:
        return None


def find_subject_title(subject: str, *, apps: PublishedApps, language: str) -> str | None:
    """Return what a dataset, or an app by `apps/<slug>`, is called; None where there is none (any more)."""
    if not subject.startswith(APPS):
        return find_title(subject, language=language)
    try:
        app = apps.find(subject.removeprefix(APPS))
    except ManifestError:  # the log of the apps service says why
        return None
    return app.manifest.title[language] if app else None


def require_dataset(dataset_id: str) -> None:
    """Refuse an id of no dataset, and say which may have been meant."""
    if not has_dataset(dataset_id):
        get_dataset(dataset_id)


def has_dataset(dataset_id: str) -> bool:
    """Tell whether there is a dataset with this id."""
    return find_title(dataset_id, language="en") is not None


def has_version(dataset_id: str, version: str) -> bool:
    """Tell whether the store has this version of a dataset."""
    return store.VERSION.fullmatch(version) is not None and store.has_version(dataset_id, version)


def find_voices(book: VoiceBook, subject: str) -> list[Voice]:
    """Return what everybody may read about a dataset or an app; nothing while the database is away."""
    try:
        return book.list_of(subject)
    except Unavailable:
        return []
