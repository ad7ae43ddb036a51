"""Unpacking: the plain files in what somebody hands over, archives in archives too; one bound holds for all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from .._formats.packed import (
    MAX_MEMBERS,
    Bound,
    copy_member,
    detect_compression,
    is_climbing,
    is_link,
    list_infos,
    open_archive,
    unpack_stream,
    written_name,
)
from .._formats.source_file import SourceFile
from ..errors import N_, UnreadableSource
from .effort import Effort
from .formats.detection import detect_format

DEEPEST = 4  # packings within each other
_COMPANION = re.compile(
    r"(read[ _-]?me|licen[cs]e|copying|说明|說明)(\.(txt|md|rst))?"
    r"|.+\.(pdf|docx?|rtf|odt|pptx?|html?|md|png|jpe?g|gif)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Unpacked:
    """A plain file, and how it was packed: what it is called inside, how, and what came with it that is no table."""

    path: Path
    name: str = ""  # as in the archive, "" where there is none
    kinds: tuple[str, ...] = ()  # from outside to inside
    companions: tuple[str, ...] = ()  # told with the first file of an archive, like those below
    climbing: tuple[str, ...] = ()  # whose paths lead out of the archive
    links: tuple[str, ...] = ()  # which are passed over


def find_packing(path: Path) -> str | None:
    """Return how a file is packed; None where it is not, or is a format of its own, as workbooks are."""
    packing = detect_compression(path)
    return None if packing == "zip" and detect_format(path) is not None else packing


def unpack_file(path: Path, *, name: str, into: Path, effort: Effort) -> Iterator[Unpacked]:
    """Yield the plain files in `path`; each is written to the folder `into`, under a name of ours.

    Raises
    ------
    UnreadableSource
        It is damaged, locked, empty, or grows as no table does.
    """
    file = SourceFile(path, name)
    unpacker = _Unpacker(file, into=into, effort=effort)
    yield from unpacker.open(file, Unpacked(path))


class _Unpacker:
    """Counts over all depths: an archive of bombs is one."""

    def __init__(self, file: SourceFile, *, into: Path, effort: Effort) -> None:
        self._file = file
        self._into = into
        self._effort = effort
        self._numbers = count(1)
        self._bound = Bound(file, form="archive", packed=file.path.stat().st_size, advance=self._advance)

    def open(self, file: SourceFile, found: Unpacked) -> Iterator[Unpacked]:
        """Yield the plain files in `file`, which was found as `found` says."""
        packing = find_packing(file.path)
        if packing is None:
            yield found
        elif len(found.kinds) == DEEPEST:
            raise self._file.refuse(
                form=packing, reason=N_("archives lie within each other too deep"), code="too-large"
            )
        elif packing == "zip":
            yield from self._open_members(file, found)
        else:
            target = self._next_target()
            unpack_stream(file, compression=packing, target=target, bound=self._bound)
            yield from self.open(SourceFile(target, file.name), _within(found, target, kind=packing))
        if packing is not None and file is not self._file:
            file.path.unlink()

    def _open_members(self, file: SourceFile, found: Unpacked) -> Iterator[Unpacked]:
        with open_archive(file) as archive:
            every = list_infos(archive)
            infos = [info for info in every if not is_link(info)]
            if not infos:
                raise UnreadableSource(N_("{file} holds no file."), code="empty", file=file.name)
            tables = [info for info in infos if not is_companion(written_name(info))]
            beside = [written_name(info) for info in infos if is_companion(written_name(info))] if tables else []
            told = replace(
                found,
                companions=(*found.companions, *(_joined(found.name, name) for name in beside)),
                climbing=(*found.climbing, *(written_name(info) for info in infos if is_climbing(info.filename))),
                links=(*found.links, *(written_name(info) for info in every if is_link(info))),
            )
            for info in tables or infos:
                target = self._next_target()  # never the member's own path, which may lead anywhere
                copy_member(archive, info, target, file=file, bound=self._bound)
                name = _joined(found.name, written_name(info))
                inner = replace(_within(told, target, kind="zip"), name=name)
                yield from self.open(SourceFile(target, name), inner)
                told = replace(told, companions=(), climbing=(), links=())

    def _next_target(self) -> Path:
        number = next(self._numbers)
        if number > MAX_MEMBERS:
            raise self._file.refuse(form="zip", reason=N_("it has more than 10,000 members"), code="too-large")
        return self._into / f"member-{number}"

    def _advance(self, size: int) -> None:
        self._effort.expect(size)  # what an archive says of its size may be a lie
        self._effort.advance(size)


def _within(found: Unpacked, path: Path, *, kind: str) -> Unpacked:
    return replace(found, path=path, kinds=(*found.kinds, kind))


def _joined(archive: str, name: str) -> str:
    return f"{archive}/{name}" if archive else name


def is_companion(name: str) -> bool:
    """Say whether a file of this name holds no table, but may come with one."""
    return bool(_COMPANION.fullmatch(name.replace("\\", "/").rpartition("/")[2]))
