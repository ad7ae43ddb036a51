"""A dataset in Croissant 1.0, from which machine-learning tools load its rows.

https://docs.mlcommons.org/croissant/docs/croissant-spec-1.0.html : the files are the Parquet files of one version, by
addresses that never change, each with its sha256; the one record set names their columns with types.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from .._entries.entry import Entry, EntryField, choose_text, explain_field
from .._vocabulary import licenses
from .offers import dataset_address, list_files_here
from .schema_org import describe_dataset as describe_for_search
from .texts import clean

CONFORMS_TO = "http://mlcommons.org/croissant/1.0"
_PARQUET = "application/x-parquet"  # the name by which the standard's tools know it
_ROWS = "rows"
_TYPES = {
    "integer": "sc:Integer",
    "number": "sc:Float",
    "boolean": "sc:Boolean",
    "date": "sc:Date",
    "datetime": "sc:DateTime",
    "time": "sc:Time",
}
# Terms of the standard that are its own, and not schema.org's.
_OWN_TERMS = (
    "citeAs", "column", "extract", "field", "fileObject", "fileProperty", "fileSet", "format", "includes",
    "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex", "repeated",
    "replace", "separator", "source", "subField", "transform",
)  # fmt: skip
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in _OWN_TERMS},
}


@dataclass(frozen=True)
class Loading:
    """What a loader must know beside the entry."""

    cite_as: str
    is_live: bool = False  # rows arrive: the next version has more
    primary_key: tuple[str, ...] = ()


def write_dataset(entry: Entry, *, base_url: str, loading: Loading) -> bytes:
    """Return the description of an open dataset whose version is in the store, files with digests.

    Of a harvested one that is what somebody has brought here: its portal's own files may change at any time, and nobody
    has told what is in them.
    """
    document = describe_dataset(entry, base_url=base_url, loading=loading)
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def describe_dataset(entry: Entry, *, base_url: str, loading: Loading) -> dict[str, Any]:
    """Return the same as plain values."""
    told = describe_for_search(entry, language="en", base_url=base_url)
    shared = (
        "description",
        "url",
        "creator",
        "publisher",
        "keywords",
        "sameAs",
        "inLanguage",
        "dateModified",
        "creativeWorkStatus",
    )
    license = licenses().get(entry.license or "")
    files = list_files_here(entry, base_url=base_url)
    described: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "@id": dataset_address(entry, base_url=base_url),
        "conformsTo": CONFORMS_TO,
        "name": re.sub(r"[^A-Za-z0-9_-]", "-", entry.id),  # as the standard lets names be
        "alternateName": choose_text(entry.title, language="en"),
        **{key: told[key] for key in shared if key in told},
        "license": (license.url or license.title.en) if license else told.get("conditionsOfAccess"),
        "citeAs": loading.cite_as,
        "version": entry.version,
        "datePublished": told.get("datePublished") or told.get("dateModified"),
        "isLiveDataset": loading.is_live,
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": offer.title,
                "name": offer.title,
                "contentUrl": offer.url,
                "contentSize": f"{offer.bytes} B",
                "encodingFormat": _PARQUET,
                "sha256": offer.checksum,
            }
            for offer in files
        ],
    }
    if len(files) > 1:
        described["distribution"].append(_join_files([offer.title for offer in files]))
    place = {"fileSet": {"@id": "parts"}} if len(files) > 1 else {"fileObject": {"@id": "data.parquet"}}
    described["recordSet"] = [_describe_rows(entry, place=place, loading=loading)]
    return {key: value for key, value in described.items() if value not in (None, "", [])}


def _join_files(names: list[str]) -> dict[str, Any]:
    """Return what makes one table of files that follow each other."""
    return {
        "@type": "cr:FileSet",
        "@id": "parts",
        "name": "parts",
        "containedIn": [{"@id": name} for name in names],
        "encodingFormat": _PARQUET,
        "includes": "part-*.parquet",
    }


def _describe_rows(entry: Entry, *, place: dict[str, Any], loading: Loading) -> dict[str, Any]:
    rows: dict[str, Any] = {
        "@type": "cr:RecordSet",
        "@id": _ROWS,
        "name": _ROWS,
        "description": clean(choose_text(entry.description, language="en")),
        "field": [_describe_field(field, place=place) for field in entry.fields],
    }
    if loading.primary_key:
        rows["key"] = [{"@id": f"{_ROWS}/{name}"} for name in loading.primary_key]
    return rows


def _describe_field(field: EntryField, *, place: dict[str, Any]) -> dict[str, Any]:
    title = explain_field(field, language="en")
    told: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{_ROWS}/{field.name}",
        "name": field.name,
        "description": f"{title} ({field.unit})" if field.unit else title,
        "dataType": _TYPES.get(field.type, "sc:Text"),
        "source": {**place, "extract": {"column": field.name}},
    }
    return told | ({"repeated": True} if field.type == "list" else {})
