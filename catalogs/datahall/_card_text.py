"""The text of a card: take the mark of a draft out of it, and leave everything else as a person wrote it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ._documents import Document, parse_document
from .errors import N_, DatahallError

KEY = "draft"


def without_draft(text: str, *, file: Path) -> str:
    """Return a card's text without its line ``draft: true``.

    Raises
    ------
    DatahallError
        The key does not stand on a line of its own.
    """
    before = parse_document(text, file=str(file))
    lines = text.splitlines(keepends=True)
    number = before.line_of((KEY,)) - 1
    rest = "".join(lines[:number] + lines[number + 1 :])
    if not _are_equal_but_key(before, rest, file=file):
        raise DatahallError(
            N_("{file}, line {line}: the key draft does not stand on a line of its own."),
            code="draft-key",
            file=file,
            line=number + 1,
            hint=N_("Take it out of the card by hand, and publish again."),
        )
    return rest


def _are_equal_but_key(before: Document, rest: str, *, file: Path) -> bool:
    try:
        after = parse_document(rest, file=str(file)).values
    except DatahallError:
        return False
    wanted = {key: value for key, value in before.values.items() if key != KEY}
    return bool(after == wanted)


def read_text(file: Path) -> str:
    """Return a card's text with its line ends as they are."""
    return file.read_bytes().decode("utf-8-sig")


def write_text(file: Path, text: str) -> None:
    """Put `text` in the place of a card's, whole or not at all, with the same rights."""
    file = file.resolve()
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        part.write_bytes(text.encode("utf-8"))
        shutil.copymode(file, part)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
