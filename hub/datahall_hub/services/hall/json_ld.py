"""A dataset's page for search engines: its newest version, or the one shown, in the words of schema.org."""

from __future__ import annotations

from typing import Any

from datahall import Dataset
from datahall._entries.entry import Entry
from datahall._exports import schema_org
from markupsafe import Markup

from datahall_hub.services.hall.exports import get_entry, show_version


def describe_dataset(dataset: Dataset, *, language: str, base_url: str, version: str | None) -> dict[str, Any]:
    """Return the schema.org description of `dataset` in one of its versions."""
    entry = show_version(get_entry(dataset.id).entry, version)
    return schema_org.describe_dataset(entry, language=language, base_url=base_url)


def describe_entry(entry: Entry, *, language: str, base_url: str) -> dict[str, Any]:
    """Return the schema.org description of a harvested dataset."""
    return schema_org.describe_dataset(entry, language=language, base_url=base_url)


def to_script(description: dict[str, Any]) -> Markup:
    """Return `description` as JSON that nothing in it can break out of a script element."""
    return Markup(schema_org.write_script(description))  # noqa: S704 every character that HTML could read is escaped
