"""A harvested dataset at a terminal: what its source says, what it offers, and what is here of it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from .._cli_output import print_json, print_rows
from .._deprecation import tell_retirement
from .._entries.entry import EntryField, choose_text
from .._messages import N_, chosen_language, speak, translate
from .._plain_text import take_markup_off
from .._records.record_store import RecordStore
from .._records.source_titles import title_source
from .._vocabulary import licenses
from .choosing import rank_distributions
from .column_words import explain_column
from .harvested_dataset import HarvestedDataset
from .limits import BYTES, read_limit
from .version_notes import VersionNotes

_SHOWN = 20  # distributions
_LONGEST = 2_000  # characters of a description
_LONGEST_FIELD = 200  # of what is said of a column


def show_harvested(dataset: HarvestedDataset, *, as_json: bool) -> None:
    """Print the dataset for people or for programs; called by ``datahall show``."""
    if as_json:
        print_json(describe_harvested(dataset))
        return
    _print_about(dataset)
    if dataset.entry.fields:
        print()
        print_rows([_tell_field(each) for each in dataset.entry.fields])
    print()
    _print_offers(dataset)


def describe_harvested(dataset: HarvestedDataset) -> dict[str, Any]:
    """Return the form that programs rely on: the entry, its versions, and where the rows of the version came from."""
    entry = asdict(dataset.entry)
    told = {key: value.isoformat() if isinstance(value, date) else value for key, value in entry.items()}
    version = dataset.version
    notes = VersionNotes.find(dataset.id, version) if version is not None else None
    read = {"url": notes.url, "table": notes.table, "other_tables": notes.other_tables} if notes is not None else None
    card = RecordStore().find_card(dataset.id)
    own = {"card": card} if card is not None else {}  # another hall's, as it is there
    return {**told, "harvested": True, "versions": dataset.versions(), "read_from": read, **own}


def _tell_field(field: EntryField) -> tuple[str, str, str, str]:
    explained = _plain(explain_column(field, language=chosen_language()))
    return _plain(field.name), _plain(field.type), explained[:_LONGEST_FIELD], _plain(field.unit or "")


def _print_about(dataset: HarvestedDataset) -> None:
    entry, language = dataset.entry, chosen_language()
    description = take_markup_off(entry.description_in(language))
    print(f"{_plain(dataset.title())}\n" + (f"\n{_plain(description)[:_LONGEST]}\n" if description else ""))
    license = licenses().get(entry.license or "")
    said = ", ".join(entry.license_texts) or "–"
    publisher = choose_text(entry.publisher.title, language=language) if entry.publisher is not None else "–"
    rows = [
        (speak(N_("id")), entry.id),
        (speak(N_("harvested from")), title_source(entry.source or "–", language=chosen_language())),
        (speak(N_("versions")), ", ".join(dataset.versions()) or speak(N_("not fetched yet"))),
        (speak(N_("rows")), f"{dataset.rows:,}" if dataset.rows is not None else "–"),
        (speak(N_("publisher")), _plain(publisher)),
        *([(speak(entry.retired), _plain(tell_retirement(entry, language=language)))] if entry.retired else []),
        (speak(N_("licence")), license.title[language] if license is not None else _plain(said)),
        (speak(N_("homepage")), entry.homepage or "–"),
    ]
    notes = VersionNotes.find(dataset.id, str(dataset.version))
    if notes is not None:
        rows.append((speak(N_("read from")), notes.url + (f" ({notes.table})" if notes.table else "")))
    print_rows(rows)


def _print_offers(dataset: HarvestedDataset) -> None:
    """Print what the source offers: first what would be read, in that order, then what is no data and why."""
    record = dataset.source_record
    ranked, left_out = rank_distributions(record.distributions, largest=read_limit(BYTES))
    offers = [(each.format or "?", f"{each.bytes:,}" if each.bytes is not None else "–", each.url) for each in ranked]
    refused = [("–", translate(each.reason, language=chosen_language()), each.url) for each in left_out]
    print_rows([*offers, *refused][:_SHOWN])


def _plain(text: str) -> str:
    """Return a stranger's text without what moves a terminal's cursor."""
    return "".join(character if character.isprintable() or character == "\n" else " " for character in text)
