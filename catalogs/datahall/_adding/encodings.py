"""Encodings: tell how a file's text is written in bytes, and prove it by decoding all of it.

A byte order mark decides; then UTF-8, which hardly fits by chance; then the candidate under which the letters of
a sample look most like writing. What does not decode stays in the table as ``\\xe9`` and is counted by lines.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import polars as pl

from .._formats.source_file import SourceFile
from .._text_files import PART
from ..errors import N_, UnreadableSource
from .effort import Effort
from .findings import EXAMPLES, Finding, make_finding
from .likeness import Doubt, choose_encoding, is_whole

SAMPLE = 1 << 20  # bytes from the beginning of a file, by which it is first judged
_LINES = 4_000  # lines with other than ASCII that are weighed
_SPRINKLED = 0.2  # share of zero bytes; UTF-16 has more
_BOMS = (  # the longer first: UTF-32's begins as UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDE = ("utf-16", "utf-32", "utf-16-le", "utf-16-be")


@dataclass(frozen=True)
class Encoding:
    """How a file's text is written, and what the whole file showed."""

    name: str
    has_mark: bool  # a byte order mark
    lines: int
    broken: tuple[int, ...] = ()  # lines that hold bytes which do not decode: the first ones
    broken_lines: int = 0
    doubt: Doubt | None = None  # another encoding that the file may be in as well

    def find_remarks(self) -> Iterator[Finding]:
        """Yield what a person should know about the encoding."""
        if self.name != "utf-8":
            yield make_finding("encoding", encoding=self.name)
        if self.doubt is not None:
            yield make_finding(
                "encoding-guess",
                encoding=self.name,
                word=self.doubt.word,
                other=self.doubt.encoding,
                other_word=self.doubt.other_word,
            )
        for line in self.broken:
            yield make_finding("broken-bytes", line=line, encoding=self.name, count=self.broken_lines)


def find_encoding(file: SourceFile, *, effort: Effort) -> Encoding:
    """Return the encoding of a text file; raises UnreadableSource where it is no text at all.

    `effort` knows already that all of the file is gone through once.
    """
    with file.path.open("rb") as content:
        head = content.read(SAMPLE)
    name, has_mark, doubt = _judge(head, file=file)
    lines = _count_lines(file.path, encoding=name, effort=effort)
    if lines is not None:
        return Encoding(name, has_mark, lines, doubt=doubt)
    return _weigh_broken(file, has_mark=has_mark, first=name, effort=effort)


def _judge(head: bytes, *, file: SourceFile) -> tuple[str, bool, Doubt | None]:
    """Return the encoding that the head seems to be in, whether a mark says so, and what speaks for another one."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name, True, None
    if b"\0" in head and not _is_sprinkled(head):
        wide = _find_wide(head)
        if wide is None:
            raise UnreadableSource(
                N_("{file} is not a text file: it holds zero bytes."),
                code="binary",
                file=file.name,
                hint=N_("Save the table as CSV in UTF-8, or give the original file of a format that is known."),
            )
        return wide, False, None
    if _is_full_of_controls(head[:4096].replace(b"\0", b"")):
        raise UnreadableSource(
            N_("{file} is not a text file: it is full of control characters."),
            code="binary",
            file=file.name,
            hint=N_("Save the table as CSV in UTF-8, or give the original file of a format that is known."),
        )
    if _decodes(head, "utf-8"):
        return "utf-8", False, None
    name, doubt = choose_encoding(_foreign_lines(head))
    return name, False, doubt


def _is_sprinkled(head: bytes) -> bool:
    """Say whether `head` is text in which a program has filled up some values with zero bytes."""
    text = head.replace(b"\0", b"")
    is_text = b"\n" in text and not _is_full_of_controls(text[:4096])
    return is_text and len(head) - len(text) < _SPRINKLED * len(head) and _decodes(text, "utf-8")


def _is_full_of_controls(content: bytes) -> bool:
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1a\x1b\v" for byte in content)
    return controls > max(4, len(content) // 20)


def _find_wide(head: bytes) -> str | None:
    """Return the kind of UTF-16 without a mark: every second byte of much of the text is zero."""
    pairs = max(1, len(head) // 2)
    for name, start in (("utf-16-le", 1), ("utf-16-be", 0)):
        is_likely = head[start::2].count(0) > 0.2 * pairs and not head[1 - start :: 2].count(0) and _decodes(head, name)
        if is_likely and not _is_full_of_controls(head[:8192].decode(name, "replace").encode()):
            return name
    return None


def _decodes(content: bytes, encoding: str) -> bool:
    """Say whether `content`, which may end within a character, is in `encoding`."""
    try:
        codecs.getincrementaldecoder(encoding)().decode(content, final=False)
    except UnicodeError:
        return False
    return True


def _count_lines(path: Path, *, encoding: str, effort: Effort, errors: str = "strict") -> int | None:
    """Return how many lines the file has, or None where it is not in `encoding`; they end in \\n, \\r or both."""
    lines, last, done = 0, b"", 0
    try:
        with path.open("rb") as file:
            for text in _texts(file, encoding=encoding, errors=errors):
                returns = text.count(b"\r")
                pairs = text.count(b"\r\n") if returns else 0
                lines += text.count(b"\n") + returns - pairs - (last == b"\r" and text.startswith(b"\n"))
                last = text[-1:] or last
                effort.advance(file.tell() - done)
                done = file.tell()
    except UnicodeError:
        effort.expect(done - path.stat().st_size)
        return None
    return lines + (last not in (b"\n", b"\r", b""))


def _texts(file: BinaryIO, *, encoding: str, errors: str) -> Iterator[bytes]:
    """Yield the file's text as UTF-8, part by part; raises UnicodeError where it is not in `encoding`."""
    is_plain = encoding == "utf-8" and errors == "strict"
    decoder = None if is_plain else codecs.getincrementaldecoder(encoding)(errors)
    rest = b""
    while raw := file.read(PART):
        if decoder is not None:
            yield decoder.decode(raw).encode()
            continue
        whole, rest = _whole_characters(rest + raw)
        _check_utf8(whole)
        yield whole
    if decoder is not None:
        yield decoder.decode(b"", final=True).encode()
    rest.decode("utf-8")


def _whole_characters(content: bytes) -> tuple[bytes, bytes]:
    """Return `content` without the beginning of a UTF-8 character at its end, and that beginning."""
    for back in range(1, min(4, len(content)) + 1):
        byte = content[-back]
        if byte >= 0xC0:  # begins a character of 2 to 4 bytes
            size = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return (content[:-back], content[-back:]) if size > back else (content, b"")
        if byte < 0x80:
            break
    return content, b""


def _check_utf8(content: bytes) -> None:
    """Raise UnicodeDecodeError where `content` is not UTF-8; polars looks twenty times as fast as Python."""
    try:
        pl.Series([content]).cast(pl.String)
    except pl.exceptions.PolarsError:
        content.decode("utf-8")


def _weigh_broken(file: SourceFile, *, has_mark: bool, first: str, effort: Effort) -> Encoding:
    """Return the encoding that leaves the fewest lines broken."""
    if first in _WIDE:
        raise UnreadableSource(
            N_("{file} begins as {encoding} but is not: it is damaged or cut off."),
            code="truncated",
            file=file.name,
            encoding=first,
            hint=N_("Get the file again, or save it as UTF-8."),
        )
    name, doubt = choose_encoding([line for _, line in islice(_read_foreign(file.path), _LINES)])
    effort.expect(size := file.path.stat().st_size)
    lines = _count_lines(file.path, encoding=name, effort=effort)
    if lines is not None:
        return Encoding(name, has_mark, lines, doubt=doubt)
    broken: dict[int, None] = {}
    count = 0
    for number, line in _read_foreign(file.path):
        if not is_whole(line, name) and number not in broken:
            count += 1
            broken |= {number: None} if len(broken) < EXAMPLES else {}
    effort.expect(size)
    lines = _count_lines(file.path, encoding=name, errors="backslashreplace", effort=effort)
    return Encoding(name, has_mark, lines or 0, tuple(broken), count, doubt=doubt)


def _read_foreign(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines with other than ASCII, and their numbers; what is longer than some megabytes comes in parts."""
    number, rest = 1, b""
    with path.open("rb") as file:
        while raw := file.read(PART):
            lines = (rest + raw).splitlines(keepends=True)
            rest = lines.pop() if not lines[-1].endswith(b"\n") else b""  # a \r may go on with a \n
            yield from ((number + place, line) for place, line in enumerate(lines) if not line.isascii())
            number += len(lines)
            if len(rest) >= PART:
                yield number, rest
                rest = b""
    if not rest.isascii():
        yield number, rest


def _foreign_lines(content: bytes) -> list[bytes]:
    lines = [line for line in content.split(b"\n")[:-1] or [content] if not line.isascii()]
    return lines[:_LINES] or [content[-4096:]]
