"""Keep the index up with cards and harvested records: what has changed since is taken in, nothing else is touched."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .. import store
from .._cards import LoadedCard, load_shelf
from .._entries.card_entries import describe_card
from .._entries.entry import Entry
from .._locations import Locations, find_home, find_locations
from .documents import build_document
from .folder import IndexFolder, State, name_folder

if TYPE_CHECKING:
    import tantivy

    from .index import Index

# Looking for changes may take this share of the time: with thousands of cards it is done less often.
_SHARE = 0.05


class Upkeep:
    """The index of one place, and when it was last compared with cards and records."""

    def __init__(self, places: Locations, folder: Path | None) -> None:
        self.folder = _open_folder(folder)
        self._places = places
        self._lock = threading.Lock()
        self._next = 0.0

    def refresh(self) -> None:
        """Take in what has changed, unless that was just looked for or is being done."""
        if time.monotonic() < self._next or not self._lock.acquire(blocking=self._next == 0.0):
            return
        try:
            begun = time.monotonic()
            self._take_in()
            self._next = time.monotonic() + min(5.0, (time.monotonic() - begun) / _SHARE)
        finally:
            self._lock.release()

    def _take_in(self) -> None:
        self.folder.reload()
        wanted = _stamp_cards()
        vocabulary = _stamp_vocabulary(self._places.vocabulary)
        if wanted == self.folder.state.cards and vocabulary == self.folder.state.vocabulary:
            return
        writer = self.folder.open_writer()
        if writer is None:
            self._make_do()
            return
        with _closing(writer):
            self.folder.reload()
            self._write(writer, wanted, vocabulary)

    def _write(self, writer: tantivy.IndexWriter, wanted: dict[str, str], vocabulary: str) -> None:
        state = self.folder.state
        if vocabulary != state.vocabulary:  # publishers and themes are told by their titles in every document
            writer.delete_all_documents()
            state = State(vocabulary=vocabulary)
        shelf = load_shelf().cards
        for id in state.cards.keys() - wanted.keys():
            writer.delete_documents_by_term("id", id)
        for id, stamp in wanted.items():
            if state.cards.get(id) != stamp and id in shelf:
                writer.delete_documents_by_term("id", id)
                writer.add_document(build_document(_describe(shelf[id])))
        writer.commit()
        self.folder.state = replace(state, cards=wanted)
        self.folder.save_state()

    def _make_do(self) -> None:
        """Search the cards in memory where nothing can be written and nothing has been."""
        if self.folder.path is not None and not self.folder.state.vocabulary:
            self.folder = IndexFolder(None)
            self._take_in()


def _open_folder(path: Path | None) -> IndexFolder:
    try:
        return IndexFolder(path)
    except (OSError, ValueError):
        return IndexFolder(None)


def _describe(loaded: LoadedCard) -> Entry:
    return replace(describe_card(loaded), quality=_judge(loaded))


def _judge(loaded: LoadedCard) -> float:
    """Return how good a dataset of our own is: as measured, else half of what its card's points say."""
    from .._dataset import Dataset

    quality = Dataset(loaded).known_quality()
    if quality.score is not None:
        return quality.score
    return 0.5 * quality.metadata.points / quality.metadata.of


def _stamp_cards() -> dict[str, str]:
    """Return for each card what tells its state from another: file and version."""
    return {id: f"{_stamp(loaded.file)} {store.find_latest(id) or ''}" for id, loaded in load_shelf().cards.items()}


def _stamp_vocabulary(folder: Path) -> str:
    return " ".join(_stamp(folder / f"{name}.yaml") for name in ("themes", "publishers"))


def _stamp(file: Path) -> str:
    try:
        stat = file.stat()
    except OSError:
        return ""
    return f"{stat.st_mtime_ns}:{stat.st_size}"


class _closing:
    """End a writer so that another process may have it."""

    def __init__(self, writer: tantivy.IndexWriter) -> None:
        self._writer = writer

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        self._writer.wait_merging_threads()


_Kept = tuple["Upkeep", "Index"]
_kept: dict[tuple[object, ...], _Kept] = {}
_opening = threading.Lock()


def open_index() -> Index:
    """Return the process's index of the places that the environment names now, brought up to date."""
    from .index import Index

    places = find_locations()
    folder = name_folder(find_home() / "index") if places.is_writable else None
    key = (os.getpid(), places, folder)
    with _opening:
        if key not in _kept:
            upkeep = Upkeep(places, folder)
            _kept[key] = upkeep, Index(upkeep)
    upkeep, index = _kept[key]
    upkeep.refresh()
    return index
