"""What the index holds: documents of cards and records, and what tells a state of the cards from another."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from .._cards import LoadedCard, list_stated_files, load_shelf
from .._entries.card_entries import describe_card
from .._entries.entry import Entry
from .._entries.raw_entries import describe_raw
from .._locations import shipped_folder
from .._stored_versions import stamp_versions
from .completeness import judge_description
from .documents import OwnWords, build_document, place_values, publisher_value
from .frequent_values import FrequentValues, find_frequent

if TYPE_CHECKING:
    import tantivy

    from .._records.record_store import RawRecord

_WORDS = ("themes", "publishers")  # whose titles stand in documents


def document_of_card(loaded: LoadedCard, *, words: OwnWords) -> tantivy.Document:
    """Return the document of a dataset of our own."""
    entry = describe_card(loaded)
    return build_document(entry, words=words, quality=_judge(loaded, entry))


def document_of_record(raw: RawRecord, *, store: str, words: OwnWords) -> tantivy.Document:
    """Return the document of a harvested record of the record store with the identity `store`."""
    entry = describe_raw(raw.content, id=raw.id, source=raw.source)
    document = build_document(entry, words=words, quality=judge_description(entry))
    document.add_text("store", store)
    return document


def find_frequent_of(records: Iterable[RawRecord]) -> FrequentValues:
    """Return which publishers and places are frequent in a sample of the record store."""
    entries = (describe_raw(raw.content, id=raw.id, source=raw.source) for raw in records)
    return find_frequent((publisher_value(entry), place_values(entry)) for entry in entries)


def _judge(loaded: LoadedCard, entry: Entry) -> float:
    """Return how good a dataset of our own is: as measured, else by its description."""
    from .._dataset import Dataset

    measured = Dataset(loaded).known_quality().score if entry.version is not None else None
    return measured if measured is not None else judge_description(entry)


def stamp_cards(folders: Iterable[Path]) -> dict[str, str]:
    """Return for each card what tells its state from another: file and version.

    Every sandbox reads these, so nothing is told of what is not published: of cards made here, drafts and broken ones
    are left out. No card is read for it unless some were made here.
    """
    stamps: dict[str, str] = {}
    shipped, published = shipped_folder("datasets"), None
    for folder in folders:
        for file, stat in list_stated_files(folder):
            id = f"{file.parent.name}/{file.stem}"
            if folder != shipped:
                published = published if published is not None else load_shelf().cards
                if id not in published:
                    continue
            stamps[id] = f"{stamps.get(id, '')}{_stamp(stat)} "  # of two, the first valid one counts
    return {id: f"{stamp}{stamp_versions(id)}" for id, stamp in stamps.items()}


def stamp_vocabulary(folder: Path) -> str:
    """Return what tells a state of the vocabulary in `folder` from another."""
    return " ".join(_stamp_file(folder / f"{name}.yaml") for name in _WORDS)


def _stamp_file(file: Path) -> str:
    try:
        return _stamp(file.stat())
    except OSError:
        return ""


def _stamp(stat: os.stat_result) -> str:
    return f"{stat.st_mtime_ns}:{stat.st_size}"
