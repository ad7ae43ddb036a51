"""Keep the index up with cards and harvested records: what has changed since is taken in, nothing else is touched."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from .._cards import load_shelf
from .._locations import Locations, find_locations
from .._records.record_store import RecordStore
from .._records.records_file import find_file
from ..errors import StoreFailed
from ..uses import UseCounts
from .counting import EXACT
from .documents import OwnWords, take_own_words
from .folder import IndexFolder, State, is_damage, name_folder, telling_panics
from .frequent_values import SAMPLE, FrequentValues, load_frequent, save_frequent
from .holdings import document_of_card, document_of_record, find_frequent_of, stamp_cards, stamp_vocabulary
from .use_order import Uses

if TYPE_CHECKING:
    import tantivy

    from .index import Index

_T = TypeVar("_T")

# Looking for changes may take this share of the time: with thousands of cards it is done less often.
_SHARE = 0.01
_SELDOM = 5.0  # seconds between two looks at most

_CHECKED_AGAIN = 60.0  # seconds after which an index that was found whole, or not there, is looked at again

# Changed records that a search waits for; more of them are taken in by a thread of their own, at once only where the
# index has none yet.
_AWAITED = 500

# Records that an index in memory holds at most; with more than these it holds cards alone.
_IN_MEMORY = 20_000

_BATCH = 1_000_000  # records after which what was taken in is kept, so that little is done again after a crash


class Upkeep:
    """The index of one place, and when it was last compared with cards and records."""

    def __init__(self, places: Locations, folder: Path) -> None:
        self._path = folder
        self.folder = _open_folder(folder, is_writable=places.is_writable)
        self._in_memory_since = time.monotonic()
        self.records = RecordStore()
        self.uses = Uses(UseCounts.load)
        self._places = places
        self._lock = threading.Lock()
        self._next = 0.0
        self._checked = -_CHECKED_AGAIN
        self._looks_damaged = False
        self._looking = threading.Lock()
        self._catching_up: threading.Thread | None = None

    def refresh(self) -> None:
        """Take in what has changed, unless that was just looked for or is being done."""
        is_first = self._next == 0.0
        if not is_first and (time.monotonic() < self._next or not self._lock.acquire(blocking=False)):
            return
        if is_first:
            self._lock.acquire()
        try:
            spent = self._take_in(is_first=is_first)
            self._next = time.monotonic() + min(_SELDOM, spent / _SHARE)
        finally:
            self._lock.release()

    def ask(self, question: Callable[[tantivy.Searcher], _T]) -> _T:
        """Return the answer of the index to `question`; an index that turns out to be damaged is made anew first.

        Raises
        ------
        StoreFailed
            If the engine gave up over an index that is whole.
        """
        with telling_panics():
            try:
                return question(self.folder.searcher())
            except BaseException as error:
                if not is_damage(error) or self._is_whole():
                    raise
            with self._lock:
                if self._looks_damaged:  # else another thread has made it anew meanwhile
                    self.folder.start_anew()
                    self._take_in(is_first=True)
                    self._looks_damaged = False
            return question(self.folder.searcher())

    def _is_whole(self) -> bool:
        """Return whether the index is as it was written; looked at once a minute at most, since all of it is read."""
        with self._looking:
            if time.monotonic() - self._checked >= _CHECKED_AGAIN:
                self._looks_damaged = not self.folder.is_whole()
                self._checked = time.monotonic()
            return not self._looks_damaged

    def _take_in(self, *, is_first: bool) -> float:
        """Take in what has changed; return how many seconds it took to look for it."""
        begun = time.monotonic()
        self._return_to_disk()
        self._reload()
        if self.folder.mounted is not None:  # whose keeper takes in what changes
            return time.monotonic() - begun
        cards, vocabulary = stamp_cards(self._places.datasets), stamp_vocabulary(self._places.vocabulary)
        state = self.folder.state
        records = _look_at(self.records, otherwise=(state.store, state.change))
        spent = time.monotonic() - begun
        if (state.cards, state.vocabulary, (state.store, state.change)) == (cards, vocabulary, records):
            return spent
        is_new = state.vocabulary != vocabulary
        pending = records[1] - (state.change if state.store == records[0] and not is_new else 0)
        if pending > _AWAITED and not is_first:
            self._catch_up()
        else:
            self._write(cards, vocabulary, is_large=pending > _AWAITED)
        return spent

    def _reload(self) -> None:
        try:
            self.folder.reload()
        except BaseException as error:
            if not is_damage(error):
                raise
            self.folder.start_anew()

    def _return_to_disk(self) -> None:
        """Go back to the index on disk where it was not there or not to be written for a while."""
        if self.folder.path is None and time.monotonic() - self._in_memory_since > _CHECKED_AGAIN:
            self._in_memory_since = time.monotonic()
            if (self._path / "state.json").is_file():
                self.folder = _open_folder(self._path, is_writable=self._places.is_writable)

    def _catch_up(self) -> None:
        """Take in a large harvest beside the searches, which answer from what there is meanwhile."""
        if self._catching_up is None or not self._catching_up.is_alive():
            self._catching_up = threading.Thread(target=self._write_beside, name="index", daemon=True)
            self._catching_up.start()

    def _write_beside(self) -> None:
        self._write(stamp_cards(self._places.datasets), stamp_vocabulary(self._places.vocabulary), is_large=True)

    def _write(self, cards: dict[str, str], vocabulary: str, *, is_large: bool) -> None:
        """Take in cards and records; what a killed writer left behind may keep the engine from writing: begin anew."""
        try:
            self._write_changes(cards, vocabulary, is_large=is_large)
        except BaseException as error:
            if not is_damage(error):
                raise
            self._begin_anew(cards, vocabulary)

    def _begin_anew(self, cards: dict[str, str], vocabulary: str) -> None:
        """Make the index again; in memory where that does not work either, as on a full disk."""
        try:
            self.folder.start_anew()
            self._write_changes(cards, vocabulary, is_large=True)
        except BaseException as error:
            if not is_damage(error):
                raise
            self._search_in_memory()
            self._write_changes(cards, vocabulary, is_large=False)

    def _write_changes(self, cards: dict[str, str], vocabulary: str, *, is_large: bool) -> None:
        folder = self.folder
        with _writing(folder, is_large=is_large) as writer:
            if writer is None:
                self._make_do()
                return
            folder.reload()
            if vocabulary != folder.state.vocabulary:  # publishers and themes are told by titles in every document
                writer.delete_all_documents()
                folder.state = State()
            words = take_own_words(_choose_frequent(folder, self.records))
            _write_cards(writer, folder.state, cards, words=words)
            _write_records(writer, folder, self.records, words=words)
            writer.commit()
            folder.state = replace(folder.state, cards=cards, vocabulary=vocabulary)
            folder.save_state()

    def _make_do(self) -> None:
        """Search the cards in memory where nothing can be written and nothing has been."""
        if self.folder.path is not None and not self.folder.state.vocabulary:
            self._search_in_memory()
            self._take_in(is_first=True)

    def _search_in_memory(self) -> None:
        self.folder = IndexFolder(None)
        self._in_memory_since = time.monotonic()


def _choose_frequent(folder: IndexFolder, records: RecordStore) -> FrequentValues:
    """Return what is frequent in an index that has records already, or will have them now."""
    if folder.path is None:
        return FrequentValues()
    if folder.state.change == 0 and records.count() >= EXACT:
        save_frequent(find_frequent_of(records.sample(SAMPLE)), folder=folder.path)
        folder.state = replace(folder.state, cards={})  # they get the sign that they have from now on
    return load_frequent(folder.path)


def _write_cards(writer: tantivy.IndexWriter, state: State, wanted: dict[str, str], *, words: OwnWords) -> None:
    shelf = load_shelf().cards
    for id in state.cards.keys() - wanted.keys():
        writer.delete_documents_by_term("id", id)
    for id, stamp in wanted.items():
        if state.cards.get(id) == stamp:
            continue
        writer.delete_documents_by_term("id", id)
        if id in shelf:  # neither a draft nor broken
            writer.add_document(document_of_card(shelf[id], words=words))


def _write_records(writer: tantivy.IndexWriter, folder: IndexFolder, records: RecordStore, *, words: OwnWords) -> None:
    identity, last = _look_at(records, otherwise=(folder.state.store, folder.state.change))
    if identity != folder.state.store:  # another store, whose changes are counted from one again
        for source in () if not folder.state.store else [folder.state.store]:
            writer.delete_documents_by_term("store", source)
        folder.state = replace(folder.state, store=identity, change=0)
    if folder.path is None and records.count() > _IN_MEMORY:
        folder.state = replace(folder.state, change=last)
        return
    is_empty, newest = folder.state.change == 0, last
    if is_empty:  # but for what was written before a crash, and not noted
        writer.delete_documents_by_term("store", identity)
    for count, raw in enumerate(records.raw_changes(after=folder.state.change), start=1):
        if not is_empty or raw.change > newest:  # it may have been taken in before it changed
            writer.delete_documents_by_term("id", raw.id)
        if raw.missing_since is None:
            writer.add_document(document_of_record(raw, store=identity, words=words))
        last = raw.change
        if count % _BATCH == 0 and folder.state.vocabulary:
            writer.commit()
            folder.state = replace(folder.state, change=last)
            folder.save_state()
    folder.state = replace(folder.state, change=last)


def _look_at(records: RecordStore, *, otherwise: tuple[str, int]) -> tuple[str, int]:
    """Return which store it is, and its last change; `otherwise` while it cannot be read: nobody waits for that."""
    try:
        identity = records.identity
        return identity, records.last_change if identity else 0
    except StoreFailed:
        return otherwise


@contextmanager
def _writing(folder: IndexFolder, *, is_large: bool) -> Iterator[tantivy.IndexWriter | None]:
    """Give the folder's writer, None where another process has it, and end it so that another process may have it."""
    writer = folder.open_writer(is_large=is_large)
    try:
        if writer is not None:
            writer.garbage_collect_files()  # of a writer that was killed
        yield writer
    finally:
        if writer is not None:
            writer.wait_merging_threads()


def _open_folder(path: Path, *, is_writable: bool) -> IndexFolder:
    try:
        if is_writable:
            return IndexFolder(path, locks=path.parent.parent / "locks")
        if (path / "state.json").is_file():  # else it is being made
            return IndexFolder(None, mounted=path)
    except (OSError, ValueError):
        pass  # no place for it, or no longer what it was
    return IndexFolder(None)


_kept: dict[tuple[object, ...], tuple[Upkeep, Index]] = {}
_opening = threading.Lock()


def open_index() -> Index:
    """Return the process's index of the places that the environment names now, brought up to date."""
    from .index import Index

    places = find_locations()
    folder = name_folder(find_file().parent)
    key = (os.getpid(), places, folder)
    with _opening:
        if key not in _kept:
            upkeep = Upkeep(places, folder)
            _kept[key] = upkeep, Index(upkeep)
    upkeep, index = _kept[key]
    upkeep.refresh()
    return index
