"""The catalog in DCAT-US 1.1, the ``data.json`` that US agencies publish and data.gov harvests.

https://resources.data.gov/resources/dcat-us/ : the schema demands things that nobody may know. They are not made up:

- ``bureauCode`` and ``programCode`` are those of the US government's own bureaus; everybody else's are zeros, which are
  no bureau's.
- ``accessLevel`` has no word for what is not known. Such a dataset is ``restricted public``, never ``public``, and
  ``rights`` says that its portal does not tell.
- ``modified`` without a date is how often the data is renewed (``R/P1Y``), or ``R/P``, a repetition of unstated length.
- ``references`` names the dataset's own document where it has more distributions than the list has room for.
- ``hasEmail`` without an address is ``mailto:`` alone, which the schema of contacts allows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from .._entries.entry import Entry, choose_text
from .._messages import translate
from .._vocabulary import Format, formats, licenses, themes
from ..errors import N_
from .offers import Offer, dataset_address, full_address, list_offers, page_address
from .places import describe_box
from .texts import (
    clean,
    clean_line,
    find_modified,
    list_keywords,
    list_language_tags,
    make_address,
    make_email,
    mark_synthetic,
)

_SCHEMA = "https://project-open-data.cio.gov/v1.1/schema"
_NO_BUREAU, _NO_PROGRAM = "000:00", "000:000"
_ACCESS_LEVELS = {"open": "public", "conditional": "restricted public", "restricted": "non-public"}
_UNSTATED = "R/P"
_EMAIL = re.compile(r"[\w.-]+@[\w.-]+\.[\w.-]+", re.ASCII)
_MEDIA_TYPE = re.compile(r"[-\w]+/[-\w]+(\.[-\w]+)*([+][-\w]+)?", re.ASCII)
_LONGEST_RIGHTS = 255

UNKNOWN_ACCESS = N_("Who may read it is not stated by its portal.")
ON_REQUEST = N_("Readable after a request has been granted.")
NOT_PUBLIC = N_("Only the description is public.")
TERMS = N_("Terms as its portal states them: {texts}")


def write_catalog(entries: Iterable[Entry], *, base_url: str, document: str) -> bytes:
    """Return the data.json at the address `document`, of the hall at `base_url`."""
    catalog = {
        "@context": f"{_SCHEMA}/catalog.jsonld",
        "@id": document,
        "@type": "dcat:Catalog",
        "conformsTo": _SCHEMA,
        "describedBy": f"{_SCHEMA}/catalog.json",
        "dataset": [describe_dataset(entry, base_url=base_url) for entry in entries],
    }
    return json.dumps(catalog, ensure_ascii=False, separators=(",", ":")).encode()


def describe_dataset(entry: Entry, *, base_url: str) -> dict[str, Any]:
    """Return what DCAT-US says of a dataset, in English where there is English."""
    license = licenses().get(entry.license or "")
    known = formats()
    offers = [
        _describe_offer(offer, known=known.get(offer.format or ""))
        for offer in list_offers(entry, base_url=base_url)
        if offer.url
    ]
    told: dict[str, Any] = {
        "@type": "dcat:Dataset",
        "identifier": dataset_address(entry, base_url=base_url),
        "title": _title(entry),
        "description": _description(entry),
        "keyword": list(dict.fromkeys(word for _, word in list_keywords(entry))) or [_title(entry)],
        "modified": _modified(entry),
        "issued": entry.issued.isoformat() if entry.issued else None,
        "publisher": {"@type": "org:Organization", "name": _publisher(entry)},
        "contactPoint": _contact(entry),
        "accessLevel": _ACCESS_LEVELS.get(entry.access, "restricted public"),
        "rights": _rights(entry),
        "license": (license.url if license else None) or None,
        "bureauCode": [_NO_BUREAU],
        "programCode": [_NO_PROGRAM],
        "accrualPeriodicity": _periodicity(entry.frequency),
        "temporal": _temporal(entry),
        "spatial": _spatial(entry),
        "theme": [term.title.en for term in themes() if term.id == entry.theme],
        "language": list_language_tags(entry),
        "landingPage": make_address(entry.homepage) or page_address(entry, base_url=base_url, language="en"),
        "distribution": offers,
        "references": [full_address(entry, base_url=base_url)] if entry.left_out else [],
    }
    return {key: value for key, value in told.items() if value}


def _title(entry: Entry) -> str:
    return clean(choose_text(entry.title, language="en")) or clean_line(entry.source_id) or entry.id


def _description(entry: Entry) -> str:
    text = clean(choose_text(entry.description, language="en")) or _title(entry)
    return mark_synthetic(entry, text, language="en")


def _publisher(entry: Entry) -> str:
    named = clean(choose_text(entry.publisher.title, language="en")) if entry.publisher else ""
    return named or clean_line(entry.source or "") or "unknown"


def _contact(entry: Entry) -> dict[str, str]:
    email = make_email(entry.contact.email)
    return {
        "@type": "vcard:Contact",
        "fn": clean_line(entry.contact.name) or _publisher(entry),
        "hasEmail": f"mailto:{email if _EMAIL.fullmatch(email) else ''}",
    }


def _modified(entry: Entry) -> str:
    day = find_modified(entry)
    return day.isoformat() if day else _periodicity(entry.frequency, unknown=_UNSTATED)


def _periodicity(frequency: str | None, *, unknown: str = "") -> str:
    if frequency == "irregular" and not unknown:
        return "irregular"
    return f"R/{frequency}" if frequency and re.fullmatch(r"P[0-9YMWDTHS]+", frequency) else unknown


def _rights(entry: Entry) -> str:
    access = {"unknown": UNKNOWN_ACCESS, "conditional": ON_REQUEST, "restricted": NOT_PUBLIC}.get(entry.access)
    said = [translate(access, language="en")] if access else []
    texts = "; ".join(filter(None, map(clean_line, entry.license_texts))) if entry.license is None else ""
    if texts:
        said.append(translate(TERMS, language="en", texts=texts))
    license = licenses().get(entry.license or "")
    if license is not None and not license.url:
        said.append(license.title.en)
    text = " ".join(said)
    return text if len(text) <= _LONGEST_RIGHTS else text[: _LONGEST_RIGHTS - 1] + "…"


def _temporal(entry: Entry) -> str:
    start, end = entry.temporal_start, entry.temporal_end
    return f"{start.isoformat()}/{end.isoformat()}" if start and end else ""


def _spatial(entry: Entry) -> str:
    if entry.bbox is not None:
        return describe_box(entry.bbox)
    return "; ".join(dict.fromkeys(filter(None, map(clean_line, entry.spatial))))


def _describe_offer(offer: Offer, *, known: Format | None) -> dict[str, Any]:
    media_type = offer.media_type if _MEDIA_TYPE.fullmatch(offer.media_type) else ""
    told = {
        "@type": "dcat:Distribution",
        "title": offer.title,
        "downloadURL" if offer.is_download else "accessURL": offer.url,
        "mediaType": media_type or ("application/octet-stream" if offer.is_download else ""),
        "format": (known.title.en if known else offer.format_text) or ("unknown" if offer.is_download else ""),
    }
    return {key: value for key, value in told.items() if value}
