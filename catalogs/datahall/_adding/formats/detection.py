"""Tell a file's format from its content: the first bytes, or how its text begins; its name counts for nothing."""

from __future__ import annotations

import codecs
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from ..._formats.rdb import is_widths

_HEAD = 1 << 18  # bytes that are looked at
_LONGEST_LINE = 16 << 20  # of JSON Lines
_MAGIC = {
    b"SQLite format 3\0": "sqlite",
    b"PAR1": "parquet",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "xls",
    b"\x09\x08\x10\x00\x00\x06\x05\x00": "xls",  # the same without the container around it
}
_BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_ELEMENT = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)[\s/>]")


def detect_format(path: Path) -> str | None:
    """Return the format as a card names it; None for plain text, and for what is to be unpacked first.

    Besides ``kmz``, and ``document`` for what office programs make that is no workbook of Excel.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(b"PK\x03\x04"):
        return _detect_archive(path)
    return next((form for magic, form in _MAGIC.items() if head.startswith(magic)), None) or _detect_text(path, head)


def detect_encoding(path: Path) -> str:
    """Return the encoding of a text: by its byte order mark, else the first of UTF-8, GB18030 and Latin-1 that fits."""
    with path.open("rb") as file:
        head = file.read(4)
    if marked := next((name for bom, name in _BOMS.items() if head.startswith(bom)), None):
        return marked
    return next(name for name in ("utf-8", "gb18030", "latin-1") if _decodes(path, encoding=name))


def _decodes(path: Path, *, encoding: str) -> bool:
    try:
        with path.open(encoding=encoding) as text:
            while text.read(1 << 20):
                pass
    except UnicodeError:
        return False
    return True


def _detect_archive(path: Path) -> str | None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.lower() for name in archive.namelist()]
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    if any(name.startswith("xl/") for name in names) and "[content_types].xml" in names:
        return "xlsx"
    if any(name.endswith(".shp") and f"{name[:-4]}.dbf" in names for name in names):
        return "shapefile"
    if any(name.endswith(".kml") for name in names):
        return "kmz"
    return "document" if any(name.startswith(("word/", "ppt/")) or name == "content.xml" for name in names) else None


def _detect_text(path: Path, head: bytes) -> str | None:
    text = _decode_head(head).lstrip()
    if text.startswith("<"):
        return _detect_elements(text)
    if text[:15].upper() == "BEGIN:VCALENDAR":
        return "ics"
    if text[:1] in ("{", "["):
        return _detect_json(path, text)
    return "rdb" if _is_rdb(text) else None


def _decode_head(head: bytes) -> str:
    marked = next((name for bom, name in _BOMS.items() if head.startswith(bom)), "utf-8")
    return head.decode(marked, errors="replace").removeprefix("\ufeff")


def _detect_elements(text: str) -> str | None:
    """Return what the first element says; a page of the web is no table of ours, nor is text with angle brackets."""
    is_declared = text.startswith(("<?xml", "<!"))
    bare = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL).lstrip()
    first = _ELEMENT.search(bare) if is_declared else _ELEMENT.match(bare)
    if first is None or first[1].lower() == "html" or not (is_declared or "</" in bare or "/>" in bare):
        return None
    return "kml" if first[1] == "kml" else "xml"


def _detect_json(path: Path, text: str) -> str | None:
    lines = _first_lines(path)
    if _is_object(next(lines, "")) and _is_object(next(lines, "")):
        return "jsonl"
    return "json" if _begins_as_json(text) else None


def _first_lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        while line := file.readline(_LONGEST_LINE):
            if line.strip():
                yield line


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _begins_as_json(text: str) -> bool:
    """Say whether `text` is JSON as far as it goes, or begins with a key or a record and is damaged later."""
    import ijson

    if re.match(r'\{\s*["}]|\[\s*[\[{\]]', text):
        return True
    try:
        for _ in ijson.basic_parse(io.BytesIO(text.encode())):
            pass
    except ijson.JSONError as error:
        return "premature EOF" in str(error)
    return True


def _is_rdb(text: str) -> bool:
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    names, widths = next(lines, "").split("\t"), next(lines, "").split("\t")
    return len(names) == len(widths) and is_widths(widths)
