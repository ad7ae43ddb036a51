"""A dataset in the words of schema.org, for search engines.

https://schema.org/Dataset, with what https://developers.google.com/search/docs/appearance/structured-data/dataset asks
for. Texts are in the page's language; keywords in both.
"""

from __future__ import annotations

import json
from typing import Any

from .._entries.entry import Entry, EntryField, Publisher, choose_text, explain_field
from .._messages import translate
from .._vocabulary import licenses
from .dcat_ap import TITLE
from .eu_vocabulary import find_status
from .offers import Offer, dataset_address, list_offers, page_address
from .places import find_place_name
from .texts import (
    clean,
    clean_line,
    find_modified,
    list_descriptions,
    list_keywords,
    list_language_tags,
    list_titles,
    make_address,
    make_email,
)

# Inside <script> a browser looks for these before it knows about JSON strings.
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_LONGEST_DESCRIPTION = 5_000  # what search engines read


def describe_dataset(entry: Entry, *, language: str, base_url: str) -> dict[str, Any]:
    """Return the schema.org description of a dataset for its page in `language`."""
    license = licenses().get(entry.license or "")
    homepage = make_address(entry.homepage)
    modified = find_modified(entry)
    publisher = _describe_publisher(entry.publisher, language=language)
    told: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "@id": dataset_address(entry, base_url=base_url),
        "url": page_address(entry, base_url=base_url, language=language),
        "identifier": entry.id,
        "name": _choose(list_titles(entry), language=language),
        "description": _choose(list_descriptions(entry), language=language)[:_LONGEST_DESCRIPTION],
        "inLanguage": list_language_tags(entry),
        "keywords": _list_keywords(entry, language=language),
        "license": (license.url or license.title[language]) if license else None,
        "conditionsOfAccess": None if license else " | ".join(filter(None, map(clean_line, entry.license_texts))),
        "isAccessibleForFree": True if entry.access == "open" else None,
        "creator": publisher,
        "publisher": publisher,
        "contactPoint": _describe_contact(entry),
        "sameAs": homepage if entry.is_harvested else None,
        "isBasedOn": homepage if not entry.is_harvested else None,
        "version": entry.version,
        "creativeWorkStatus": _describe_status(entry, language=language),
        "datePublished": entry.issued.isoformat() if entry.issued else None,
        "dateModified": modified.isoformat() if modified else None,
        "temporalCoverage": _describe_period(entry),
        "spatialCoverage": _describe_places(entry),
        "variableMeasured": [_describe_field(field, language=language) for field in entry.fields],
        "distribution": [
            _describe_offer(offer) for offer in list_offers(entry, base_url=base_url) if offer.url and _is_here(entry)
        ],
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "name": translate(TITLE, language=language),
            "url": f"{base_url}/",
        },
    }
    return {key: value for key, value in told.items() if value not in (None, "", [], {})}


def _describe_status(entry: Entry, *, language: str) -> dict[str, str]:
    """Return that it should no longer be used; for what replaces it there is no word (supersededBy is of terms)."""
    status = find_status("dataset", entry.retired)
    if status is None:
        return {}
    told = {"@id": status.address, "name": status.title[language], "termCode": status.code}
    return {"@type": "DefinedTerm", **told, "inDefinedTermSet": status.scheme}


def _describe_field(field: EntryField, *, language: str) -> dict[str, str]:
    told = {
        "@type": "PropertyValue",
        "name": clean_line(field.name),
        "description": clean_line(explain_field(field, language=language)),
        "unitText": clean_line(field.unit or ""),
    }
    return {key: value for key, value in told.items() if value}


def write_script(description: dict[str, Any]) -> str:
    """Return `description` as JSON that nothing in it can break out of a script element."""
    text = json.dumps(description, ensure_ascii=False)
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return text


def _is_here(entry: Entry) -> bool:
    """Tell whether there is something to download: a search engine does not ask again for what is not here yet."""
    return entry.is_harvested or entry.version is not None


def _choose(texts: list[tuple[str, str]], *, language: str) -> str:
    return choose_text({tag or "und": text for tag, text in reversed(texts)}, language=language)


def _list_keywords(entry: Entry, *, language: str) -> list[str]:
    """Return the keywords of the page's language first, then the others."""
    words = sorted(list_keywords(entry), key=lambda pair: not pair[0].startswith(language))
    return list(dict.fromkeys(word for _, word in words))


def _describe_publisher(publisher: Publisher | None, *, language: str) -> dict[str, str]:
    name = clean_line(choose_text(publisher.title, language=language)) if publisher else ""
    address = make_address(publisher.homepage) if publisher else ""
    return ({"@type": "Organization", "name": name} | ({"url": address} if address else {})) if name else {}


def _describe_contact(entry: Entry) -> dict[str, str]:
    told = {
        "name": clean_line(entry.contact.name),
        "email": make_email(entry.contact.email),
        "url": make_address(entry.contact.address),
    }
    told = {key: value for key, value in told.items() if value}
    return {"@type": "ContactPoint", **told} if told else {}


def _describe_period(entry: Entry) -> str:
    start, end = entry.temporal_start, entry.temporal_end
    if start is None and end is None:
        return ""
    return f"{start.isoformat() if start else '..'}/{end.isoformat() if end else '..'}"


def _describe_places(entry: Entry) -> list[dict[str, Any]]:
    names = dict.fromkeys(filter(None, (find_place_name(clean(text)) for text in entry.spatial)))
    places: list[dict[str, Any]] = [{"@type": "Place", "name": name} for name in names]
    if entry.bbox is not None:
        west, south, east, north = entry.bbox
        shape = {"@type": "GeoShape", "box": f"{south:g} {west:g} {north:g} {east:g}"}
        places.append({"@type": "Place", "geo": shape})
    return places


def _describe_offer(offer: Offer) -> dict[str, Any]:
    told = {
        "@type": "DataDownload",
        "name": offer.title,
        "encodingFormat": offer.media_type or offer.format_text,
        "contentUrl" if offer.is_download else "url": offer.url,
        "contentSize": f"{offer.bytes} B" if offer.bytes is not None else "",
        "sha256": offer.checksum if offer.algorithm == "sha256" else "",
    }
    return {key: value for key, value in told.items() if value}
