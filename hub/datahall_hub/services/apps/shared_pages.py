"""Pages of apps that are the same for everybody, kept beside the version: ``<slug>/<digest>.pages/{en,zh}.html``.

Beside each page lie the pictures that its cells draw, where a visitor's kernel may take them instead of drawing
(`drawn_pictures`): ``{en,zh}.pictures``.

A page says which kernel it belongs to, and its scripts bear a nonce. There stand `KERNEL_ID` and `NONCE` instead, and
nowhere else: a page in which an app has written these letters itself is not kept. `PackedPage` makes it a visitor's.
Beside the pages stands what they were made with (`Rendering.mark`): a hall whose template or libraries have changed
since serves them no longer.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

KERNEL_ID, NONCE = "{{DATAHALL_KERNEL_ID}}", "{{DATAHALL_NONCE}}"
MADE_WITH = "made-with"
PART = ".part-"  # such folders are removed when the hall starts (`AppFiles.remove_parts`)
FULL = (errno.ENOSPC, errno.EDQUOT)


class NoRoomError(OSError):
    """The disk is full."""


def mark_kernel(page: str, *, kernel_id: str) -> str | None:
    """Return a page with the mark where its kernel's id stood; None where the mark would not be the only one."""
    return None if KERNEL_ID in page else page.replace(kernel_id, KERNEL_ID)


def mark_page(page: str, *, kernel_id: str, nonce: str) -> str | None:
    """Return a page with marks for its kernel's id and its nonce; None where they would not be the only ones."""
    return None if NONCE in page else mark_kernel(page.replace(nonce, NONCE), kernel_id=kernel_id)


def fill_page(page: str, *, kernel_id: str) -> str:
    """Return a page with a kernel's id where the mark stands; without one it stays at rest."""
    return page.replace(KERNEL_ID, kernel_id)


def find_pages(version: Path) -> Path:
    """Return the folder of the pages of the version in a folder, whether or not it is there."""
    return version.with_name(f"{version.name}.pages")


def has_pages(version: Path, *, mark: str) -> bool:
    """Return whether a version has pages that were made with what `mark` names."""
    try:
        return (find_pages(version) / MADE_WITH).read_text(encoding="utf-8") == mark
    except OSError:
        return False


def find_pictures(version: Path, *, language: str) -> bytes:
    """Return the pictures of the page of a version, packed; empty where it has none."""
    try:
        return (find_pages(version) / f"{language}.pictures").read_bytes()
    except OSError:
        return b""


def keep_pages(
    version: Path, pages: Mapping[str, str], *, mark: str, pictures: Mapping[str, bytes] = MappingProxyType({})
) -> None:
    """Write the pages of a version by their languages, all or none; they take the place of earlier ones.

    `mark` says what they were made with; `pictures` are packed, by language.

    Raises
    ------
    NoRoomError
        If the disk is full; nothing is left, and earlier pages stay.
    """
    part = version.with_name(f"{PART}{secrets.token_hex(8)}")
    try:
        part.mkdir()
        for language, page in pages.items():
            _write(part / f"{language}.html", page.encode(errors="replace"))
        for language, packed in pictures.items():
            _write(part / f"{language}.pictures", packed)
        _write(part / MADE_WITH, mark.encode())
        remove_pages(version)
        part.rename(find_pages(version))
    except OSError as error:
        if error.errno in FULL:
            raise NoRoomError("The disk is full: the pages of an app could not be written.") from error
        raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def remove_pages(version: Path) -> None:
    """Remove the pages of a version, where there are any; nobody sees half of them."""
    old = version.with_name(f"{PART}{secrets.token_hex(8)}")
    try:
        find_pages(version).rename(old)
    except FileNotFoundError:
        return
    shutil.rmtree(old, ignore_errors=True)


def _write(file: Path, content: bytes) -> None:
    with file.open("xb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
