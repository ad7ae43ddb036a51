"""Encodings: tell how a file's text is written in bytes, and prove it by decoding all of it.

A byte order mark decides; then UTF-8, which hardly fits by chance; then the candidate under which the letters of
a sample look most like writing. What does not decode stays in the table as ``\\xe9`` and is counted by lines.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import polars as pl

from .._text_files import PART
from ..errors import N_, UnreadableSource
from .findings import EXAMPLES, Finding, make_finding

Advance = Callable[[int], None]

SAMPLE = 1 << 20  # bytes from the beginning of a file, by which it is first judged
_LINES = 4_000  # lines with other than ASCII that are weighed
_BOMS = (  # the longer first: UTF-32's begins as UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDE = ("utf-16", "utf-32", "utf-16-le", "utf-16-be")

_WESTERN = "äöüßéèêëàâçñáíóúåæøœïîôûùìòãõÄÖÜÉÈÀÂÇÑÁÍÓÚÅÆØÕ"
# Single-byte encodings in the order of preference, each with the letters that are common where it is used.
_SINGLE = {
    "cp1252": _WESTERN,
    "cp1257": "äöüõåéšžāēīūčģķļņąęėįųūłńśźżÄÖÜÕÅÉŠŽĀĒĪŪČĢĶĻŅĄĘĖĮŲŁŚŻ",
    "cp1250": "äöüßéáíóúýčďěňřšťůžąćęłńśźżőűôľĺŕăâîşţÄÖÜÁÉÍÓÚÝČĎŇŘŠŤŽĄĆĘŁŃŚŹŻŐŰ",
    "cp1254": _WESTERN + "ğşıİĞŞ",
    "mac_roman": _WESTERN,
    "cp850": _WESTERN,
    "cp1251": "",
    "koi8_r": "",
    "cp866": "",
    "cp1253": "",
}
_MARKS = "©®°–—‘’“”„…«»€£§²³·º½µ\u00a0"
_MULTIPLE = ("gb18030", "big5", "shift_jis", "euc_jp", "euc_kr")


@dataclass(frozen=True)
class Encoding:
    """How a file's text is written, and what the whole file showed."""

    name: str
    has_mark: bool  # a byte order mark
    lines: int
    broken: tuple[int, ...] = ()  # lines that hold bytes which do not decode: the first ones
    broken_lines: int = 0

    def find_remarks(self) -> Iterator[Finding]:
        """Yield what a person should know about the encoding."""
        if self.name != "utf-8":
            yield make_finding("encoding", encoding=self.name)
        for line in self.broken:
            yield make_finding("broken-bytes", line=line, encoding=self.name, count=self.broken_lines)


def find_encoding(path: Path, *, advance: Advance | None = None) -> Encoding:
    """Return the encoding of a text file; raises UnreadableSource where it is no text at all."""
    with path.open("rb") as file:
        head = file.read(SAMPLE)
    name, has_mark = _judge(head, path=path)
    lines = _count_lines(path, encoding=name, advance=advance)
    if lines is not None:
        return Encoding(name, has_mark, lines)
    return _weigh_broken(path, has_mark=has_mark, first=name)


def _judge(head: bytes, *, path: Path) -> tuple[str, bool]:
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name, True
    if b"\0" in head:
        wide = _find_wide(head)
        if wide is None:
            raise UnreadableSource(
                N_("{file} is not a text file: it holds zero bytes."),
                code="binary",
                file=path.name,
                hint=N_("Save the table as CSV in UTF-8, or give the original file of a format that is known."),
            )
        return wide, False
    if _is_full_of_controls(head[:4096]):
        raise UnreadableSource(
            N_("{file} is not a text file: it is full of control characters."),
            code="binary",
            file=path.name,
            hint=N_("Save the table as CSV in UTF-8, or give the original file of a format that is known."),
        )
    return ("utf-8", False) if _decodes(head, "utf-8") else (_weigh(_foreign_lines(head)), False)


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


def _count_lines(path: Path, *, encoding: str, errors: str = "strict", advance: Advance | None = None) -> int | None:
    """Return how many lines the file has, or None where it is not in `encoding`; they end in \\n, \\r or both."""
    lines, last = 0, b""
    try:
        with path.open("rb") as file:
            for text in _texts(file, encoding=encoding, errors=errors, advance=advance):
                returns = text.count(b"\r")
                pairs = text.count(b"\r\n") if returns else 0
                lines += text.count(b"\n") + returns - pairs - (last == b"\r" and text.startswith(b"\n"))
                last = text[-1:] or last
    except UnicodeError:
        return None
    return lines + (last not in (b"\n", b"\r", b""))


def _texts(file: BinaryIO, *, encoding: str, errors: str, advance: Advance | None) -> Iterator[bytes]:
    """Yield the file's text as UTF-8, part by part; raises UnicodeError where it is not in `encoding`."""
    is_plain = encoding == "utf-8" and errors == "strict"
    decoder = None if is_plain else codecs.getincrementaldecoder(encoding)(errors)
    rest = b""
    while raw := file.read(PART):
        if advance is not None:
            advance(len(raw))
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


def _weigh_broken(path: Path, *, has_mark: bool, first: str) -> Encoding:
    """Return the encoding that leaves the fewest lines broken."""
    if first in _WIDE:
        raise UnreadableSource(
            N_("{file} begins as {encoding} but is not: it is damaged or cut off."),
            code="truncated",
            file=path.name,
            encoding=first,
            hint=N_("Get the file again, or save it as UTF-8."),
        )
    with path.open("rb") as file:
        foreign = list(islice((line[:PART] for line in file if not line.isascii()), _LINES))
    name = _weigh(foreign)
    lines = _count_lines(path, encoding=name)
    if lines is not None:
        return Encoding(name, has_mark, lines)
    broken: list[int] = []
    count = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.isascii() and not _is_whole(line, name):
                count += 1
                broken += [number] if len(broken) < EXAMPLES else []
    lines = _count_lines(path, encoding=name, errors="backslashreplace")
    return Encoding(name, has_mark, lines or 0, tuple(broken), count)


def _is_whole(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _is_mostly_utf8(foreign: list[bytes]) -> bool:
    """Say whether nearly all that is not ASCII is UTF-8; no other encoding gives such bytes by chance."""
    return sum(_is_whole(line, "utf-8") for line in foreign) > 0.5 * len(foreign)


def _foreign_lines(content: bytes) -> list[bytes]:
    lines = [line for line in content.split(b"\n")[:-1] or [content] if not line.isascii()]
    return lines[:_LINES] or [content[-4096:]]


def _weigh(lines: list[bytes]) -> str:
    """Return the encoding under which the lines look most like writing."""
    if _is_mostly_utf8(lines):
        return "utf-8"
    sample = b"\n".join(lines)[: SAMPLE // 4]
    scores = {name: _score_pairs(sample, name) for name in _MULTIPLE}
    scores |= {name: _score_letters(sample, name, common=common) for name, common in _SINGLE.items()}
    return max(scores, key=lambda name: scores[name])


def _score_pairs(sample: bytes, encoding: str) -> float:
    """Return the share of characters that are frequent ones where this encoding is used."""
    text = sample.decode(encoding, "replace")
    scores = [
        _frequency(character, encoding) if not _is_within_word(text, place) else 0.0
        for place, character in enumerate(text)
        if character > "\x7f"
    ]
    return sum(scores) / len(scores) if scores else 0.0


def _is_within_word(text: str, place: int) -> bool:
    """Say whether Latin letters stand on both sides, as around an accented letter that was read as half of a pair."""
    around = text[max(0, place - 1) : place] + text[place + 1 : place + 2]
    return len(around) == 2 and around.isascii() and around.isalpha()


def _frequency(character: str, encoding: str) -> float:
    """Return 1 for a character of its standard's first level, which holds the frequent ones; 0 for others.

    Syllables count a little more: other encodings' pairs look like Han characters, not like kana or hangul alone.
    """
    if character == "\ufffd":
        return 0.0
    if encoding in ("shift_jis", "euc_jp"):
        is_kana = "\u3041" <= character <= "\u30ff"
        return 1.05 if is_kana else float(_lead(character, "euc_jp", 0xB0, 0xCF))
    if encoding == "euc_kr":
        return 1.05 if "\uac00" <= character <= "\ud7a3" else 0.0
    if encoding == "big5":
        return float(_lead(character, "big5", 0xA1, 0xC6))
    return float(_lead(character, "gb2312", 0xA1, 0xA3) or _lead(character, "gb2312", 0xB0, 0xD7))


def _lead(character: str, encoding: str, first: int, last: int) -> bool:
    try:
        code = character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return len(code) == 2 and first <= code[0] <= last


def _score_letters(sample: bytes, encoding: str, *, common: str) -> float:
    """Return the mean over all letters beyond ASCII of how well each fits the word around it."""
    text = sample.decode(encoding, "replace")
    scores = [
        _fit(text[place - 1 : place], character, text[place + 1 : place + 2], common=common)
        for place, character in enumerate(text)
        if character > "\x7f"
    ]
    return sum(scores) / len(scores) if scores else 0.0


def _fit(before: str, character: str, after: str, *, common: str) -> float:
    if character in _MARKS:
        return 0.6
    if not character.isalpha() or (character.isupper() and before.islower()):
        return -1.0
    neighbours = [letter for letter in (before, after) if letter.isalpha()]
    if not neighbours:
        return -0.5
    if not common:  # another alphabet
        is_latin = character < "\u0370" or any(letter.isascii() for letter in neighbours)
        return -1.0 if is_latin else 0.9 if character.islower() else 0.7
    is_run = len(neighbours) == 2 and not any(letter.isascii() for letter in neighbours)
    return -1.0 if character not in common or is_run else 1.0
