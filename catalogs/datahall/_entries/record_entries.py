"""Describe a dataset of another portal by its harvested record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from .._harvesting.record import Distribution, Record
from .entry import ContactPoint, Entry, EntryDistribution, EntryField, Publisher

if TYPE_CHECKING:
    from .._records.record_store import RecordStore, StoredRecord


def describe_stored(stored: StoredRecord, *, records: RecordStore | None = None) -> Entry:
    """Return the entry of a record as the record store keeps it, with the id of what replaces it."""
    entry = describe_record(stored.record, id=stored.id, source=stored.source, missing_since=stored.missing_since)
    return with_replacement(entry, records=records)


def with_replacement(entry: Entry, *, records: RecordStore | None = None) -> Entry:
    """Return the entry with the id here of what replaces it, where `records` (else this place's) have that, too."""
    if not entry.replacement or entry.source is None:
        return entry
    from .._records.record_store import RecordStore

    here = (records or RecordStore()).find_id(entry.replacement, source=entry.source)
    return replace(entry, replaced_by=here, replacement="") if here and here != entry.id else entry


def describe_record(record: Record, *, id: str, source: str, missing_since: date | None = None) -> Entry:
    """Return the entry of `record`, which has the id `id` here and comes from the portal `source`."""
    return Entry(
        id=id,
        title=record.title,
        description=record.description,
        keywords=record.keywords,
        theme=record.theme,
        theme_words=record.theme_words,
        publisher=Publisher(None, record.publisher, record.publisher_address) if record.publisher else None,
        license=record.license,
        license_texts=record.license_texts,
        access=record.access,
        frequency=record.frequency,
        frequency_text=record.frequency_text,
        issued=record.issued,
        modified=record.modified,
        temporal_start=record.temporal_start,
        temporal_end=record.temporal_end,
        spatial=record.spatial,
        bbox=record.bbox,
        homepage=record.homepage,
        contact=ContactPoint(record.contact.name, record.contact.email, record.contact.address),
        languages=record.languages,
        distributions=tuple(_describe(each) for each in record.distributions),
        not_kept=record.distributions_left_out,
        fields=tuple(
            EntryField(
                each.name,
                each.type,
                each.title,
                unit=each.unit,
                semantic=each.semantic,
                description=each.description,
            )
            for each in record.fields
        ),
        synthetic=record.synthetic,
        formats=tuple(sorted({each.format for each in record.distributions if each.format})),
        source=source,
        source_id=record.id,
        missing_since=missing_since,
        retired=record.retired,
        retired_since=record.retired_since,
        replacement=record.replaced_by,
    )


def _describe(given: Distribution) -> EntryDistribution:
    return EntryDistribution(
        url=given.url,
        is_download=given.is_download,
        format=given.format,
        packed=given.packed,
        format_text=given.format_text,
        media_type=given.media_type,
        bytes=given.bytes,
        checksum=given.checksum,
        title=given.title,
        license=given.license,
    )
