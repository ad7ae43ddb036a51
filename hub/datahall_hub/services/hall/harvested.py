"""Harvested datasets in the hall: their records for sandboxes, and which of their rows may be handed out.

A record is what another portal says in public, so anybody may read it. Rows are brought here only for those who have
signed in; everybody reads what is here of data that its source does not restrict, unless columns of it seem to hold
personal data: then nothing that shows a value leaves the hall by an address that needs no sign-in.
"""

from __future__ import annotations

from typing import Any

from datahall import DatahallError, Quality
from datahall._harvested.harvested_dataset import HarvestedDataset
from datahall._harvested.known_records import PREFIX, KnownRecord, find_homepage, find_known, name_contact, require_open
from datahall._harvested.version_notes import VersionNotes
from fastapi import APIRouter
from fastapi.responses import JSONResponse

from datahall_hub.services.hall.addresses import BASE
from datahall_hub.services.hall.faults import NotAllowed, NotHere, unknown_dataset
from datahall_hub.services.hall.shelf import load_version_record
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
    """Return a harvested dataset whose rows are here and may be shown; say where they are while they are not."""
    dataset = get_open_harvested(dataset_id)
    refuse_personal(dataset, version=dataset.version)
    return dataset


def refuse_personal(dataset: HarvestedDataset, *, version: str | None) -> None:
    """Refuse what is made from the rows of a version whose columns seem to hold personal data, or that is not here."""
    if not _get_notes(dataset, version=version).personal:
        return
    raise NotAllowed(
        N_("{id} seems to hold personal data, so its rows are not handed out."),
        hint=N_("Somebody who has signed in can open it in a notebook. Its source has it at {source}"),
        code="personal-data",
        id=dataset.id,
        source=_find_source(dataset),
    )


def judge_brought(dataset_id: str) -> Quality:
    """Return how good the rows are that were brought here; without their values where these may not be shown."""
    dataset = get_open_harvested(dataset_id)
    is_shown = not _get_notes(dataset, version=dataset.version).personal
    quality = dataset.known_quality()
    return quality if is_shown else quality.without_values()


def is_personal(dataset_id: str, version: str) -> bool:
    """Tell whether a version must not be handed out; so is one of which nothing is known."""
    notes = VersionNotes.find(dataset_id, version)
    return notes is None or bool(notes.personal)


def tell_version(dataset_id: str, version: str) -> dict[str, Any]:
    """Return what the store notes about a version; of a draft made from personal data only names and types."""
    record = load_version_record(dataset_id, version)
    if not is_personal(dataset_id, version):
        return record
    fields = [{key: each[key] for key in ("name", "type") if key in each} for each in record.get("fields", ())]
    notes = {key: value for key, value in record.get("harvested", {}).items() if key not in ("card", "findings")}
    return record | {"fields": fields, "harvested": notes}


def _get_notes(dataset: HarvestedDataset, *, version: str | None) -> VersionNotes:
    notes = VersionNotes.find(dataset.id, version) if version is not None else None
    if notes is None:
        raise not_brought(dataset)
    return notes


def _find_source(dataset: HarvestedDataset) -> str:
    offered = dataset.entry.distributions
    return offered[0].url if offered else dataset.entry.homepage or "–"


def not_brought(dataset: HarvestedDataset) -> NotHere:
    """Return the answer for data that nobody has brought here yet, with where its source has it."""
    return NotHere(
        N_("{id} is not in this hall yet."),
        hint=N_(
            "It comes when somebody who has signed in opens it in a notebook. Its source has it at {source}",
        ),
        id=dataset.id,
        source=_find_source(dataset),
    )


def _get_known(dataset_id: str) -> KnownRecord:
    known = find_known(dataset_id)
    if known is None:
        raise unknown_dataset(dataset_id)
    return known
