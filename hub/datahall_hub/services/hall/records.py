"""The records of other portals' datasets as the hall reads them, and which of their addresses may become links."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from datahall._citation import cite_entry
from datahall._entries.entry import Entry
from datahall._entries.record_entries import describe_record
from datahall._harvesting.record import Record
from datahall._records.record_store import RecordStore, StoredRecord

from datahall_hub.services.hall.faults import NotFound
from datahall_hub.services.hall.wording import N_

if TYPE_CHECKING:
    from datahall._citation import Citation


def get_record(dataset_id: str) -> StoredRecord:
    """Return the record with this id; refuse an unknown one."""
    stored = RecordStore().get(dataset_id)
    if stored is None:
        raise NotFound(
            N_("There is no dataset {id}."),
            hint=N_("It may have been renamed; search for it."),
            code="unknown-dataset",
            id=dataset_id[:300],
        )
    return stored


def describe_stored(stored: StoredRecord) -> Entry:
    """Return a record as search and pages see it."""
    return describe_record(stored.record, id=stored.id, source=stored.source, missing_since=stored.missing_since)


def cite_record(stored: StoredRecord) -> Citation:
    """Return how to cite a dataset of another portal."""
    return cite_entry(describe_stored(stored), homepage=find_homepage(stored.record))


def find_homepage(record: Record) -> str:
    """Return the page where the source presents the dataset; empty where nobody says."""
    candidates = (record.homepage, record.address, record.publisher_address)
    return next((address for address in candidates if is_web_address(address)), "")


def is_web_address(address: str) -> bool:
    """Tell whether an address may become a link: of the web, with a host, without signs that hide another."""
    if not address.isprintable() or any(character.isspace() for character in address):
        return False
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False
