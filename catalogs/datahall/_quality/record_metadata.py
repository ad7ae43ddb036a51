"""How well another portal's record describes its dataset: the points of `assess_metadata`, of what the source says.

What a draft card says in place of its source counts for nothing, and what the source says in any language counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .._messages import N_
from .._vocabulary import formats, licenses
from ..card import Card
from .measure import say_in_both
from .metadata import Answer, Metadata, assess_metadata

if TYPE_CHECKING:
    from .._harvesting.record import Record

_ADVICE = N_("Its source does not say it; ask the publisher to.")


def assess_record(record: Record, *, card: Card, is_present: bool) -> Metadata:
    """Return the points of `record`; what its data tells, like the format, is asked of the drafted `card`."""
    told = _tell(record)
    drafted = assess_metadata(card, is_present=is_present)

    def judge(answer: Answer) -> Answer:
        is_met = told.get(answer.title["en"])
        if is_met is None:
            return answer
        points, advice = (answer.of, None) if is_met else (0, say_in_both(_ADVICE))
        return answer.model_copy(update={"points": points, "advice": advice})

    return Metadata(
        dimensions=tuple(
            each.model_copy(update={"answers": tuple(map(judge, each.answers))}) for each in drafted.dimensions
        )
    )


def _tell(record: Record) -> Mapping[str, bool]:
    """Return what the source says, by the titles of the indicators that ask for it."""
    license = licenses().get(record.license or "")
    is_known = record.access != "unknown"
    kinds = {each.format: formats().get(each.format or "") for each in record.distributions}
    return {
        "Keywords": bool(record.keywords),
        "Category": record.theme is not None,
        "Place": bool(record.spatial or record.bbox),
        "Time": bool(record.temporal_start or record.temporal_end),
        "Format": any(each.format or each.format_text for each in record.distributions),
        "Media type": any(each.media_type for each in record.distributions)
        or any(kind is not None and kind.media_type for kind in kinds.values()),
        "What DCAT-AP requires": any(record.title.values()) and any(record.description.values()),
        "Licence": license is not None or bool(record.license_texts),
        "Licence from a vocabulary": license is not None and not license.id.startswith("LicenseRef-"),
        "Access": is_known or bool(record.access_text),
        "Access from a vocabulary": is_known,
        "Whom to ask": bool(record.contact.name or record.contact.email or record.contact.address),
        "Publisher": any(record.publisher.values()),
        "Rights": bool(record.rights) or (license is not None and bool(license.url or license.text)),
        "Size of the file": any(each.bytes is not None for each in record.distributions),
        "Date of issue": record.issued is not None,
        "Date of change": record.modified is not None,
    }
