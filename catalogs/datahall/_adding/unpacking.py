"""Unpacking: a compressed text file as a plain one, within bounds that no archive can talk its way around."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import N_, UnreadableSource

MOST_BYTES = 1 << 36  # 64 GiB, unpacked
HIGHEST_RATIO = 1_100  # of unpacked to packed bytes, above 100 MB; deflate cannot do more, and a table never does
_UNSUSPICIOUS = 100_000_000
_PART = 1 << 20
_COMPANION = re.compile(
    r"(read[ _-]?me|licen[cs]e|copying|说明|說明)(\.(txt|md|rst))?"
    r"|.+\.(pdf|docx?|rtf|odt|pptx?|html?|md|png|jpe?g|gif)",
    re.IGNORECASE,
)
_MAGIC = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstd", b"PK\x03\x04": "zip"}


@dataclass(frozen=True)
class Unpacked:
    """A plain file, what it is called inside its archive, and how it was packed ("" where it was not)."""

    path: Path
    name: str
    kind: str


def find_packing(path: Path) -> str:
    """Return how a file is compressed, "" where it is not."""
    with path.open("rb") as file:
        head = file.read(6)
    return next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), "")


def unpack_file(path: Path, *, into: Path) -> Iterator[Unpacked]:
    """Yield the plain files in `path`; each is written to the folder `into`, under a name of ours."""
    kind = find_packing(path)
    if not kind:
        yield Unpacked(path, "", "")
    elif kind == "zip":
        yield from _unpack_members(path, into=into)
    else:
        target = into / "unpacked"
        with _told(path), _open(path, kind=kind) as content:
            _copy(content, target=target, path=path, packed=path.stat().st_size)
        yield Unpacked(target, "", kind)


def _unpack_members(path: Path, *, into: Path) -> Iterator[Unpacked]:
    with _told(path), zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir() and not _is_hidden(member.filename)]
        if not members:
            raise UnreadableSource(N_("{file} holds no file."), code="empty", file=path.name)
        tables = [member for member in members if not is_companion(member.filename)]
        for number, member in enumerate(tables or members):
            target = into / f"member-{number}"  # never the member's own path, which may lead anywhere
            with archive.open(member) as content:
                _copy(content, target=target, path=path, packed=path.stat().st_size)
            yield Unpacked(target, member.filename, "zip")


def list_companions(path: Path) -> list[str]:
    """Return the files in an archive that only come with its tables: read-me files, licences, documents, pictures."""
    if find_packing(path) != "zip":
        return []
    with _told(path), zipfile.ZipFile(path) as archive:
        names = [member.filename for member in archive.infolist() if not member.is_dir()]
    names = [name for name in names if not _is_hidden(name)]
    beside = [name for name in names if is_companion(name)]
    return beside if len(beside) < len(names) else []


def is_companion(name: str) -> bool:
    """Say whether a file of this name holds no table, but may come with one."""
    return bool(_COMPANION.fullmatch(name.replace("\\", "/").rpartition("/")[2]))


def _is_hidden(name: str) -> bool:
    return name.startswith("__MACOSX/") or Path(name).name.startswith(".")


def _open(path: Path, *, kind: str) -> Any:  # four libraries' file objects
    if kind == "zstd":
        import pyarrow as pa

        return pa.input_stream(str(path), compression="zstd")
    if kind == "gzip":
        return gzip.open(path)
    return bz2.open(path) if kind == "bz2" else lzma.open(path)


def _copy(content: Any, *, target: Path, path: Path, packed: int) -> None:
    size = 0
    with target.open("wb") as file:
        while part := content.read(_PART):
            size += len(part)
            free = shutil.disk_usage(target.parent).free
            if size > MOST_BYTES or (size > _UNSUSPICIOUS and size > HIGHEST_RATIO * packed) or free < 2 * _PART:
                raise UnreadableSource(
                    N_("{file} unpacks to more than {size} bytes, which is too much."),
                    code="too-large",
                    file=path.name,
                    size=size,
                    hint=N_("If it is what it says, unpack it yourself and add the file inside."),
                )
            file.write(part)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what the libraries refuse into a sentence."""
    try:
        yield
    except (
        OSError,
        EOFError,
        zipfile.BadZipFile,
        lzma.LZMAError,
        zlib.error,
        RuntimeError,
        NotImplementedError,
    ) as error:
        raise UnreadableSource(
            N_("{file} cannot be unpacked: {reason}."),
            code="truncated",
            file=path.name,
            reason=str(error),
            hint=N_("It is damaged, cut off or locked with a password; get it again."),
        ) from error
