"""What the judges have to know of datasets: who may read them, and under which terms. Read from the catalog here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

NOT_STATED = "LicenseRef-Not-Stated"  # what a draft card says
NOT_NAMED = "to-be-named"
_NO_DERIVATIVES = re.compile(r"(?:^|-)ND(?:-|$)")


@dataclass(frozen=True)
class LicenseTerms:
    """What a licence of data asks of those who make something of them."""

    commercial: bool
    attribution: bool
    share_alike: bool
    derivatives: bool


@dataclass(frozen=True)
class DatasetFacts:
    """One dataset of the hall; `terms` is None where nobody has said them."""

    access: str
    license: str
    terms: LicenseTerms | None
    publisher: str = ""


def find_facts(dataset_ids: Iterable[str]) -> dict[str, DatasetFacts]:
    """Return what the catalog has of each dataset; those it does not know are left out."""
    found = {dataset_id: _find(dataset_id) for dataset_id in dataset_ids}
    return {dataset_id: facts for dataset_id, facts in found.items() if facts is not None}


def _find(dataset_id: str) -> DatasetFacts | None:
    # Imported when first needed: the service is to answer before the library has read its cards.
    import datahall
    from datahall._harvested.harvested_dataset import HarvestedDataset

    try:
        dataset = datahall.dataset(dataset_id)
    except datahall.DatahallError:
        return None
    if isinstance(dataset, HarvestedDataset):
        entry = dataset.entry
        names = entry.publisher.title.values() if entry.publisher else ()
        return _tell(access=entry.access, license=entry.license or "", publisher=next(iter(names), ""))
    publisher = datahall.publishers().get(dataset.card.publisher)
    is_named = publisher is not None and publisher.id != NOT_NAMED
    return _tell(
        access=dataset.card.access,
        license=dataset.card.license,
        publisher=publisher.title.en if publisher is not None and is_named else "",
    )


def _tell(*, access: str, license: str, publisher: str) -> DatasetFacts:
    return DatasetFacts(access, license, terms=_find_terms(license), publisher=publisher)


def _find_terms(license: str) -> LicenseTerms | None:
    import datahall

    known = datahall.licenses().get(license)
    if known is None or license == NOT_STATED:
        return None
    return LicenseTerms(
        commercial=known.commercial,
        attribution=known.attribution,
        share_alike=known.share_alike,
        derivatives=_NO_DERIVATIVES.search(license) is None,  # the vocabulary has it in the name alone
    )
