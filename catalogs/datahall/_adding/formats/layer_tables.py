"""The tables of zipped shapefiles: each layer is one; encoding and system of coordinates are findings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ..._formats.packed import list_members
from ..._formats.shapes import list_layers, read_layer, read_part
from ..._formats.source_file import SourceFile
from ..findings import EXAMPLES, Finding, make_finding
from ..raw_tables import RawTable
from .remarks import make_remark, shorten_words

_CODE_PAGE = re.compile(r"(?:ansi|oem|cp|windows)?[\s_-]*(\d{3,5})", re.IGNORECASE)
_NAMED = {"88591": "latin-1", "65001": "utf-8", "936": "gb18030", "54936": "gb18030"}
_SYSTEM = re.compile(r'^\s*(PROJCS|GEOGCS|PROJCRS|GEOGCRS)\s*\[\s*"([^"]*)"', re.IGNORECASE)
_SAMPLE = 4 << 20  # bytes of attributes that show the encoding


def list_layer_tables(file: SourceFile) -> list[RawTable]:
    """Return the layers of a zipped shapefile."""
    layers = list_layers(file)
    stems = tuple(layer[:-3].lower() for layer in layers)
    others = [name for name in list_members(file) if not name.lower().startswith(stems)]
    notes = [make_remark("left-out", words=shorten_words(name)) for name in others[:EXAMPLES]]
    tables = []
    for layer in layers:
        encoding = _find_encoding(file, layer=layer)
        table = read_layer(file, layer=layer, encoding=encoding)
        findings = (*notes, *_remarks(file, layer=layer, encoding=encoding))
        tables.append(replace(table, name=table.name if len(layers) > 1 else "", findings=findings))
        notes = []  # what is said of the file is said once
    return tables


def _find_encoding(file: SourceFile, *, layer: str) -> str:
    """Return the encoding that the .cpg names; else the first that its attributes can be in."""
    named = (read_part(file, layer=layer, suffix=".cpg", limit=100) or b"").decode("ascii", "ignore").strip().lower()
    found = _CODE_PAGE.fullmatch(named.replace("iso", "").replace("8859-1", "88591").strip(" -_"))
    name = _NAMED.get(found[1], f"cp{found[1]}") if found else named
    if name and _is_codec(name):
        return name
    attributes = read_part(file, layer=layer, suffix=".dbf", limit=_SAMPLE) or b""
    body = attributes[int.from_bytes(attributes[8:10], "little") :]
    return next((codec for codec in ("utf-8", "gb18030") if _decodes(body, codec=codec)), "latin-1")


def _is_codec(name: str) -> bool:
    try:
        "".encode(name)
    except LookupError:
        return False
    return True


def _decodes(content: bytes, *, codec: str) -> bool:
    """Say whether `content` can be text in `codec`; its last character may be cut."""
    try:
        content.decode(codec)
    except UnicodeDecodeError as error:
        return error.start > len(content) - 4 and len(content) >= _SAMPLE - 4
    return True


def _remarks(file: SourceFile, *, layer: str, encoding: str) -> Iterator[Finding]:
    if encoding != "utf-8":
        yield make_finding("encoding", encoding=encoding)
    system = (read_part(file, layer=layer, suffix=".prj", limit=1 << 14) or b"").decode("utf-8", "replace")
    found = _SYSTEM.match(system)
    if found and (found[1].upper().startswith("PROJ") or "WGS" not in found[2].upper()):
        yield make_remark("projection", name=found[2])
