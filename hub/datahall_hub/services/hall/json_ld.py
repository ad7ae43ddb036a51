"""A dataset in the words of schema.org, for search engines. Pure."""

from __future__ import annotations

import json
from typing import Any

import datahall
from datahall import Dataset
from markupsafe import Markup

from datahall_hub.services.hall.addresses import BASE, data_path
from datahall_hub.services.hall.parts import list_parts

# Inside <script> a browser looks for these before it knows about JSON strings.
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_MEDIA_TYPES = {"parquet": "application/vnd.apache.parquet", "csv": "text/csv", "json": "application/json"}


def describe_dataset(dataset: Dataset, *, language: str, base_url: str, version: str | None) -> dict[str, Any]:
    """Return the schema.org description of `dataset`."""
    card = dataset.card
    terms, publisher = datahall.licenses()[card.license], datahall.publishers()[card.publisher]
    description: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "@id": f"{base_url}/datasets/{dataset.id}",
        "url": f"{base_url}/{language}/datasets/{dataset.id}",
        "name": card.title[language],
        "description": card.description[language],
        "inLanguage": language,
        "keywords": list(card.keywords.zh if language == "zh" else card.keywords.en),
        "license": terms.url or terms.title[language],
        "isAccessibleForFree": card.access == "open",
        "creator": {"@type": "Organization", "name": publisher.title[language]},
        "variableMeasured": [
            {"@type": "PropertyValue", "name": field.name, "description": field.title[language]}
            | ({"unitText": field.unit} if field.unit else {})
            for field in card.fields
        ],
        "includedInDataCatalog": {"@type": "DataCatalog", "name": "Datahall", "url": f"{base_url}/"},
    }
    optional = {
        "sameAs": card.homepage,
        "version": version,
        "temporalCoverage": card.temporal,
        "spatialCoverage": list(card.spatial) or None,
        "dateModified": _date_modified(dataset, version=version),
        "distribution": _distributions(dataset, version=version, base_url=base_url)
        if card.access == "open" and version
        else None,
    }
    return description | {key: value for key, value in optional.items() if value is not None}


def _date_modified(dataset: Dataset, *, version: str | None) -> str | None:
    """Return what the card says, of data that arrives the last day of the version."""
    if dataset.card.stream is not None and version is not None:
        return version[:10]
    return dataset.card.modified.isoformat() if dataset.card.modified else None


def to_script(description: dict[str, Any]) -> Markup:
    """Return `description` as JSON that nothing in it can break out of a script element."""
    text = json.dumps(description, ensure_ascii=False)
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return Markup(text)  # noqa: S704 every character that HTML could read has just been escaped


def _distributions(dataset: Dataset, *, version: str, base_url: str) -> list[dict[str, str]]:
    addresses = [
        (base_url + data_path(dataset.id, suffix=suffix).removeprefix(BASE), suffix) for suffix in _MEDIA_TYPES
    ]
    parts = list_parts(dataset, version, base=base_url).parts
    if len(parts) > 1:
        addresses[:1] = [(part.url, "parquet") for part in parts]
    return [
        {"@type": "DataDownload", "encodingFormat": _MEDIA_TYPES[suffix], "contentUrl": url}
        for url, suffix in addresses
    ]
