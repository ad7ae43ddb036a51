"""Entries and hits as the API's answers."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from datahall._entries.entry import Entry, EntryDistribution
from datahall._entries.offered_formats import list_offered
from datahall._index import Hit
from datahall._index.documents import publisher_value


def summarise(entry: Entry, *, base: str) -> dict[str, Any]:
    """Return what a list says of a dataset."""
    publisher = publisher_value(entry)
    return {
        "id": entry.id,
        "title": dict(entry.title),
        "theme": entry.theme,
        "publisher": publisher if entry.publisher else None,
        "license": entry.license,
        "access": entry.access,
        "synthetic": entry.synthetic,
        "version": entry.version,
        "modified": entry.modified.isoformat() if entry.modified else None,
        "formats": list(list_offered(entry)),
        "distributions_total": entry.distributions_total,
        "source": entry.source,
        "url": f"{base}/datasets/{quote(entry.id)}",
    }


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
        "rows": entry.rows,
        "card": None,
        "versions": [],
        "quality": None,
        "data": {},
        "distributions": [_describe(each) for each in entry.distributions],
        "license_texts": list(entry.license_texts),
        "missing_since": _day(entry.missing_since),
    }


def _describe(offered: EntryDistribution) -> dict[str, Any]:
    names = ("url", "title", "format", "format_text", "media_type", "bytes", "is_download", "license")
    return {name: getattr(offered, name) for name in names}


def _day(day: Any) -> str | None:
    return day.isoformat() if day else None
