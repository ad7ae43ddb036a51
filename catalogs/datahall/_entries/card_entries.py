"""Describe a dataset of our own by its card, and by what the store knows of its newest version."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from .. import store
from .._card_faults import last_day
from .._cards import LoadedCard
from .._vocabulary import publishers
from .entry import AccessLevel, Entry, EntryField, EntryFile, Publisher
from .field_lengths import find_length

if TYPE_CHECKING:
    from .._quality.record import Distribution
    from ..card import CardField


def describe_card(loaded: LoadedCard) -> Entry:
    """Return the entry of a dataset of our own."""
    card = loaded.card
    publisher = publishers()[card.publisher]
    start, end = _read_period(card.temporal or "")
    version, record = _find_version(loaded.id)
    seen = _find_distributions(record) if card.access == "open" else {}  # of others the values say nothing
    return Entry(
        id=loaded.id,
        title={"en": card.title.en, "zh": card.title.zh},
        description={"en": card.description.en, "zh": card.description.zh},
        keywords={"en": card.keywords.en, "zh": card.keywords.zh},
        theme=card.theme,
        publisher=Publisher(
            card.publisher, {"en": publisher.title.en, "zh": publisher.title.zh}, publisher.homepage or ""
        ),
        license=card.license,
        access=cast(AccessLevel, card.access),
        frequency=card.frequency,
        modified=card.modified,
        temporal_start=start,
        temporal_end=end,
        spatial=card.spatial,
        homepage=card.homepage or "",
        languages=("en", "zh"),
        fields=tuple(
            replace(describe_field(each), length=find_length(each, seen.get(each.name))) for each in card.fields
        ),
        goals=card.goals,
        formats=tuple(dict.fromkeys(source.format for source in card.sources)),
        synthetic=card.synthetic,
        version=version,
        rows=record.get("rows"),
        files=list_files(loaded.id, version, noted=record.get("files", ())),
        retired="deprecated" if card.deprecated else None,
        retired_since=card.deprecated,
        replaced_by=card.replaced_by,
    )


def describe_field(field: CardField) -> EntryField:
    """Return what a card says of a column."""
    title = {"en": field.title.en, "zh": field.title.zh}
    told = {"en": field.description.en, "zh": field.description.zh} if field.description is not None else {}
    return EntryField(field.name, field.type, title, unit=field.unit, semantic=field.semantic, description=told)


def _find_version(dataset_id: str) -> tuple[str | None, dict[str, Any]]:
    """Return the newest version and its record; neither where the store is damaged: others are told of all the same."""
    version = store.find_latest(dataset_id)
    try:
        return version, store.load_record(dataset_id, version) if version else {}
    except (OSError, json.JSONDecodeError):
        return None, {}


def _find_distributions(record: dict[str, Any]) -> dict[str, Distribution]:
    """Return how the values of a version's fields are distributed, by name."""
    from .._quality.record import read_stored

    quality = read_stored(record)
    return {each.name: each for each in quality.fields} if quality is not None else {}


def list_files(dataset_id: str, version: str | None, *, noted: Iterable[dict[str, Any]] = ()) -> tuple[EntryFile, ...]:
    """Return the files of a version, with the digests that its record has `noted`; none where one is gone."""
    if version is None:
        return ()
    digests = {file["name"]: file["sha256"] for file in noted}
    try:
        return tuple(
            EntryFile(path.name, path.stat().st_size, digests.get(path.name, ""))
            for path in store.parquet_paths(dataset_id, version)
        )
    except OSError:  # others are told of all the same
        return ()


def _read_period(temporal: str) -> tuple[date | None, date | None]:
    """Return the first and last day of an ISO 8601 interval of years, months or days; None for an open end."""
    begin, _, end = temporal.partition("/")
    first, last = begin[:4].isdigit() and (begin + "-01-01")[:10], last_day(end)
    return date.fromisoformat(first) if first else None, date.fromisoformat(last) if last else None
