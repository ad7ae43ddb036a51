"""Datasets as CKAN's packages: what ``package_show`` and ``package_search`` of its action API answer.

Pure. A package's ``id`` is ours, its ``name`` the same with ``--`` for the slash, because CKAN's names have none. Where
nobody has said something, CKAN's own word for that stands there, never a guess.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from .._entries.entry import Entry
from .._harvesting.words import find_license
from .._index.documents import publisher_value
from .._vocabulary import licenses
from . import ckan_words
from .ckan_words import NOT_SPECIFIED, describe_organization, describe_tag, describe_theme
from .eu_vocabulary import find_status
from .offers import list_offers


def package_name(dataset_id: str) -> str:
    """Return CKAN's name of a dataset: ``transport--metro`` for ``transport/metro``."""
    return dataset_id.replace("/", "--", 1)


def read_package_name(text: str) -> str:
    """Return the id of the dataset that CKAN knows by the id or name `text`."""
    return text if "/" in text else text.replace("--", "/", 1)


def describe_package(entry: Entry, *, base_url: str, language: str) -> dict[str, Any]:
    """Return `entry` as a package, with its texts in `language` where they are there.

    Parameters
    ----------
    entry : Entry
        The dataset.
    base_url : str
        The hall's address, below which the data of our own datasets lies.
    language : str
        ``en`` or ``zh``.
    """
    resources = list(list_resources(entry, base_url=base_url))
    tags = [describe_tag(word) for word in list_tags(entry)]
    organization = _organization(entry, language=language)
    return {
        "id": entry.id,
        "name": package_name(entry.id),
        "title": entry.title_in(language),
        "title_translated": dict(entry.title),
        "notes": entry.description_in(language),
        "notes_translated": dict(entry.description),
        "url": entry.homepage or None,
        "type": "dataset",
        "state": "active",
        "private": False,
        "version": entry.version,
        "author": organization["title"] if organization else None,
        "author_email": None,
        "maintainer": entry.contact.name or None,
        "maintainer_email": entry.contact.email or None,
        "owner_org": organization["id"] if organization else None,
        "organization": organization,
        "groups": _groups(entry, language=language),
        **_license(entry, language=language),
        "metadata_created": _moment(entry.issued),
        "metadata_modified": _moment(last_change(entry)),
        "tags": tags,
        "num_tags": len(tags),
        "resources": resources,
        "num_resources": max(len(resources), entry.distributions_total),
        "extras": [{"key": key, "value": value} for key, value in _extras(entry)],
        "creator_user_id": None,
        "relationships_as_object": [],
        "relationships_as_subject": [],
    }


def last_change(entry: Entry) -> date | None:
    """Return when the data changed last, else until when it goes: by this, newer comes before older."""
    return entry.modified or entry.issued or entry.temporal_end


def list_tags(entry: Entry) -> tuple[str, ...]:
    """Return the keywords of all languages, each once: by each of them a dataset is found and counted."""
    return tuple(dict.fromkeys(word for some in entry.keywords.values() for word in some))


def list_resources(entry: Entry, *, base_url: str) -> Iterator[dict[str, Any]]:
    """Yield the forms in which the data can be had; none of a dataset of our own that is not open."""
    status = find_status("distribution", entry.retired)
    for position, offer in enumerate(list_offers(entry, base_url=base_url)):
        key = str(position + 1) if entry.is_harvested else offer.title
        yield {
            "id": f"{entry.id}/{key}",
            "package_id": entry.id,
            "position": position,
            "state": "active",
            "url": offer.url,  # empty where the portal gives no address: a relative one would lead to this hall
            "name": offer.title or None,
            "description": offer.given,
            "format": offer.format.upper() if offer.format else offer.format_text,
            "mimetype": offer.media_type or None,
            "size": offer.bytes,
            "hash": offer.checksum,
            "hash_algorithm": offer.algorithm or None,
            "resource_type": "file" if offer.is_download else None,
            "url_type": None if entry.is_harvested else "upload",  # CKAN's word for what lies at the portal itself
            "license": offer.license,
            "status": status.address if status else None,  # the name that CKAN's extension for DCAT gives it
            "created": _moment(entry.issued),
            "last_modified": _moment(entry.modified),
        }


def _organization(entry: Entry, *, language: str) -> dict[str, Any] | None:
    publisher = entry.publisher
    if publisher is None:
        return None
    name = publisher_value(entry)
    return describe_organization(name, publisher.title, language=language, homepage=publisher.homepage)


def _groups(entry: Entry, *, language: str) -> list[dict[str, Any]]:
    theme = ckan_words.find_theme(entry.theme or "")
    return [describe_theme(theme, language=language)] if theme else []


def _license(entry: Entry, *, language: str) -> dict[str, Any]:
    """Return the licence in our words; else the source's text as its title, which nobody calls open."""
    known = licenses().get(entry.license or "")
    if known is not None:
        return {
            "license_id": known.id,
            "license_title": known.title[language],
            "license_url": str(known.url or ""),
            "isopen": ckan_words.is_open(known.id) and entry.access == "open",
        }
    texts = [text for text in entry.license_texts if find_license(text) is None]  # else what takes it back is not here
    return {
        "license_id": NOT_SPECIFIED,  # an id is a word that one filters by, and in pages perhaps a link
        "license_title": " | ".join(texts),
        "license_url": "",
        "isopen": False,
    }


def _extras(entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield what CKAN has no field for; `spatial` is GeoJSON, as its extension for maps wants it.

    ``resources_total`` is there where not all resources stand in the package, as ``num_resources`` alone hardly tells.
    """
    start, end = entry.temporal_start, entry.temporal_end
    said = {
        "access": entry.access,
        "temporal": f"{start or '..'}/{end or '..'}" if start or end else "",
        "spatial": _shape(entry),
        "spatial_text": ", ".join(entry.spatial),
        "frequency": entry.frequency or entry.frequency_text,
        "synthetic": "true" if entry.synthetic else "false",
        "version": entry.version or "",
        "rows": "" if entry.rows is None else str(entry.rows),
        "quality": "" if entry.quality is None else f"{entry.quality:.3f}",
        "goals": ", ".join(entry.goals),
        "language": ", ".join(entry.languages) if len(entry.languages) == 1 else "",
        "harvest_source": entry.source or "",
        "harvest_id": entry.source_id,
        "missing_since": str(entry.missing_since or ""),
        "status": entry.retired or "",
        "deprecated_since": str(entry.retired_since or ""),
        "replaced_by": package_name(entry.replaced_by) if entry.replaced_by else entry.replacement,
        "resources_total": str(total) if (total := entry.distributions_total) > len(entry.distributions) else "",
    }
    yield from ((key, value) for key, value in said.items() if value)


def _shape(entry: Entry) -> str:
    if entry.bbox is None:
        return ""
    west, south, east, north = entry.bbox
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


def _moment(day: date | None) -> str | None:
    return f"{day.isoformat()}T00:00:00" if day else None
