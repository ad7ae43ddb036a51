"""The page of a dataset of another portal: what its source says, in our words and in its own.

The source is a stranger. Nothing that it says is markup here, only addresses of the web become links, and what it does
not say is shown as not stated.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import datahall
from datahall import Quality
from datahall._entries.entry import Entry, EntryDistribution
from datahall._entries.record_entries import describe_stored
from datahall._first_rows import Preview, find_preview
from datahall._harvested.choosing import BROKEN, LeftOut, rank_distributions
from datahall._harvested.column_words import read_column
from datahall._harvested.limits import BYTES, read_limit
from datahall._harvested.version_notes import VersionNotes
from datahall._harvesting.record import Note, Record
from datahall._index.place_titles import title_place
from datahall._messages import translate
from datahall._notebooks import write_record_lines
from datahall._plain_text import take_markup_off
from datahall._records.record_store import StoredRecord
from datahall.card import CardField

from datahall_hub.services.hall.chart_view import ChartView, view_chart
from datahall_hub.services.hall.citations import list_forms
from datahall_hub.services.hall.field_values import FieldValues, view_field_values
from datahall_hub.services.hall.neighbours import JoinView, find_joins
from datahall_hub.services.hall.parts import list_parts
from datahall_hub.services.hall.records import cite_record, find_brought, find_homepage, is_web_address
from datahall_hub.services.hall.shelf import load_version_record
from datahall_hub.services.hall.snippets import Snippet, write_snippets
from datahall_hub.services.hall.wording import N_, Words, format_size

SHOWN_FILES = 10  # the others are folded away: of some datasets there are hundreds, each three lines on a phone
SHOWN_FIELDS = 30  # of those that a source describes, likewise
LONGEST_VALUE = 300
_FIELDS_OF_FILES = ("ckan", "frictionless", "stac")  # kinds of catalogs that describe the columns of each file


@dataclass(frozen=True)
class Fact:
    """Something that is said of a dataset: in our words, and in the source's where they differ."""

    title: str
    value: str
    original: str = ""
    address: str = ""


@dataclass(frozen=True)
class Obstacle:
    """Why some of the source's files and pages cannot be brought here: how many, and which where it is one."""

    reason: str
    count: int
    name: str = ""


@dataclass(frozen=True)
class RowsHere:
    """A version of a harvested dataset in the store; nothing of its values where they should not be shown."""

    version: str
    created: str
    rows: int
    fields: tuple[CardField, ...]
    quality: Quality
    preview: Preview | None = None
    chart: ChartView | None = None
    field_values: dict[str, FieldValues] = field(default_factory=dict)
    snippets: tuple[Snippet, ...] = ()
    joins: tuple[JoinView, ...] = ()


def describe_harvested(stored: StoredRecord, *, language: str, base: str) -> dict[str, Any]:
    """Return what the template shows of a record; `base` is the hall's address."""
    record, words = stored.record, Words(language)
    entry, brought = describe_stored(stored), find_rows_here(stored, language=language, base=base)
    is_open = not record.is_withheld
    citation = cite_record(stored, base=base)
    return {
        "entry": entry,
        "title": entry.title_in(language) or stored.id,
        "text": take_markup_off(entry.description_in(language)),
        "homepage": find_homepage(record),
        "facts": _list_facts(entry, record, words=words),
        "brought": brought,
        "files": list(entry.distributions[:SHOWN_FILES]),
        "more_files": list(entry.distributions[SHOWN_FILES:]),
        "shown_fields": SHOWN_FIELDS,
        "column_words": partial(read_column, language=language),
        "has_several_tables": _has_several_tables(record),
        "keywords": _list_keywords(entry, language=language),
        "notes": [_tell_note(note, language=language) for note in record.notes],
        "citation": citation,
        "citation_forms": list_forms(citation),
        "snippet": write_record_lines(stored.id, language=language),
        "first_seen": stored.first_seen.isoformat(),
        "may_open": is_open and (brought is not None or _has_readable_file(record)),
        "obstacles": _list_obstacles(record, language=language),
        "is_open": is_open,
    }


def _has_readable_file(record: Record) -> bool:
    """Tell whether the source offers a file at an address of the web that may be data, and not only pages of it."""
    ranked, _ = rank_distributions(record.distributions, largest=read_limit(BYTES))
    return any(is_web_address(each.url) for each in ranked)


def _list_obstacles(record: Record, *, language: str) -> list[Obstacle]:
    """Return why the source's files and pages cannot be brought here, each reason once."""
    ranked, left_out = rank_distributions(record.distributions, largest=read_limit(BYTES))
    reasons: dict[str, list[str]] = {}
    for each in (*left_out, *(LeftOut(file.url, BROKEN) for file in ranked if not is_web_address(file.url))):
        reasons.setdefault(each.reason, []).append(each.url)
    names = {
        each.url: each.title or PurePosixPath(_path_of(each.url)).name or each.url for each in record.distributions
    }
    return [
        Obstacle(translate(reason, language=language), len(urls), names[urls[0]] if len(urls) == 1 else "")
        for reason, urls in reasons.items()
    ]


def _has_several_tables(record: Record) -> bool:
    """Tell whether its fields are those of several files, of which a record has one list; the same file in two formats
    counts once."""
    names = {PurePosixPath(_path_of(each.url)).stem for each in record.distributions if each.format is not None}
    return record.kind in _FIELDS_OF_FILES and len(names) > 1


def _path_of(address: str) -> str:
    try:
        return urlsplit(address).path
    except ValueError:  # of a stranger
        return address


def find_rows_here(stored: StoredRecord, *, language: str, base: str) -> RowsHere | None:
    """Return the rows that somebody has brought here; None where there are none, or the source restricts them."""
    version = find_brought(stored)
    notes = VersionNotes.find(stored.id, version) if version else None
    if version is None or notes is None:
        return None
    record = load_version_record(stored.id, version)
    dataset = datahall.dataset(f"{stored.id}@{version}")
    told = RowsHere(version, record["created"][:10], int(record["rows"]), dataset.fields, dataset.known_quality())
    if notes.personal:
        return replace(told, fields=tuple(map(_without_values, told.fields)), quality=told.quality.without_values())
    parts = [part.url for part in list_parts(dataset, version, base=base).parts]
    return replace(
        told,
        joins=tuple(find_joins(dataset, language=language)),
        preview=find_preview(stored.id, version),
        chart=view_chart(dataset, language=language),
        field_values=view_field_values(dataset, language=language),
        snippets=tuple(write_snippets(dataset, version=version, base=base, parts=parts, language=language)),
    )


def _without_values(field: CardField) -> CardField:
    """Return a column without what its draft took from its values: a unit, say, that may be a part of a number."""
    return field.model_copy(update={"unit": None})


def describe_size(file: EntryDistribution) -> str:
    """Return how large a file is; a dash where the source does not say."""
    return format_size(file.bytes) if file.bytes else "–"


def _list_facts(entry: Entry, record: Record, *, words: Words) -> list[Fact]:
    language, unknown = words.language, words.text(N_("Not stated"))
    licenses, access, frequencies = datahall.licenses(), datahall.access_levels(), datahall.frequencies()
    themes = {theme.id: theme for theme in datahall.themes()}
    terms = licenses.get(entry.license or "")
    publisher = entry.publisher.title if entry.publisher else {}
    shown_publisher = publisher.get(language) or next(iter(publisher.values()), "")
    theme = themes.get(entry.theme or "")
    level, rhythm = access.get(entry.access), frequencies.get(entry.frequency or "")
    facts = [
        Fact(
            words.text(N_("Licence")),
            terms.title[language] if terms else unknown,
            _join(*record.license_texts, *record.rights),
            terms.url or "" if terms else "",
        ),
        Fact(words.text(N_("Publisher")), shown_publisher or unknown, "", _web(record.publisher_address)),
        Fact(words.text(N_("Access")), level.title[language] if level else unknown, record.access_text),
        Fact(words.text(N_("Domain")), theme.title[language] if theme else unknown, _join(*record.categories[:10])),
        Fact(words.text(N_("Frequency")), rhythm.title[language] if rhythm else unknown, record.frequency_text),
        Fact(words.text(N_("Time covered")), _span(record) or unknown, record.temporal_text),
        Fact(
            words.text(N_("Places")),
            _join(*(title_place(each, language=language) for each in entry.spatial[:20]), by=words.text(N_(", "))),
        ),
        Fact(words.text(N_("Issued")), record.issued.isoformat() if record.issued else "", record.issued_text),
        Fact(words.text(N_("Modified")), record.modified.isoformat() if record.modified else "", record.modified_text),
        Fact(
            words.text(N_("Whom to ask")),
            _join(record.contact.name, record.contact.email) or record.contact.address,
            "",
            _web(record.contact.address),
        ),
        Fact(words.text(N_("Called there")), record.id),
    ]
    return [_without_repetition(fact) for fact in facts if fact.value or fact.original]


def _without_repetition(fact: Fact) -> Fact:
    """Return the fact without the source's words where they say the same."""
    same = fact.original.strip().casefold() in (fact.value.casefold(), "")
    return Fact(fact.title, fact.value or fact.original, "" if same or not fact.value else fact.original, fact.address)


def _span(record: Record) -> str:
    first, last = record.temporal_start, record.temporal_end
    return f"{first or '…'} – {last or '…'}" if first or last else ""


def _list_keywords(entry: Entry, *, language: str) -> list[str]:
    own = entry.keywords.get(language)
    found = own or [word for words in entry.keywords.values() for word in words]
    return list(dict.fromkeys(found))[:20]


def _tell_note(note: Note, *, language: str) -> Fact:
    return Fact(note.field, translate(note.reason, language=language), note.value[:LONGEST_VALUE])


def _join(*texts: str, by: str = ", ") -> str:
    """Return texts as one; the comma is the source's own, as theirs are, unless they are told in our words."""
    return by.join(dict.fromkeys(text for text in texts if text))[: 5 * LONGEST_VALUE]


def _web(address: str) -> str:
    return address if is_web_address(address) else ""
