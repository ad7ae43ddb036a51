"""The record of a harvested dataset by its id, from wherever this process can read it.

That is the record store, where it is at hand; else what the newest version in the store says of itself (a visitor's
app has nothing else); else the hall's answer to a sandbox.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urljoin

from .. import store
from .._entries.entry import Entry
from .._entries.record_entries import describe_record, with_replacement
from .._hall_access import make_headers
from .._harvesting.record import Record
from .._locations import find_locations
from ..errors import N_, NotPresent, UnknownDataset
from ..store import is_harvested as is_harvested  # asked for beside what else is known of a record
from .version_notes import VersionNotes

PREFIX = "harvested/"
_ID = re.compile(r"harvested/[a-z0-9]+(?:-+[a-z0-9]+)*")
_LONGEST_ID = 200
_PATIENCE = 10.0  # seconds that the hall may take to tell of a record


@dataclass(frozen=True, slots=True)
class KnownRecord:
    """A record, its id here, and the portal that it came from."""

    id: str
    record: Record
    source: str
    missing_since: date | None = None
    source_address: str = ""  # of the portal, where it is known already
    card: dict[str, Any] | None = None  # of a dataset of another Datahall, the card that it has there

    def describe(self) -> Entry:
        """Return it as search and pages see it."""
        entry = describe_record(self.record, id=self.id, source=self.source, missing_since=self.missing_since)
        return with_replacement(entry)

    def as_json(self) -> dict[str, Any]:
        """Return the form in which it is handed on; `read_known` reads it."""
        return {
            "id": self.id,
            "source": self.source,
            "source_address": self.source_address,
            "missing_since": self.missing_since.isoformat() if self.missing_since else None,
            "record": self.record.model_dump(mode="json", exclude_defaults=True, exclude={"original"}),
        }


def read_known(content: dict[str, Any]) -> KnownRecord:
    """Return what `KnownRecord.as_json` has written; raises ValueError, KeyError or TypeError for anything else."""
    missing = content.get("missing_since")
    return KnownRecord(
        id=str(content["id"]),
        record=Record.model_validate_json(json.dumps(content["record"])),
        source=str(content["source"]),
        source_address=str(content.get("source_address", "")),
        missing_since=date.fromisoformat(missing) if missing else None,
    )


def get_known(dataset_id: str) -> KnownRecord:
    """Return the record with this id.

    Raises
    ------
    UnknownDataset
        No portal that was harvested has it.
    NotPresent
        The hall, which alone knows, does not answer.
    """
    found = find_known(dataset_id)
    if found is None:
        raise explain_unknown(dataset_id)
    return found


def explain_unknown(dataset_id: str) -> UnknownDataset:
    """Return the error for an id that no portal's record has."""
    return UnknownDataset(
        N_("There is no harvested dataset {id}."),
        id=repr(dataset_id[:_LONGEST_ID]),
        hint=N_("It may be called otherwise now: search for words of its title."),
    )


def find_known(dataset_id: str) -> KnownRecord | None:
    """Return the record with this id; None where nobody has it."""
    if len(dataset_id) > _LONGEST_ID or not _ID.fullmatch(dataset_id):
        return None  # it never becomes part of a path or an address
    from .._records.records_file import find_file

    found = _find_kept(dataset_id)
    if found is None and not find_file().is_file():  # where the records are at hand, what has none was forgotten
        found = _find_noted(dataset_id)
    if found is None and not find_locations().is_writable and (url := os.environ.get("DATAHALL_FETCH_URL")):
        found = _ask_hall(urljoin(url, f"records/{dataset_id.removeprefix(PREFIX)}"), dataset_id=dataset_id)
    return found


def _find_kept(dataset_id: str) -> KnownRecord | None:
    from .._records.record_store import RecordStore

    stored = RecordStore().get(dataset_id)
    if stored is None:
        return None
    return KnownRecord(stored.id, stored.record, stored.source, stored.missing_since, card=stored.card)


def _find_noted(dataset_id: str) -> KnownRecord | None:
    version = store.find_latest(dataset_id)
    notes = VersionNotes.find(dataset_id, version) if version is not None else None
    try:
        return read_known(notes.known) if notes is not None else None
    except (ValueError, KeyError, TypeError):
        return None  # of a version that another edition of this library made


def _ask_hall(url: str, *, dataset_id: str) -> KnownRecord | None:
    import httpx

    try:
        answer = httpx.get(url, headers=make_headers(), timeout=_PATIENCE, trust_env=False)
        if answer.status_code == 404:
            return None
        return read_known(answer.raise_for_status().json())
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        from .._network_faults import explain_fault

        raise NotPresent(
            N_("The hall did not tell what it knows of {id}: {reason}."),
            code="record-service",
            id=dataset_id,
            reason=explain_fault(error),
            hint=N_("Try again, and tell the operator if it stays so."),
        ) from error


def find_source_address(known: KnownRecord) -> str:
    """Return the address of the portal that a record came from; empty where nobody knows."""
    if known.source_address:
        return known.source_address
    from .._records.record_store import RecordStore

    return next((each.address for each in RecordStore().sources() if each.name == known.source), "")


def require_open(known: KnownRecord) -> None:
    """Raise NotPresent unless everybody may have the data, as far as the source says anything of it."""
    record = known.record
    if not record.is_withheld:
        return
    raise NotPresent(
        N_("{id} is not open data: its source says so ({said})."),
        code="not-open",
        id=known.id,
        said=(record.access_text or record.access)[:200],
        hint=N_("Whom to ask: {whom}. The source's page: {homepage}"),
        whom=name_contact(known) or "–",
        homepage=find_homepage(known) or "–",
    )


def name_contact(known: KnownRecord) -> str:
    """Return whom to ask, as the source says: name, e-mail, address; empty where it does not say."""
    contact = known.record.contact
    return ", ".join(dict.fromkeys(filter(None, (contact.name, contact.email, contact.address))))[:500]


def find_homepage(known: KnownRecord) -> str:
    """Return where the source itself presents the dataset; empty where nobody knows."""
    record = known.record
    return next(filter(None, (record.homepage, record.address, record.publisher_address)), "")
