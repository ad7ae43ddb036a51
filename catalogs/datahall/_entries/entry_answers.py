"""Entries and hits as JSON: what the hall's API answers, and the workbench where the hall does not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from .._vocabulary import licenses
from ..errors import UnknownDataset
from .entry import Entry, EntryDistribution
from .offered_formats import list_offered

if TYPE_CHECKING:
    from .._citation import Citation
    from .._index import Hit
    from .._joins import Joins


def summarise(entry: Entry, *, base: str) -> dict[str, Any]:
    """Return what a list says of a dataset; `base` is the address of the hall."""
    from .._index.documents import publisher_value

    publisher = publisher_value(entry)
    terms = licenses().get(entry.license or "")
    return {
        "id": entry.id,
        "title": dict(entry.title),
        "theme": entry.theme,
        "publisher": publisher if entry.publisher else None,
        "publisher_title": dict(entry.publisher.title) if entry.publisher else None,
        "license": entry.license,
        "license_title": terms.title.model_dump() if terms else None,
        "access": entry.access,
        "synthetic": entry.synthetic,
        "version": entry.version,
        "rows": entry.rows,
        "bytes": sum(file.bytes for file in entry.files) or None,
        "quality_score": _find_quality(entry.id) if entry.version else None,
        "modified": entry.modified.isoformat() if entry.modified else None,
        "until": _day(entry.temporal_end),
        "formats": list(list_offered(entry)),
        "distributions_total": entry.distributions_total,
        "source": entry.source,
        "url": f"{base}/datasets/{quote(entry.id)}",
    }


def _find_quality(dataset_id: str) -> float | None:
    """Return how good a dataset's newest version is, from 0 to 1, as its page says; None for another portal's.

    None, too, where its card has just been taken away: the index finds it for some seconds more.
    """
    from .. import store

    if store.is_harvested(dataset_id):
        return None
    try:
        loaded = store.find_card(dataset_id)
    except UnknownDataset:
        return None
    return _measure(loaded.id, store.find_latest(loaded.id), id(loaded), datetime.now(UTC).date())


@lru_cache(maxsize=5_000)
def _measure(dataset_id: str, version: str | None, _card: int, today: date) -> float | None:
    """Return the score of a version, which changes with its card and with the day."""
    from .. import store
    from .._dataset import Dataset

    return Dataset(store.find_card(dataset_id), version=version).known_quality(today=today).score


def describe_hit(hit: Hit, *, base: str) -> dict[str, Any]:
    """Return what a search says of a dataset."""
    snippet = [{"text": piece.text, "is_match": piece.is_match} for piece in hit.snippet]
    return summarise(hit.entry, base=base) | {"snippet": snippet}


def describe_entry(entry: Entry, *, base: str) -> dict[str, Any]:
    """Return all that an entry says, in the form that own and harvested datasets share."""
    return summarise(entry, base=base) | {
        "description": dict(entry.description),
        "keywords": {language: list(words) for language, words in entry.keywords.items()},
        "frequency": entry.frequency,
        "temporal": {"start": _day(entry.temporal_start), "end": _day(entry.temporal_end)},
        "spatial": list(entry.spatial),
        "homepage": entry.homepage or None,
        "contact": _tell_contact(entry),
        "card": None,
        "versions": [],
        "quality": None,
        "data": {},
        "distributions": [_describe(each) for each in entry.distributions],
        "license_texts": list(entry.license_texts),
        **tell_retirement(entry),
    }


def tell_retirement(entry: Entry | None) -> dict[str, str | None]:
    """Return since when a dataset should no longer be used, and what takes its place; None of what is not known."""
    return {
        "missing_since": _day(entry.missing_since) if entry else None,
        "retired": entry.retired if entry else None,
        "deprecated_since": _day(entry.retired_since) if entry else None,
        "replaced_by": entry.replaced_by if entry else None,
        "replacement": (entry.replacement or None) if entry else None,
    }


def _tell_contact(entry: Entry) -> dict[str, str]:
    """Return whom to ask; where nobody is named, the publisher's own page."""
    contact, publisher = entry.contact, entry.publisher
    address = contact.address or (publisher.homepage if publisher else "")
    return {"name": contact.name, "email": contact.email, "address": address}


def tell_citation(citation: Citation) -> dict[str, Any]:
    """Return a citation: the sentence in each language, and BibTeX."""
    return {"texts": citation.texts, "bibtex": citation.bibtex}


def tell_joins(joins: Joins, *, rows: int) -> dict[str, Any]:
    """Return the best `rows` ways to join a dataset, with the titles of the other datasets."""
    results = [join.as_json() | {"other_title": _find_title(join.other)} for join in joins[:rows]]
    return {"total": len(joins), "results": results}


def _find_title(dataset_id: str) -> dict[str, str]:
    from .. import DatahallError, dataset

    try:
        other = dataset(dataset_id)
    except DatahallError:  # withdrawn since
        return {}
    return {language: other.title(language) for language in ("en", "zh")}


def _describe(offered: EntryDistribution) -> dict[str, Any]:
    names = ("url", "title", "format", "format_text", "media_type", "bytes", "is_download", "license")
    return {name: getattr(offered, name) for name in names}


def _day(day: Any) -> str | None:
    return day.isoformat() if day else None
