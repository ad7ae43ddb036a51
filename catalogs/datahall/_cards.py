"""Load every card there is. A broken card becomes a problem with its place; the others stay readable.

Cards are read again only when their file changes, so a running hall shows a new card at once.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._compiled_cards import WORTHWHILE, CompiledCard, find_all_compiled, find_compiled, keep_compiled
from ._documents import load_document
from ._locations import find_locations
from .errors import N_, DatahallError, InvalidCard

if TYPE_CHECKING:
    from ._card_problems import Problem
    from .card import Card

_ID = re.compile(r"[a-z0-9-]{1,100}/[a-z0-9-]{1,200}")
SUFFIXES = ("yaml", "yml")  # in the order in which two files of one name count
_ENDS = tuple(f".{suffix}" for suffix in SUFFIXES)
_MOST_LOADED = 40_000

_Key = tuple[str, int, int, Path]
_Loading = tuple["LoadedCard | None", "tuple[Problem, ...]"]
_loaded: dict[_Key, _Loading] = {}  # what this process has read, by file and its state


@dataclass(frozen=True, eq=False)  # one object for one state of a file, so identity is equality
class LoadedCard:
    """A valid card, its id, and the folder its `path` sources may lie in."""

    id: str
    card: Card
    file: Path
    root: Path

    @property
    def is_draft(self) -> bool:
        """Whether nobody but its maker sees it."""
        return self.card.draft

    def values(self) -> Mapping[str, Any]:
        """Return the card as plain values, without what is as the model has it anyway."""
        return self.card.model_dump(mode="json", exclude_defaults=True)


class _KeptCard(LoadedCard):
    """A card that was kept from an earlier reading; its model is made when somebody asks for it."""

    def __init__(self, id: str, compiled: CompiledCard, file: Path, root: Path) -> None:
        for name, value in (("id", id), ("file", file), ("root", root), ("_compiled", compiled)):
            object.__setattr__(self, name, value)

    @cached_property
    def card(self) -> Card:
        """The card."""
        try:
            return self._compiled.build()
        except ValueError:  # the kept form is damaged; the file is what counts
            card, problems = _parse_card(self.file, root=self.root)
            if card is None:
                raise problems[0].error from None
            return card.card

    @property
    def is_draft(self) -> bool:
        """Whether nobody but its maker sees it."""
        return self._compiled.is_draft

    def values(self) -> Mapping[str, Any]:
        """Return the card as plain values, without what is as the model has it anyway."""
        return self._compiled.values

    _compiled: CompiledCard


@dataclass(frozen=True)
class Shelf:
    """All cards by id, in order, and the problems of those that could not be read. A draft is no dataset yet."""

    cards: dict[str, LoadedCard]
    problems: tuple[Problem, ...]
    drafts: dict[str, LoadedCard] = field(default_factory=dict)  # valid cards of what is not published yet

    def problems_of(self, dataset_id: str) -> tuple[Problem, ...]:
        """Return what is wrong with the card that would have this id."""
        return tuple(problem for problem in self.problems if _id_of(Path(problem.file)) == dataset_id)


def _id_of(file: Path) -> str:
    return f"{file.parent.name}/{file.stem}"


def load_shelf() -> Shelf:
    """Return all cards of the folders that the environment names; the first of two with one id counts."""
    cards: dict[str, LoadedCard] = {}
    drafts: dict[str, LoadedCard] = {}
    problems: list[Problem] = []
    for card, found in _load_all(find_locations().datasets):
        problems += found
        if card is None:
            continue
        if first := cards.get(card.id) or drafts.get(card.id):
            problems.append(_second_card(card, first=first))
        else:
            (drafts if card.is_draft else cards)[card.id] = card
    return Shelf(dict(sorted(cards.items())), tuple(problems), dict(sorted(drafts.items())))


def _load_all(roots: Iterable[Path]) -> Iterator[_Loading]:
    """Yield what is in each file; where many were not read by this process, what an earlier one has kept is used."""
    vocabulary = find_locations().vocabulary
    files = {file: (root, status) for root in roots for file, status in list_stated_files(root)}
    unread = {file: each[1] for file, each in files.items() if _key_of(file, each[1], vocabulary) not in _loaded}
    kept = find_all_compiled(unread) if len(unread) >= WORTHWHILE else {}
    parsed = []
    for file, (root, status) in files.items():
        key = _key_of(file, status, vocabulary)
        if file in kept:
            yield _remember(key, (_KeptCard(_id_of(file), kept[file], file, root), ()))
            continue
        try:
            loading = _load_present(file, root=root, status=status, key=key)
        except (FileNotFoundError, NotADirectoryError):
            continue  # removed since the folder was listed
        if loading[0] is not None and file in unread and not isinstance(loading[0], _KeptCard):
            parsed.append((file, status, loading[0].card))
        yield loading
    keep_compiled(parsed, present=files)


def load_card_of(dataset_id: str) -> LoadedCard | None:
    """Return the card that `load_shelf` has under this id, read from its own file alone; None for a draft."""
    loaded = load_card_or_draft(dataset_id)
    return loaded if loaded is not None and not loaded.is_draft else None


def load_card_or_draft(dataset_id: str) -> LoadedCard | None:
    """Return the valid card with this id, published or not; for its maker, never for readers."""
    if not _ID.fullmatch(dataset_id):  # neither a path that leads elsewhere nor a name that no file can have
        return None
    for root in find_locations().datasets:
        for suffix in SUFFIXES:
            card, _problems = _load_present_card(root / f"{dataset_id}.{suffix}", root=root)
            if card is not None:
                return card
    return None


def _load_present_card(file: Path, *, root: Path) -> tuple[LoadedCard | None, tuple[Problem, ...]]:
    """Return the card in `file`; neither where it was removed since the folder was listed."""
    try:
        return load_card(file, root=root)
    except (FileNotFoundError, NotADirectoryError):
        return None, ()


def load_card(file: Path, *, root: Path) -> tuple[LoadedCard | None, tuple[Problem, ...]]:
    """Return the card in `file`, or None and what is wrong with it."""
    status = file.stat()
    return _load_present(file, root=root, status=status, key=_key_of(file, status, find_locations().vocabulary))


def _load_present(file: Path, *, root: Path, status: os.stat_result, key: _Key) -> _Loading:
    """Return what is in `file`: as this process has read it, as an earlier one has kept it, or parsed now."""
    loading = _loaded.get(key)
    if loading is not None and (loading[0] is None or loading[0].root == root):
        return loading
    compiled = find_compiled(file, status)
    if compiled is not None:
        return _remember(key, (_KeptCard(_id_of(file), compiled, file, root), ()))
    return _remember(key, _parse_card(file, root=root))


def _key_of(file: Path, status: os.stat_result, vocabulary: Path) -> _Key:
    return str(file), status.st_mtime_ns, status.st_size, vocabulary


def _remember(key: _Key, loading: _Loading) -> _Loading:
    """Keep what is in a file in its present state; of two threads that have read it, the first one's object stays."""
    if len(_loaded) >= _MOST_LOADED:
        _loaded.clear()
    return _loaded.setdefault(key, loading)


def list_card_files(root: Path) -> Iterator[Path]:
    """Yield the files of cards by name; hidden files are drafts and locks of editors."""
    return (file for file, _ in list_stated_files(root))


def list_stated_files(root: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield the files of cards by name, each with its state; a file that goes meanwhile is left out."""
    for folder in _list_entries(root):
        for entry in _list_entries(folder.path) if folder.is_dir() else ():
            if entry.name.endswith(_ENDS) and not entry.name.startswith("."):
                with suppress(OSError):
                    yield Path(entry.path), entry.stat()


def _list_entries(folder: Path | str) -> list[os.DirEntry[str]]:
    """Return what is in a folder, by name; nothing where it is none, or not there."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return []


def check_card_files(file: Path, *, root: Path) -> tuple[Problem, ...]:
    """Return what is still to be filled in, and the files and datasets that are not there; none where it is no YAML."""
    from ._card_problems import check_files, check_placeholders, check_replacement

    try:
        document = load_document(file)
    except DatahallError:
        return ()  # which load_card has told
    return (
        *check_placeholders(document, file=file),
        *check_files(document, file=file, root=root),
        *check_replacement(document, file=file, list_ids=lambda: _list_ids(root)),
    )


def _list_ids(root: Path) -> set[str]:
    """Return the ids that a card in `root` may name: of all datasets, and of the cards beside it."""
    return {*load_shelf().cards, *map(_id_of, list_card_files(root))}


def _parse_card(file: Path, *, root: Path) -> _Loading:
    from ._card_problems import Problem, check_card

    try:
        document = load_document(file)
    except DatahallError as error:
        line = error._values.get("line", 1)
        return None, (Problem(str(file), int(str(line)), "", error),)
    card, problems = check_card(document, file=file)
    if card is None:
        return None, problems
    return LoadedCard(_id_of(file), card, file, root), ()


def _second_card(card: LoadedCard, *, first: LoadedCard) -> Problem:
    """Return the problem of a card whose id is taken: it must not stand in for another in silence."""
    from ._card_problems import Problem

    error = InvalidCard(
        N_("{file}: the id {id} is already that of {first}."),
        file=card.file,
        id=card.id,
        first=first.file,
        hint=N_("Give it another name."),
    )
    return Problem(str(card.file), 1, "", error)
