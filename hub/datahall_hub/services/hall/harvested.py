"""Harvested datasets in the hall: their records for sandboxes, and which of their rows may be handed out.

A record is what another portal says in public, so anybody may read it. Rows are brought here only for those who have
signed in; everybody reads what is here of data that its source does not restrict.
"""

from __future__ import annotations

from datahall import DatahallError
from datahall._harvested.harvested_dataset import HarvestedDataset
from datahall._harvested.known_records import PREFIX, KnownRecord, find_homepage, find_known, name_contact, require_open
from datahall._harvested.version_notes import VersionNotes
from fastapi import APIRouter
from fastapi.responses import JSONResponse

from datahall_hub.services.hall.addresses import BASE
from datahall_hub.services.hall.faults import NotAllowed, NotHere, unknown_dataset
from datahall_hub.services.hall.wording import N_

router = APIRouter(prefix=BASE, tags=["api"])

OPEN_TO_ALL = {"access-control-allow-origin": "*", "cache-control": "public, no-cache"}


@router.get("/api/v1/records/{name}", responses={404: {"description": "No portal that was harvested has it."}})
def show_record(name: str) -> JSONResponse:
    """Return the record of a harvested dataset: what its source says of it, in our words and its own; anybody may."""
    return JSONResponse(_get_known(f"{PREFIX}{name}").as_json(), headers=OPEN_TO_ALL)


def get_open_harvested(dataset_id: str) -> HarvestedDataset:
    """Return a harvested dataset whose rows may be handed out; refuse what its source restricts, and the unknown."""
    known = _get_known(dataset_id)
    try:
        require_open(known)
    except DatahallError as error:
        raise NotAllowed(
            N_("{id} is not open data: only its description is public."),
            hint=N_("Whom to ask: {whom}. The source’s page: {homepage}"),
            code="not-open",
            id=dataset_id,
            whom=name_contact(known) or "–",
            homepage=find_homepage(known) or "–",
        ) from error
    return HarvestedDataset(known)


def get_brought(dataset_id: str) -> HarvestedDataset:
    """Return a harvested dataset whose rows somebody has brought here; say where they are while they are not."""
    dataset = get_open_harvested(dataset_id)
    if dataset.version is None or VersionNotes.find(dataset_id, dataset.version) is None:
        raise not_brought(dataset)
    return dataset


def not_brought(dataset: HarvestedDataset) -> NotHere:
    """Return the answer for data that nobody has brought here yet, with where its source has it."""
    offered = dataset.entry.distributions
    return NotHere(
        N_("{id} is not in this hall yet."),
        hint=N_(
            "It comes when somebody who has signed in opens it in a notebook. Its source has it at {source}",
        ),
        id=dataset.id,
        source=offered[0].url if offered else dataset.entry.homepage or "–",
    )


def _get_known(dataset_id: str) -> KnownRecord:
    known = find_known(dataset_id)
    if known is None:
        raise unknown_dataset(dataset_id)
    return known
