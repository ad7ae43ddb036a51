"""Load every card there is. A broken card becomes a problem with its place; the others stay readable.

Cards are read again only when their file changes, so a running hall shows a new card at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from ._card_problems import Problem, check_card, check_files, check_placeholders
from ._documents import load_document
from ._locations import find_locations
from .card import Card
from .errors import N_, DatahallError, InvalidCard

_ID = re.compile(r"[a-z0-9-]{1,100}/[a-z0-9-]{1,200}")
SUFFIXES = ("yaml", "yml")  # in the order in which two files of one name count


@dataclass(frozen=True, eq=False)  # one object for one state of a file, so identity is equality
class LoadedCard:
    """A valid card, its id, and the folder its `path` sources may lie in."""

    id: str
    card: Card
    file: Path
    root: Path


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
    for root in find_locations().datasets:
        for file in list_card_files(root):
            card, found = _load_present_card(file, root=root)
            problems += found
            if card is None:
                continue
            if first := cards.get(card.id) or drafts.get(card.id):
                problems.append(_second_card(card, first=first))
            else:
                (drafts if card.card.draft else cards)[card.id] = card
    return Shelf(dict(sorted(cards.items())), tuple(problems), dict(sorted(drafts.items())))


def load_card_of(dataset_id: str) -> LoadedCard | None:
    """Return the card that `load_shelf` has under this id, read from its own file alone; None for a draft."""
    loaded = load_card_or_draft(dataset_id)
    return loaded if loaded is not None and not loaded.card.draft else None


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
    stat = file.stat()
    return _load_card(file, root, stat.st_mtime_ns, stat.st_size, find_locations().vocabulary)


def list_card_files(root: Path) -> Iterator[Path]:
    """Yield the files of cards by name; hidden files are drafts and locks of editors."""
    if root.is_dir():
        found = [file for suffix in SUFFIXES for file in root.glob(f"*/*.{suffix}")]
        yield from sorted(file for file in found if not file.name.startswith("."))


def check_card_files(file: Path, *, root: Path) -> tuple[Problem, ...]:
    """Return what is still to be filled in, and the `path` sources that are not there; none where it is no YAML."""
    try:
        document = load_document(file)
    except DatahallError:
        return ()  # which load_card has told
    return (*check_placeholders(document, file=file), *check_files(document, file=file, root=root))


@lru_cache(maxsize=20_000)
def _load_card(
    file: Path, root: Path, _changed: int, _size: int, _vocabulary: Path
) -> tuple[LoadedCard | None, tuple[Problem, ...]]:
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
    error = InvalidCard(
        N_("{file}: the id {id} is already that of {first}."),
        file=card.file,
        id=card.id,
        first=first.file,
        hint=N_("Give it another name."),
    )
    return Problem(str(card.file), 1, "", error)
