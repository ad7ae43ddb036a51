"""Read the records of XML files: elements that repeat, one row each, parsed as they come.

Columns are paths below the record: ``city``, ``address/street``, ``size@unit`` for an attribute, ``#text`` for
text beside elements. An element that occurs several times in any record is JSON text in all of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Any
from xml.etree.ElementTree import Element, ParseError

from .._adding.raw_tables import RawRow, RawTable
from ..errors import N_
from .source_file import MAX_COLUMNS, SourceFile

_MAX_DEPTH = 100
_MAX_ELEMENTS = 200_000  # in one record
_MAX_SILENCE = 64 << 20  # bytes within which an element must begin or end
_NOT_WHOLE = (3, 5, 20)  # Expat's numbers for no element, half a token, half a CDATA section
TEXT = "#text"

Steps = tuple[str, ...]


def read_elements(file: SourceFile, *, records: str) -> RawTable:
    """Return the table of the elements at a path such as ``list/item``; namespaces are left out of names."""
    path = tuple(records.strip("/").split("/"))
    shape = Shape()
    for _, element, _ in iterate_elements(file, wanted=path.__eq__):
        shape.add(element)
        if len(shape.columns) > MAX_COLUMNS:
            raise file.refuse(form="xml", reason=N_("it has more columns than a table may have"))
    if not shape.count:
        raise file.missing_part(records, present=["/".join(found) for found in list_paths(file)])
    header = shape.header()
    return RawTable(
        name=path[-1],
        read_rows=lambda: _rows(file, path=path, header=header, repeated=shape.repeated),
        header=header,
        source={"format": "xml", "records": "/".join(path)},
    )


def list_paths(file: SourceFile) -> list[Steps]:
    """Return the paths of all elements, in the order of their first occurrence, up to some thousand."""
    found: dict[Steps, None] = {}
    for path, _, _ in iterate_elements(file, wanted=None):
        found[path] = None
        if len(found) > 5_000:
            break
    return list(found)


def iterate_elements(
    file: SourceFile, *, wanted: Callable[[Steps], bool] | None, form: str = "xml"
) -> Iterator[tuple[Steps, Element, Sequence[Element]]]:
    """Yield the elements at `wanted` paths, whole, with their paths and the elements that they lie in.

    With None it is every element, without what lies in it.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    steps: list[str] = []
    parents: list[Element] = []
    inside, size = 0, 0  # the depth of the wanted element that we are in, and how many elements it has
    with file.path.open("rb") as stream:
        gauge = _Gauge(stream, file=file, form=form)
        try:
            for event, element in iterparse(gauge, events=("start", "end"), forbid_entities=True):
                gauge.silence = 0
                if event == "start":
                    steps.append(local_name(element.tag))
                    parents.append(element)
                    if not inside and wanted is not None and wanted(tuple(steps)):
                        inside, size = len(steps), 0
                    size += 1
                    if len(steps) > _MAX_DEPTH or (inside and size > _MAX_ELEMENTS):
                        raise file.refuse(form=form, reason=N_("its elements are nested or repeated beyond measure"))
                    continue
                if wanted is None or len(steps) == inside:
                    yield tuple(steps), element, parents[:-1]
                    inside = 0
                steps.pop()
                parents.pop()
                if not inside and parents:
                    parents[-1].remove(element)  # so that memory holds no more than one record
        except (ParseError, DefusedXmlException, LookupError, ValueError) as error:
            raise file.refuse(form=form, reason=_reason_of(error)) from error


def _reason_of(error: Exception) -> str | Exception:
    """Return what the parser's complaint means to a person; its own words where we know none."""
    from defusedxml.common import DefusedXmlException

    if isinstance(error, DefusedXmlException):
        return N_("it declares entities or outside documents, as an attack would")
    if isinstance(error, ParseError) and error.code in _NOT_WHOLE:
        return N_("it ends too soon, as a download that broke off does")
    return error


def put_value(cells: dict[str, Any], name: str, value: str) -> None:
    """Add a value to a record; where two have one name (attributes of two namespaces), both are kept as a list."""
    cells[name] = value if name not in cells else json.dumps([cells[name], value], ensure_ascii=False)


def local_name(tag: object) -> str:
    """Return an element's name without its namespace."""
    return str(tag).rpartition("}")[2]


@dataclass
class Shape:
    """What the records of a file have in common."""

    columns: dict[Steps, None] = field(default_factory=dict)
    repeated: set[Steps] = field(default_factory=set)
    count: int = 0

    def add(self, element: Element) -> None:
        """Take note of one more record."""
        self.count += 1
        self._walk(element, path=())

    def header(self) -> tuple[str, ...]:
        """Return the columns' names: what lies in a repeated element is in the column of that element."""
        return tuple(dict.fromkeys(_name(self._shortened(column)) for column in self.columns))

    def _shortened(self, column: Steps) -> Steps:
        lengths = (length for length in range(1, len(column) + 1) if column[:length] in self.repeated)
        return column[: next(lengths, len(column))]

    def _walk(self, element: Element, *, path: Steps) -> None:
        for name in element.attrib:
            self.columns[(*path, f"@{local_name(name)}")] = None
        if own_text(element) and (len(element) or not path):
            self.columns[(*path, TEXT)] = None
        if not len(element) and path:
            self.columns[path] = None
        seen: set[str] = set()
        for child in element:
            name = local_name(child.tag)
            below = (*path, name)
            if name in seen:
                self.repeated.add(below)
            seen.add(name)
            self._walk(child, path=below)


def own_text(element: Element) -> str:
    """Return the text that stands directly in an element, "" where it is blank only."""
    parts = [element.text or "", *((child.tail or "") for child in element)]
    kept = [part for part in parts if part.strip()]
    return " ".join(part.strip() for part in kept) if len(element) else "".join(kept)


def _name(column: Steps) -> str:
    return "/".join(column).replace("/@", "@")


def _rows(file: SourceFile, *, path: Steps, header: tuple[str, ...], repeated: set[Steps]) -> Iterator[RawRow]:
    for number, (_, element, _) in enumerate(iterate_elements(file, wanted=path.__eq__), start=1):
        cells = flatten_element(element, repeated=repeated)
        yield RawRow(number, tuple(cells.get(name) for name in header))


def flatten_element(element: Element, *, repeated: set[Steps]) -> dict[str, Any]:
    """Return the values of one record by the names of their columns."""
    cells: dict[str, Any] = {}
    _flatten(element, path=(), repeated=repeated, cells=cells)
    return cells


def _flatten(element: Element, *, path: Steps, repeated: set[Steps], cells: dict[str, Any]) -> None:
    for name, value in element.attrib.items():
        put_value(cells, _name((*path, f"@{local_name(name)}")), value)
    text = own_text(element)
    if text and (len(element) or not path):
        cells[_name((*path, TEXT))] = text
    if not len(element) and path:
        cells[_name(path)] = text
    lists: dict[Steps, list[Any]] = {}
    for child in element:
        below = (*path, local_name(child.tag))
        if below in repeated:
            lists.setdefault(below, []).append(_nested(child))
        else:
            _flatten(child, path=below, repeated=repeated, cells=cells)
    for below, values in lists.items():
        cells[_name(below)] = json.dumps(values, ensure_ascii=False)


def _nested(element: Element) -> Any:
    """Return an element as JSON has it: text where it is only that, else its parts by name."""
    text = own_text(element)
    if not len(element) and not element.attrib:
        return text
    parts: dict[str, Any] = {}
    for name, value in element.attrib.items():
        put_value(parts, f"@{local_name(name)}", value)
    if text:
        parts[TEXT] = text
    groups: dict[str, list[Any]] = {}
    for child in element:
        groups.setdefault(local_name(child.tag), []).append(_nested(child))
    return {**parts, **{name: values[0] if len(values) == 1 else values for name, values in groups.items()}}


class _Gauge:
    """A file that refuses to be read on and on without an element in it."""

    def __init__(self, stream: IO[bytes], *, file: SourceFile, form: str) -> None:
        self._stream = stream
        self._file = file
        self._form = form
        self.silence = 0

    def read(self, size: int = -1) -> bytes:
        part = self._stream.read(size)
        self.silence += len(part)
        if self.silence > _MAX_SILENCE:
            raise self._file.refuse(form=self._form, reason=N_("one of its texts has more than 64 MB"))
        return part
