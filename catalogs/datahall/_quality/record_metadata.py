"""How well another portal's record describes its dataset: the points of `assess_metadata`, of what the source says.

What a draft card says in place of its source counts for nothing, and what the source says in any language counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .._messages import N_
from .._vocabulary import formats, licenses
from ..card import Card
from .metadata import Metadata, Told, assess_metadata

if TYPE_CHECKING:
    from .._harvesting.record import Record

_ADVICE = N_("Its source does not say it; ask the publisher to.")


def assess_record(record: Record, *, card: Card, is_present: bool) -> Metadata:
    """Return the points of `record`; what its data tells, like the format, is asked of the drafted `card`."""
    return assess_metadata(card, is_present=is_present, told=Told(tell_answers(record), _ADVICE))


def tell_answers(record: Record) -> Mapping[str, bool]:
    """Return what the source says, by the ids of the indicators that ask for it."""
    license = licenses().get(record.license or "")
    is_known = record.access != "unknown"
    kinds = {each.format: formats().get(each.format or "") for each in record.distributions}
    return {
        "keywords": bool(record.keywords),
        "category": record.theme is not None,
        "place": bool(record.spatial or record.bbox),
        "time": bool(record.temporal_start or record.temporal_end),
        "download-address": any(each.is_download and "://" in each.url for each in record.distributions),
        "format": any(each.format or each.format_text for each in record.distributions),
        "media-type": any(each.media_type for each in record.distributions)
        or any(kind is not None and kind.media_type for kind in kinds.values()),
        "dcat-ap": any(record.title.values()) and any(record.description.values()),
        "license": license is not None or bool(record.license_texts),
        "license-known": license is not None and not license.id.startswith("LicenseRef-"),
        "access": is_known or bool(record.access_text),
        "access-known": is_known,
        "contact": bool(record.contact.name or record.contact.email or record.contact.address),
        "publisher": any(record.publisher.values()),
        "rights": bool(record.rights) or (license is not None and bool(license.url or license.text)),
        "size": any(each.bytes is not None for each in record.distributions),
        "issued": record.issued is not None,
        "modified": record.modified is not None,
    }
