"""Deliveries: the file at a place (a path, an address), brought here and opened as far as its tables."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote, urlsplit

from .._disk import check_room, find_scratch
from .._download import stream_bytes
from ..errors import N_, UnreadableSource
from .documents import EMPTY_HINT, refuse_document
from .effort import Effort
from .formats import open_tables
from .raw_tables import RawTable
from .unpacking import Unpacked, unpack_file


@dataclass(frozen=True)
class Delivery:
    """A file at hand; `folder` is for what comes out of it, and is gone afterwards."""

    place: str
    file: Path
    folder: Path
    sha256: str | None = None  # of what was downloaded

    @property
    def name(self) -> str:
        """What people call the file."""
        return file_name(self.place)

    def unpack(self, *, effort: Effort) -> Iterator[Unpacked]:
        """Yield the plain files in it."""
        yield from unpack_file(self.file, name=self.name, into=self.folder, effort=effort)


@contextmanager
def deliver(place: str, *, passes: int, effort: Effort) -> Iterator[Delivery]:
    """Give the file at `place`, downloaded where it is an address; `passes` will be made over what is in it."""
    with TemporaryDirectory(prefix="datahall-add-", dir=find_scratch()) as folder:
        if is_address(place):
            file = Path(folder, "download")
            digest = _download(place, into=file, passes=passes, effort=effort)
            yield Delivery(place, file, Path(folder), digest)
        else:
            file = Path(place).expanduser()
            _check_present(file, place=place)
            yield Delivery(place, file, Path(folder))


def is_address(place: str) -> bool:
    """Say whether `place` is an http(s) address."""
    return place.startswith(("http://", "https://"))


def file_name(place: str) -> str:
    """Return what a file at a path or an address is called."""
    path = urlsplit(place).path if is_address(place) else place
    return Path(unquote(path)).name or "table"


def open_file(file: Path, *, name: str) -> Sequence[RawTable | None]:
    """Return the tables of a plain file; one None where it is plain text."""
    tables = open_tables(file, name=name)
    if tables == []:
        raise UnreadableSource(N_("{file} holds no table."), code="no-table", file=name)
    if tables is not None:
        return tables
    refuse_document(file, name=name)
    return (None,)


def _download(address: str, *, into: Path, passes: int, effort: Effort) -> str:
    """Write what `address` sends to a file; return its sha256."""
    digest, expected = hashlib.sha256(), 0

    def advance(received: int, announced: int | None) -> None:
        nonlocal expected
        if announced is not None and not expected:
            expected = announced
            effort.expect((1 + passes) * announced)  # as if nothing were packed in it
        effort.advance(received)

    with into.open("wb") as file:
        for part in stream_bytes(address, progress=advance):
            check_room(into.parent, size=len(part), file=address)
            file.write(part)
            digest.update(part)
    effort.expect(-passes * expected)  # whoever goes over it says so
    _check_filled(into, place=address)
    return digest.hexdigest()


def _check_present(file: Path, *, place: str) -> None:
    if file.is_dir():
        raise UnreadableSource(
            N_("{file} is a folder, not a file."),
            code="folder",
            file=place,
            hint=N_("Name one of the files in it, or pack the folder into a zip archive."),
        )
    if not file.is_file():
        raise UnreadableSource(N_("There is no file {file}."), code="missing-file", file=place)
    _check_filled(file, place=place)


def _check_filled(file: Path, *, place: str) -> None:
    try:
        with file.open("rb") as content:
            is_empty = not content.read(1)
    except OSError as error:
        raise UnreadableSource(
            N_("{file} cannot be read: {reason}."), code="unreadable", file=place, reason=error.strerror or error
        ) from error
    if is_empty:
        raise UnreadableSource(N_("{file} is empty."), code="empty", file=file_name(place), hint=EMPTY_HINT)
