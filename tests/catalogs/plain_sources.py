"""Read the sources of cards with the standard library alone, to check our reading against."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import datetime
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from datahall.card import Card, CardField, Source

from tests.catalogs.plain_workbook import read_cells


def is_packaged(card: Card) -> bool:
    return all(source.package is not None for source in card.sources)


def rows_of(card: Card, mirror: Path | None) -> Iterator[list[Any]]:
    """Read the sources again, with csv and json and nothing of ours."""
    for source in card.sources:
        for record in records_of(source, mirror):
            record |= source.constants
            yield [_value(record.get(field.source_name or field.name), field, source) for field in card.fields]


def _bytes(source: Source, mirror: Path | None) -> bytes:
    if source.package is not None:
        top, *rest = source.package.module.split(".")
        origin = find_spec(top).origin  # type: ignore[union-attr]
        return Path(str(origin)).parent.joinpath(*rest, source.package.resource).read_bytes()
    assert mirror is not None
    index = {entry["sha256"]: entry["path"] for entry in json.loads((mirror / "index.json").read_text())}
    return (mirror / index[source.sha256]).read_bytes()


def _lines(content: bytes, source: Source) -> list[list[str]]:
    if source.format == "xlsx":
        return read_cells(content, sheet=source.sheet)
    errors = "backslashreplace" if source.broken_bytes == "escape" else "strict"
    text = content.decode(source.encoding, errors).removeprefix("\ufeff")
    delimiter = source.delimiter or ("\t" if source.format == "tsv" else ",")
    return list(csv.reader(StringIO(text, newline=""), delimiter=delimiter))


def records_of(source: Source, mirror: Path | None) -> Iterator[dict[str, Any]]:
    """Yield the records of one source, as it is written."""
    content = _bytes(source, mirror)
    if source.format == "json":
        found = json.loads(content.decode(source.encoding))
        yield from _members(found, source) if source.keys else found[source.records] if source.records else found
        return
    if source.format == "xml":
        yield from _elements(content, source)
        return
    lines = _lines(content, source)
    lines = lines[source.skip_rows : len(lines) - source.skip_footer]
    heads = lines.pop(0) if source.header else []
    names = source.columns or [name or f"column_{number}" for number, name in enumerate(heads, start=1)]
    lines = [line for line in lines if any(line) or (line and not source.skip_empty)]
    records = [dict(zip(names, line, strict=True)) for line in lines]
    if source.unpivot is None:
        yield from records
        return
    how = source.unpivot
    wide = [name for name in names if name not in (*how.keep, *source.ignore)]
    for record in records:
        for name in wide:
            if record[name] or not how.drop_empty:
                yield {**{key: record[key] for key in how.keep}, how.name: name, how.value: record[name]}


def _members(found: Any, source: Source) -> Iterator[dict[str, Any]]:
    """Follow `records` from object to object; what a list holds at its end are rows with a ``value``."""
    places: list[tuple[tuple[str, ...], Any]] = [((), found)]
    for step in str(source.records).split("."):
        places = [
            ((*names, name) if step == "*" else names, member)
            for names, place in places
            for name, member in place.items()
            if step in ("*", name)
        ]
    for names, place in places:
        for record in [{"value": item} for item in place] if isinstance(place, list) else [place]:
            yield record | dict(zip(source.keys, names, strict=True))


def _elements(content: bytes, source: Source) -> Iterator[dict[str, str | None]]:
    """Yield the elements at `records` that hold anything, whatever their namespaces."""
    root, *steps = str(source.records).split("/")
    tree = ElementTree.fromstring(content)
    assert tree.tag.endswith(root)
    for element in tree.iterfind("/".join(f"{{*}}{step}" for step in steps)):
        leaves = dict(_leaves(element, path=()))
        if any(leaves.values()):
            yield leaves


def _leaves(element: ElementTree.Element, *, path: tuple[str, ...]) -> Iterator[tuple[str, str | None]]:
    name = "/".join(path)
    yield from ((f"{name}@{key.rpartition('}')[2]}", value) for key, value in element.attrib.items())
    if not len(element):
        yield name or "#text", element.text
    for child in element:
        yield from _leaves(child, path=(*path, child.tag.rpartition("}")[2]))


_BOOLEANS = {
    **dict.fromkeys(("1", "TRUE", "true", "Y", "X", "x", "Jah"), True),
    **dict.fromkeys(("0", "FALSE", "false", "N", "n", "Ei"), False),
}


def _value(written: Any, field: CardField, source: Source) -> Any:
    if isinstance(written, list):
        return written if field.type == "list" else (field.separator or "").join(written)
    if written is None or written in source.null_values or written in field.missing:
        return None
    if isinstance(written, bool):
        return written
    written = str(written)  # JSON has numbers too
    for old, new in source.replace.items():
        written = written.replace(old, new)
    for old, new in field.replace.items():
        written = written.replace(old, new)
    match field.type:
        case "integer":
            return int(written)
        case "number":
            if source.format == "xlsx" or source.decimal == ".":
                return float(written)
            bare = written.removesuffix(field.suffix or "").strip().replace(field.group or "\0", "")
            return float(bare.replace(field.decimal, "."))
        case "boolean":
            return _BOOLEANS[written]
        case "date":
            return datetime.strptime(written.strip(), field.format or "%Y-%m-%d").date()
        case "list":
            return written.split(field.separator)
        case "datetime" if field.format is None or "%.f" not in field.format:
            return datetime.strptime(written, field.format or "%Y-%m-%dT%H:%M:%S")
        case "datetime":
            return datetime.fromisoformat(written)
    code = written.removesuffix(field.suffix or "")
    return "0" * ((field.zero_fill or 0) - len(code)) + code
