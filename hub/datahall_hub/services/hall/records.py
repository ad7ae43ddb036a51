"""The records of other portals' datasets as the hall reads them, and which of their addresses may become links."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from datahall import store
from datahall._citation import cite_entry
from datahall._entries.record_entries import describe_stored
from datahall._harvested.version_notes import VersionNotes
from datahall._harvesting.record import Record
from datahall._records.record_store import RecordStore, StoredRecord

from datahall_hub.services.hall.faults import unknown_dataset

if TYPE_CHECKING:
    from datahall._citation import Citation


def get_record(dataset_id: str) -> StoredRecord:
    """Return the record with this id; refuse an unknown one."""
    stored = RecordStore().get(dataset_id)
    if stored is None:
        raise unknown_dataset(dataset_id)
    return stored


def cite_record(stored: StoredRecord, *, base: str) -> Citation:
    """Return how to cite a dataset of another portal; by its page here (`base`) where its source has no address."""
    entry = replace(describe_stored(stored), version=find_brought(stored))
    addresses = (each.url for each in entry.distributions)
    address = find_homepage(stored.record) or next((each for each in addresses if is_web_address(each)), "")
    return cite_entry(entry, homepage=address or f"{base}/datasets/{stored.id}")


def find_brought(stored: StoredRecord) -> str | None:
    """Return the newest version that somebody has brought here; None where none is, or the source restricts it."""
    if stored.record.is_withheld:
        return None
    version = store.find_latest(stored.id)
    return version if version and VersionNotes.find(stored.id, version) else None


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
