"""Unpack compressed files, within bounds and without believing what they say about their size.

What comes out is written under names of ours, so that no member's path leads anywhere.
"""

from __future__ import annotations

import bz2
import errno
import gzip
import importlib
import lzma
import shutil
import stat
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from .._disk import check_room
from ..errors import N_, UnreadableSource
from .source_file import SourceFile

MAX_UNPACKED = 64 << 30  # of one file; far above the largest table that a hall is meant to hold
MAX_RATIO = 250  # real tables shrink to a hundredth at best; bombs to less than a thousandth
MAX_MEMBERS = 10_000  # of an archive
_CHUNK = 1 << 20
_IS_UTF8 = 0x800  # flag of a member whose name is


class Readable(Protocol):
    """What can be read from, and closed by ``with``."""

    def read(self, size: int, /) -> bytes: ...
    def __enter__(self) -> Any: ...
    def __exit__(self, *reason: Any) -> Any: ...


Advance = Callable[[int], None]

_OF_THE_FILE = (None, errno.EINVAL)  # where bytes are gone from an archive, its parts lie before its beginning
_FAULTS = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError)
_MAGIC = {
    b"\x1f\x8b\x08": "gzip",
    b"BZh": "bz2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"PK\x03\x04": "zip",
}


def detect_compression(path: Path) -> str | None:
    """Return how the file's first bytes say that it is compressed; None where they do not."""
    with path.open("rb") as file:
        head = file.read(6)
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), None)


@contextmanager
def unpacked(
    file: SourceFile, *, compression: str | None, member: str | None = None, within: Path
) -> Iterator[SourceFile]:
    """Give the file that lies in `file`, which is gone afterwards; `file` itself where nothing is compressed.

    It is unpacked into the folder `within`, where there is room for it: that for temporary files is often memory.
    """
    if compression is None:
        yield file
        return
    folder = Path(tempfile.mkdtemp(prefix="unpacked-", dir=within))
    try:
        yield unpack(file, compression=compression, member=member, folder=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def unpack(file: SourceFile, *, compression: str, member: str | None, folder: Path) -> SourceFile:
    """Write what lies in `file` into `folder`, under a name of ours; return it."""
    target = folder / "unpacked"
    if compression == "zip":
        with open_archive(file) as archive:
            check_archive(archive, file=file)
            copy_member(archive, _choose_member(archive, file=file, member=member), target, file=file)
    else:
        unpack_stream(file, compression=compression, target=target)
    return SourceFile(target, f"{file.name}/{member}" if member else file.name)


def unpack_stream(file: SourceFile, *, compression: str, target: Path, bound: Bound | None = None) -> None:
    """Write the one file that lies in `file`, which is no archive, to `target`."""
    bound = bound or Bound(file, form=compression, packed=file.path.stat().st_size)
    with _told(file, form=compression), _open_stream(file.path, compression=compression) as source:
        bound.copy(source, target)


@contextmanager
def open_archive(file: SourceFile) -> Iterator[zipfile.ZipFile]:
    """Give the zip archive; what is wrong with it, or with a member while it is read, is told as the file's fault."""
    with _told(file, form="zip"), zipfile.ZipFile(file.path) as archive:
        check_count(archive, file=file)
        yield archive


def list_infos(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return an archive's files, in its order, without folders and what operating systems add."""
    return [info for info in archive.infolist() if info.filename and not (info.is_dir() or _is_debris(info.filename))]


def written_name(info: zipfile.ZipInfo) -> str:
    """Return a member's name as people wrote it: archives of old say not in which encoding, and many are in GB18030."""
    if info.flag_bits & _IS_UTF8:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return info.filename.encode("cp437").decode(encoding)
        except UnicodeError:
            continue
    return info.filename


def is_link(info: zipfile.ZipInfo) -> bool:
    """Say whether a member is a symbolic link, which leads to what is no part of the archive."""
    return stat.S_ISLNK(info.external_attr >> 16)


def is_climbing(name: str) -> bool:
    """Say whether a member's path leads out of the folder that it is unpacked into."""
    path = PurePosixPath(name.replace("\\", "/"))
    has_drive = path.parts[:1] != () and path.parts[0].endswith(":")
    return path.is_absolute() or ".." in path.parts or "\0" in name or has_drive


def list_members(file: SourceFile) -> list[str]:
    """Return the names of the files in a zip archive whose paths are checked."""
    with open_archive(file) as archive:
        check_archive(archive, file=file)
        return [info.filename for info in list_infos(archive)]


def check_count(archive: zipfile.ZipFile, *, file: SourceFile) -> None:
    """Refuse an archive of very many members."""
    if len(archive.infolist()) > MAX_MEMBERS:
        raise file.refuse(form="zip", reason=N_("it has more than 10,000 members"), code="too-large")


def check_archive(archive: zipfile.ZipFile, *, file: SourceFile) -> None:
    """Refuse an archive of very many members, with two of one name, or with one whose path climbs out."""
    check_count(archive, file=file)
    names = archive.namelist()
    if len(set(names)) < len(names):
        raise file.refuse(form="zip", reason=N_("two of its members have the same name"))
    for name in names:
        if is_climbing(name):
            raise UnreadableSource(
                N_("{source} is refused: its member {member} has a path that leads out of the archive."),
                source=file.name,
                member=repr(name),
                hint=N_("Do not trust this file; ask whoever made it."),
            )


def copy_member(
    archive: zipfile.ZipFile,
    member: str | zipfile.ZipInfo,
    target: Path,
    *,
    file: SourceFile,
    bound: Bound | None = None,
) -> None:
    """Write one member of an archive to `target`, within bounds."""
    info = archive.getinfo(member) if isinstance(member, str) else member
    if info.flag_bits & 1:
        raise file.refuse(form="zip", reason=N_("it is locked with a password"), code="locked")
    bound = bound or Bound(file, form="zip", packed=info.compress_size)
    with archive.open(info) as source:
        bound.copy(source, target)


def _choose_member(archive: zipfile.ZipFile, *, file: SourceFile, member: str | None) -> str:
    present = [info.filename for info in list_infos(archive)]
    if member is None and len(present) != 1:
        raise UnreadableSource(
            N_("{source} holds {count} files, and the card does not say which one is meant."),
            source=file.name,
            count=len(present),
            hint=N_("Name one as the source's `member`."),
        )
    chosen = member or present[0]
    if chosen not in present:
        raise file.missing_part(chosen, present=present)
    return chosen


def _is_debris(name: str) -> bool:
    path = PurePosixPath(name)
    is_system = path.name in (".DS_Store", "Thumbs.db", "desktop.ini") or path.name.startswith("._")
    return is_system or path.parts[:1] == ("__MACOSX",)


@contextmanager
def _told(file: SourceFile, *, form: str) -> Iterator[None]:
    """Turn what the libraries refuse into a sentence about the file."""
    try:
        yield
    except (*_FAULTS, _zstd().ZstdError) as error:
        if isinstance(error, OSError) and error.errno not in _OF_THE_FILE and not isinstance(error, gzip.BadGzipFile):
            raise  # the disk's fault, not the file's
        raise file.refuse(form=form, reason=_reason_of(error), code="truncated") from error


def _reason_of(error: Exception) -> str | Exception:
    """Return what an unpacker's complaint means to a person; its own words where we know none."""
    if isinstance(error, EOFError):
        return N_("it ends too soon, as a download that broke off does")
    if "CRC" in str(error) or "check" in str(error).lower() or isinstance(error, (lzma.LZMAError, zlib.error)):
        return N_("its compressed bytes are damaged")
    if isinstance(error, NotImplementedError):
        return N_("it is compressed in a way that is not supported")
    if isinstance(error, (zipfile.BadZipFile, OSError)):
        return N_("it is damaged, or not whole")
    return error


def _open_stream(path: Path, *, compression: str) -> Readable:
    match compression:
        case "gzip":
            return gzip.open(path)
        case "bz2":
            return bz2.open(path)
        case "xz":
            return lzma.open(path)
        case "zstd":
            stream: Readable = _zstd().open(path)
            return stream
    raise AssertionError(compression)


def _zstd() -> Any:
    """Return the module for zstd, which the standard library has from Python 3.14 on."""
    return importlib.import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")


class Bound:
    """How much may still come out of a file; counts what comes, since what a header promises may be a lie."""

    free = 256 << 20  # bytes that may come out of any file before the ratio counts

    def __init__(self, file: SourceFile, *, form: str, packed: int, advance: Advance | None = None) -> None:
        self._file = file
        self._form = form
        self._left = min(MAX_UNPACKED, max(self.free, packed * MAX_RATIO))
        self._advance = advance

    def copy(self, source: Readable, target: Path) -> None:
        """Write all of `source` to `target`, as long as its disk has room."""
        with target.open("wb") as out:
            while chunk := source.read(_CHUNK):
                self.take(len(chunk))
                check_room(target.parent, size=len(chunk), file=self._file.name)
                out.write(chunk)
                if self._advance is not None:
                    self._advance(len(chunk))

    def take(self, size: int) -> None:
        """Raise UnreadableSource where `size` more bytes are too many."""
        self._left -= size
        if self._left < 0:
            raise self._file.refuse(
                form=self._form,
                reason=N_("it grows far more on unpacking than a table does, as an attack would"),
                code="too-large",
            )
