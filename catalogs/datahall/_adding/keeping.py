"""Keeping: write a draft card, and the file that it is about beside it. Neither replaces another, or is half there.

A newer edition of a file is kept beside the published one, whose place it takes when it is published.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from .._cards import LoadedCard, load_card, load_card_or_draft
from .._disk import check_room
from .._editions import edition_file, source_file
from .._locations import find_home
from .._vocabulary import themes
from ..errors import N_, DatahallError

_ID = re.compile(r"(?P<theme>[a-z0-9-]{1,100})/(?P<name>[a-z0-9]+(?:-[a-z0-9]+)*)")
_PART = 1 << 22  # bytes copied at a time


@dataclass(frozen=True)
class Keep:
    """Where a card and its file will lie."""

    theme: str
    name: str
    root: Path
    standing: LoadedCard | None = None  # the card that is there already, of which the file is a newer edition

    @property
    def card(self) -> Path:
        """The card's file."""
        return self.root / self.theme / f"{self.name}.yaml"


def find_keep(text: str) -> Keep:
    """Return the place that ``<theme>/<name>`` means; raises DatahallError where it means none, or it is taken."""
    match = _ID.fullmatch(text)
    known = [theme.id for theme in themes()]
    if match is None or match["theme"] not in known:
        raise DatahallError(
            N_("{id} is not <theme>/<name> with one of the themes and a name in lower case, joined by hyphens."),
            code="invalid-id",
            id=repr(text),
            hint=N_("The themes are: {themes}."),
            themes=", ".join(known),
        )
    keep = Keep(match["theme"], match["name"], find_home() / "datasets")
    standing = load_card_or_draft(text)
    if standing is not None and standing.file != keep.card:  # it is shipped, and would hide the one made here
        _refuse(standing.file)
    if standing is None:
        _check_free(keep.card)
    return replace(keep, standing=standing)


def keep_edition(loaded: LoadedCard, *, file: Path, may_move: bool, advance: Callable[[int], None]) -> tuple[Path, ...]:
    """Keep a newer file that fits: beside the published one, for publishing to find, or in the place of a draft's."""
    target = source_file(loaded) if loaded.card.draft else edition_file(loaded)
    assert target is not None  # what has no file beside its card, no edition fits
    with _undone(loaded.file) as made, _whole(target, made=[]) as part:
        _bring(file, part, may_move=may_move, advance=advance)
    return (*made, target)


def keep_card(
    card: dict[str, Any], *, keep: Keep, file: Path, may_move: bool, advance: Callable[[int], None]
) -> tuple[Path, ...]:
    """Write the card, and the file where the card names a copy; it is moved there where it `may_move`."""
    import yaml

    source = card["sources"][0]
    copy = keep.root / source["path"] if "path" in source else None
    text = yaml.safe_dump(card, allow_unicode=True, sort_keys=False, width=120)
    for target in filter(None, (keep.card, copy)):
        _check_free(target)
    with _undone(keep.card) as made:
        keep.card.parent.mkdir(parents=True, exist_ok=True)
        if copy is not None:
            with _whole(copy, made=made) as part:
                _bring(file, part, may_move=may_move, advance=advance)
        with _whole(keep.card, made=made) as part:
            part.write_text(text, encoding="utf-8")
        _, problems = load_card(keep.card, root=keep.root)
        if problems:  # ours to prevent; said, rather than left for the next fetch
            raise DatahallError(
                N_("The draft card is not valid: {reason}."), code="invalid-card", reason=problems[0].message
            )
    return tuple(made[::-1])


def _check_free(target: Path) -> None:
    if target.exists():
        _refuse(target)


def _refuse(target: Path) -> NoReturn:
    raise DatahallError(
        N_("{file} is there already."),
        code="exists",
        file=target,
        hint=N_("Choose another name, or move that file away."),
    )


@contextmanager
def _undone(card: Path) -> Iterator[list[Path]]:
    """Give a list for the files that are made; they are taken back where not all of them can be."""
    made: list[Path] = []
    try:
        yield made
    except BaseException as error:
        for target in made:
            target.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        raise DatahallError(
            N_("{path} cannot be written: {reason}."), code="unwritable", path=card, reason=error.strerror or error
        ) from error


@contextmanager
def _whole(target: Path, *, made: list[Path]) -> Iterator[Path]:
    """Give a path to write to; `target` appears when that is done."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield part
        part.rename(target)
        made.append(target)
    finally:
        part.unlink(missing_ok=True)


def _bring(file: Path, target: Path, *, may_move: bool, advance: Callable[[int], None]) -> None:
    if may_move and file.stat().st_dev == target.parent.stat().st_dev:
        file.replace(target)
        return
    check_room(target.parent, size=file.stat().st_size, file=file.name)
    with file.open("rb") as source, target.open("wb") as copy:
        while content := source.read(_PART):
            copy.write(content)
            advance(len(content))
