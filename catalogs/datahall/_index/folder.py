"""The index where it lies: a folder of the hall's home, or memory where that folder may not be written.

The index is derived from cards and harvested records, so whatever is wrong with it is thrown away and made anew. Beside
the engine's files lies `state.json`, which says what they hold; it is written after them, so that it may lag behind
what they hold but never run ahead of it, and taking in a change twice does no harm.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import N_, StoreFailed
from .checksums import are_whole
from .locks import move_locks
from .mounted import link_index, renew_links
from .schema import FORMAT, build_schema, register_tokenizers

if TYPE_CHECKING:
    import tantivy

# Bytes that a writer's threads gather before they write segments, and how many threads it has. Few large segments are
# searched faster: each looks up the names of its most frequent publishers and places. A million records make one with
# the large writer, in about 1.2 GB of memory, and as soon as with two threads: making the documents takes longer.
_SMALL, _LARGE = (15_000_000, 1), (1_500_000_000, 1)


@dataclass
class State:
    """What the index holds: cards by id with the stamp of each, and records up to a change of the record store."""

    cards: dict[str, str] = field(default_factory=dict)
    vocabulary: str = ""
    store: str = ""  # identity of the record store
    change: int = 0


class IndexFolder:
    """One index: `path` None for one in memory; `mounted` where another one keeps it and it can only be read.

    Its locks lie in `locks` where that is given, else beside its files.
    """

    def __init__(self, path: Path | None, *, mounted: Path | None = None, locks: Path | None = None) -> None:
        self.mounted = mounted
        self._locks = locks
        self.path = path if mounted is None else link_index(mounted)
        self.state = State()
        self._stamp: object = None
        self.engine = self._open()

    def searcher(self) -> tantivy.Searcher:
        """Return the state of the index as it was last reloaded."""
        return self.engine.searcher()

    def reload(self) -> bool:
        """Take over what another process has written since; return whether there was anything."""
        if self.path is None:
            return False
        stamp = _stamp((self.mounted or self.path) / "state.json")
        if stamp == self._stamp:
            return False
        if self.mounted is not None:
            return stamp is not None and self._follow_keeper()
        self.engine.reload()
        self._read_state()
        return True

    def _follow_keeper(self) -> bool:
        """Take over what the keeper of a mounted index has written; until that is whole, what was there stays."""
        assert self.mounted is not None
        assert self.path is not None
        try:
            renew_links(self.mounted, folder=self.path)
            self.engine.reload()
        except BaseException as error:
            if not is_damage(error):
                raise
            return False  # it is being made anew, or files have gone since: the next look finds it whole
        self._read_state()
        return True

    def open_writer(self, *, is_large: bool = False) -> tantivy.IndexWriter | None:
        """Return the writer, None where another process has it or the folder may not be written."""
        if self.mounted is not None:
            return None
        try:
            return self.engine.writer(*(_LARGE if is_large else _SMALL))
        except ValueError:
            return None

    def save_state(self) -> None:
        """Note what the index holds, once the engine has written it."""
        self.engine.reload()
        if self.path is not None:
            self._stamp = _write_whole(self.path / "state.json", json.dumps(vars(self.state)))

    def is_whole(self) -> bool:
        """Return whether the files of the index are as they were written; all of them are read."""
        return self.path is None or are_whole(self.path)

    def start_anew(self) -> None:
        """Throw away an index that cannot be read."""
        if self.mounted is not None:
            self.path = link_index(self.mounted)
        elif self.path is not None:
            shutil.rmtree(self.path, ignore_errors=True)
        self.state = State()
        self._stamp = None
        self.engine = self._open()

    def _open(self) -> tantivy.Index:
        from tantivy import Index

        if self.path is None:
            engine = Index(build_schema())
        else:
            engine = _open_files(self.path, locks=self._locks)
            self._read_state()
        register_tokenizers(engine)
        engine.config_reader(reload_policy="manual")
        return engine

    def _read_state(self) -> None:
        assert self.path is not None
        self._stamp = _stamp((self.mounted or self.path) / "state.json")
        self.state = _load_state(self.path / "state.json")


def _open_files(path: Path, *, locks: Path | None) -> tantivy.Index:
    """Return the index that lies in `path`; an empty one where there is none of this layout that can be read."""
    from tantivy import Index

    _make_folder(path, locks=locks)
    try:
        if not Index.exists(str(path)):
            (path / "state.json").unlink(missing_ok=True)  # what it tells of is gone
        return Index(build_schema(), str(path))
    except (ValueError, OSError):
        shutil.rmtree(path, ignore_errors=True)
        _make_folder(path, locks=locks)
        return Index(build_schema(), str(path))


def _make_folder(path: Path, *, locks: Path | None) -> None:
    path.mkdir(parents=True, exist_ok=True)
    if locks is not None:
        move_locks(path, outside=locks)


def is_damage(error: BaseException) -> bool:
    """Say whether an error of the engine may come from a damaged file; it panics over some of them."""
    return isinstance(error, (ValueError, OSError)) or type(error).__name__ == "PanicException"


@contextmanager
def telling_panics() -> Iterator[None]:
    """Raise StoreFailed for a panic of the engine, which is no `Exception`, so that nobody else would answer it."""
    try:
        yield
    except BaseException as error:
        if isinstance(error, Exception) or not is_damage(error):
            raise
        raise StoreFailed(
            N_("The search index could not answer: {reason}."),
            code="index-failed",
            reason=str(error)[:200],
            hint=N_("Search for something else; where that does not help, remove the index: it is made anew."),
        ) from error


def name_folder(index: Path) -> Path:
    """Return the folder of this format below the folder `index`."""
    return index / f"search-{FORMAT}"


def _write_whole(file: Path, text: str) -> object:
    """Put `text` into `file` in one step, and return the file's stamp."""
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    aside.write_text(text)
    aside.replace(file)
    return _stamp(file)


def _stamp(file: Path) -> object:
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_ino, stat.st_size


def _load_state(file: Path) -> State:
    try:
        found: dict[str, Any] = json.loads(file.read_bytes())
        return State(**found) if isinstance(found.get("cards"), dict) and isinstance(found["change"], int) else State()
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        return State()
