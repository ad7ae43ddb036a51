"""The distributions of DCAT-AP: where a dataset can be had, in which form, under which terms."""

from __future__ import annotations

from .._entries.entry import Entry
from .._messages import translate
from ..errors import N_
from .eu_vocabulary import Concept, find_file_type, find_status
from .glossary import Glossary
from .offers import Offer, dataset_address, list_offers, page_address
from .statements import Node, refer, say, typed
from .texts import LANGUAGES, clean_line

GIVEN_ADDRESS = N_("The portal gives an address that cannot be opened: {address}")

_COMPRESSIONS = {"gzip": "application/gzip", "bz2": "application/x-bzip2", "xz": "application/x-xz"}
_PACKAGES = {"zip": "application/zip", "7z": "application/x-7z-compressed", "tar": "application/x-tar"}
_LONGEST_RIGHTS = 2_000  # characters of what a portal says in place of a licence


def describe_offers(entry: Entry, *, base_url: str, glossary: Glossary) -> list[Node]:
    """Return the distributions of a dataset."""
    address, rights = dataset_address(entry, base_url=base_url), _tell_rights(entry)
    own_page = page_address(entry, base_url=base_url, language="en")
    status = find_status("distribution", entry.retired)
    return [
        _describe_offer(
            offer,
            address=f"{address}#distribution-{number}",
            page=own_page,
            license=offer.license or entry.license,
            rights=rights,
            status=status,
            glossary=glossary,
        )
        for number, offer in enumerate(list_offers(entry, base_url=base_url), start=1)
    ]


def _describe_offer(
    offer: Offer,
    *,
    address: str,
    page: str,
    license: str | None,
    rights: list[Node],
    status: Concept | None,
    glossary: Glossary,
) -> Node:
    licence = glossary.license(license)
    node: Node = {
        "@id": address,
        "@type": ["dcat:Distribution"],
        "dct:title": [say(offer.title)] if offer.title else [],
        "dct:description": [] if offer.url else _tell_given(offer),
        "dcat:accessURL": [glossary.resource(offer.url or page)],
        "dcat:downloadURL": [glossary.resource(offer.url)] if offer.is_download else [],
        "dct:license": licence,
        "dct:rights": [] if licence else rights,
        "adms:status": [refer(glossary.add(status, "skos:Concept"))] if status else [],
        "dct:format": _describe_format(offer, glossary=glossary),
        "dcat:mediaType": [glossary.media_type(offer.media_type)] if offer.media_type else [],
        "dcat:compressFormat": _describe_packing(offer, _COMPRESSIONS, glossary=glossary),
        "dcat:packageFormat": _describe_packing(offer, _PACKAGES, glossary=glossary),
        "dcat:byteSize": [typed(str(offer.bytes), "xsd:nonNegativeInteger")] if offer.bytes is not None else [],
        "spdx:checksum": _describe_checksum(offer, glossary=glossary),
    }
    return {key: value for key, value in node.items() if value}


def _tell_rights(entry: Entry) -> list[Node]:
    """Return what a portal says where the licence is not known, in its own words."""
    said = " | ".join(filter(None, map(clean_line, entry.license_texts)))[:_LONGEST_RIGHTS]
    return [{"@type": ["dct:RightsStatement"], "rdfs:label": [say(said)]}] if said else []


def _tell_given(offer: Offer) -> list[Node]:
    return [say(translate(GIVEN_ADDRESS, language=each, address=offer.given or "–"), each) for each in LANGUAGES]


def _describe_format(offer: Offer, *, glossary: Glossary) -> list[Node]:
    if concept := find_file_type(offer.format):
        return [refer(glossary.add(concept, "dct:MediaTypeOrExtent"))]
    text = offer.format or offer.format_text
    return [{"@type": ["dct:MediaTypeOrExtent"], "rdfs:label": [say(text)]}] if text else []


def _describe_packing(offer: Offer, kinds: dict[str, str], *, glossary: Glossary) -> list[Node]:
    name = kinds.get(offer.packed or "")
    return [glossary.media_type(name)] if name else []


def _describe_checksum(offer: Offer, *, glossary: Glossary) -> list[Node]:
    if not offer.checksum:
        return []
    return [
        {
            "@type": ["spdx:Checksum"],
            "spdx:algorithm": [glossary.algorithm(offer.algorithm)],
            "spdx:checksumValue": [typed(offer.checksum, "xsd:hexBinary")],
        }
    ]
