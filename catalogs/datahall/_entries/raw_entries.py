"""Describe harvested datasets by their stored JSON, a million of them within seconds.

Only what a search finds, filters and orders by is described; `describe_record` describes everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from .entry import Entry, EntryDistribution, EntryField, Publisher


def describe_raw(content: Mapping[str, Any], *, id: str, source: str) -> Entry:
    """Return the entry of the record whose fields are `content`, as the record store keeps them."""
    get = content.get
    publisher = get("publisher")
    distributions: list[dict[str, Any]] = get("distributions") or []
    return Entry(
        id=id,
        title=content["title"],
        description=get("description") or {},
        keywords=get("keywords") or {},
        theme=get("theme"),
        publisher=Publisher(None, publisher) if publisher else None,
        license=get("license"),
        access=get("access") or "unknown",
        frequency=get("frequency"),
        issued=_read_date(get("issued")),
        modified=_read_date(get("modified")),
        temporal_start=_read_date(get("temporal_start")),
        temporal_end=_read_date(get("temporal_end")),
        spatial=tuple(get("spatial") or ()),
        homepage=get("homepage") or "",
        distributions=tuple(_describe(each) for each in distributions),
        fields=tuple(EntryField(each["name"], each["type"], _say_field(each)) for each in get("fields") or ()),
        synthetic=get("synthetic") or False,
        formats=tuple(sorted({each["format"] for each in distributions if each.get("format")})),
        source=source,
    )


def _say_field(given: Mapping[str, Any]) -> Mapping[str, str]:
    """Return a column's title and description as one text, since a search looks for words of both alike."""
    title, told = given.get("title") or {}, given.get("description") or {}
    return {tag: f"{title.get(tag, '')} {told.get(tag, '')}".strip() for tag in {**title, **told}} if told else title


def _describe(given: Mapping[str, Any]) -> EntryDistribution:
    return EntryDistribution(
        given["url"],
        is_download=given.get("is_download") or False,
        format=given.get("format"),
        format_text=given.get("format_text") or "",
    )


def _read_date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
