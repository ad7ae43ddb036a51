"""Read the records of JSON, JSON Lines and GeoJSON into frames of text, as a card's source says.

A field may name a nested value by a dotted path. Numbers keep the digits that the file has.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from .._adding.raw_tables import RawRow, RawTable
from .._messages import Phrase
from .._reader_words import Misfit
from ..card import CardField, Source
from ..errors import N_
from .cells import plain_cell
from .frames import build_frames, cut_batches
from .source_file import SourceFile

_WHOLE = Phrase(N_("the file"))
_MISSING = N_("there is no {name}")

JSON_FORMATS = ("json", "jsonl", "geojson")
KEY, VALUE = "key", "value"
_MAX_LINE = 256 << 20  # bytes of one line of JSON Lines
_FEATURE = ("type", "properties")  # members of a feature that are no columns


class WrittenNumber(float):
    """A number that remembers its digits, and is a number in nested values."""

    def __new__(cls, text: str) -> WrittenNumber:
        number = super().__new__(cls, text)
        number.text = text
        return number

    text: str

    def __str__(self) -> str:
        return self.text


_write_json = json.JSONEncoder(ensure_ascii=False).encode
load_exactly = json.JSONDecoder(parse_float=WrittenNumber, parse_constant=str).decode


class _Record(NamedTuple):
    number: int  # its line or, where there are no lines, which one it is, from 1
    content: Any
    length: int  # about, in characters


_Batches = Iterable[Sequence[_Record]]


def read_records(
    file: SourceFile, *, source: Source, fields: Sequence[CardField], place: str
) -> Iterator[pl.DataFrame]:
    """Yield the records of `file` as text, and in the column `place` the line or number, from 1, of each.

    JSON Lines are read twice where they are too many for memory: what a record lacks, another may have. The other
    formats are one value, which is read as a whole.
    """
    codec = "utf-8-sig" if source.encoding.lower() in ("utf-8", "utf8", "utf_8") else source.encoding
    try:
        if source.format == "jsonl":
            names, batches = _survey_lines(file, codec=codec)
        else:
            records = _list_records(file.path.read_bytes().decode(codec), source=source)
            if records and all(isinstance(record.content, list) for record in records):
                yield from build_frames(_as_table(records), file=file, source=source, fields=fields, place=place)
                return
            names = list(dict.fromkeys(name for record in records for name in as_record(record.content)))
            batches = cut_batches(records, size=_length)
    except (ValueError, LookupError, RecursionError) as error:
        raise file.refuse_text(form=source.format, encoding=source.encoding, reason=error) from error
    wanted = [field.source_column for field in fields if field.source_column not in source.constants]
    names += [name for name in wanted if name not in names and any(name.startswith(f"{n}.") for n in names)]
    joins = {field.source_column: field.separator for field in fields if field.separator is not None}
    for batch in batches:
        columns: dict[str, list[Any]] = {
            name: [
                _written(_follow(as_record(record.content), name), joiner=joins.get(name), nulls=source.null_values)
                for record in batch
            ]
            for name in names or wanted
        }
        frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
        yield frame.with_columns(pl.Series(place, [record.number for record in batch], dtype=pl.Int64))


def _survey_lines(file: SourceFile, *, codec: str) -> tuple[list[str], _Batches]:
    """Return the names in all records of JSON Lines, and the records, which are kept only where they are few."""

    def read() -> Iterator[list[_Record]]:
        return cut_batches(_read_lines(file, codec=codec), size=_length)

    names: dict[str, None] = {}
    for count, batch in enumerate(read(), start=1):  # noqa: B007, both are used behind the loop
        names.update(dict.fromkeys(name for record in batch for name in record.content))
    if not batch:
        raise Misfit(N_("it has no records"))
    return list(names), [batch] if count == 1 else read()


def _length(record: _Record) -> int:
    return record.length


def flatten_feature(feature: Mapping[str, Any], *, names: Mapping[str, str]) -> dict[str, Any]:
    """Return a GeoJSON feature as one record: its properties, then its other members called as in `names`."""
    members = {names[key]: value for key, value in feature.items() if key not in _FEATURE}
    return {**(feature.get("properties") or {}), **members}


def name_members(*, properties: Mapping[str, Any], members: Mapping[str, Any]) -> dict[str, str]:
    """Return how the columns of features' own members are called, so that no property of that name vanishes."""
    names: dict[str, str] = {}
    for key in members:
        name, number = key, 1
        while name in properties or name in names.values():
            number += 1
            name = f"{key}_{number}"
        names[key] = name
    return names


def _as_table(records: Sequence[_Record]) -> RawTable:
    """Return a list of lists as a table whose header, if it has one, is among its rows."""
    numbered = [RawRow(record.number, tuple(map(_cell_as_written, record.content))) for record in records]
    return RawTable(name="", read_rows=lambda: iter(numbered), header=None, source={"format": "json"})


def _cell_as_written(cell: Any) -> Any:
    return str(cell) if isinstance(cell, WrittenNumber) else plain_cell(cell)


def _list_records(text: str, *, source: Source) -> list[_Record]:
    content = load_exactly(text)
    is_plain = source.format == "json"
    found = find_records(content, path=source.records, keys=source.keys) if is_plain else _flatten_features(content)
    length = len(text) // max(1, len(found))
    return [_Record(number, record, length) for number, record in enumerate(found, start=1)]


def _read_lines(file: SourceFile, *, codec: str) -> Iterator[_Record]:
    with file.path.open(encoding=codec) as lines:
        number = 0
        while line := lines.readline(_MAX_LINE):
            number += 1
            try:
                record = load_exactly(line) if line.strip() else None
            except (ValueError, RecursionError) as error:
                raise file.refuse_line(number, reason=error) from error
            if record is not None and not isinstance(record, dict):
                raise file.refuse_line(number, reason=N_("it is no JSON object"))
            if record is not None:
                yield _Record(number, record, len(line))


def _flatten_features(content: Any) -> list[dict[str, Any]]:
    features = content.get("features") if isinstance(content, dict) else None
    if isinstance(content, dict) and content.get("type") == "Feature":
        features = [content]
    if not isinstance(features, list) or not all(_is_feature(feature) for feature in features):
        raise Misfit(N_("the file is no collection of features"))
    properties = dict.fromkeys(name for feature in features for name in feature.get("properties") or {})
    members = dict.fromkeys(key for feature in features for key in feature if key not in _FEATURE)
    names = name_members(properties=properties, members=members)
    return [flatten_feature(feature, names=names) for feature in features]


def _is_feature(value: Any) -> bool:
    return (
        isinstance(value, dict) and value.get("type") == "Feature" and isinstance(value.get("properties"), dict | None)
    )


def find_records(content: Any, *, path: str | None, keys: Sequence[str] = ()) -> list[Any]:
    """Return the records that a dotted path leads to; each * in it stands for every member of an object.

    The members' names become columns called as in `keys`. A path without * may end at an object of objects, whose
    names then are the column ``key``.
    """
    steps = path.split(".") if path else []
    if keys:
        return list(_records_under_names(content, steps=steps, keys=keys))
    for step in steps:
        if not isinstance(content, dict) or step not in content:
            raise Misfit(_MISSING, name=str(path))
        content = content[step]
    if isinstance(content, dict):
        return list(records_of_object(content))
    if not isinstance(content, list):
        raise Misfit(N_("{name} is not a list of objects"), name=path or _WHOLE)
    return content


def _records_under_names(content: Any, *, steps: Sequence[str], keys: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield what `steps` lead to, with the names met on the way: a list's elements, or anything else as it is.

    A step may be missing in some places, which then have no records, but not in all.
    """
    places: list[tuple[tuple[str, ...], Any]] = [((), content)]
    for step in steps:
        for names, place in places:
            if not isinstance(place, dict):
                raise Misfit(N_("{name} is not an object"), name=".".join(names) or _WHOLE)
        if step == "*":
            places = [((*names, name), member) for names, place in places for name, member in place.items()]
            continue
        below = [(names, place[step]) for names, place in places if step in place]
        if places and not below:
            raise Misfit(_MISSING, name=step)
        places = below
    for names, place in places:
        for element in place if isinstance(place, list) else [place]:
            yield _put_before(dict(zip(keys, names, strict=True)), record=as_record(element))


def _put_before(names: Mapping[str, str], *, record: dict[str, Any]) -> dict[str, Any]:
    both = [name for name in names if name in record]
    if both:
        raise Misfit(
            N_("{name} has a {key} of its own; call the key otherwise"), name=".".join(names.values()), key=both[0]
        )
    return {**names, **record}


def as_record(element: Any) -> dict[str, Any]:
    """Return an element of a list as a record: an object as it is, else with the one key ``value``."""
    return element if isinstance(element, dict) else {VALUE: element}


def records_of_object(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield an object of objects as a record for each, with its ``key``; any other object as one record."""
    if not content or not all(isinstance(value, dict) for value in content.values()):
        yield content
        return
    name = key_name(key for value in content.values() for key in value)
    for key, value in content.items():
        yield {name: key, **value}


def key_name(keys: Iterable[str]) -> str:
    """Return what the column of the records' keys is called: ``key``, unless they have such a key of their own."""
    return name_members(properties=dict.fromkeys(keys), members={KEY: None})[KEY]


def _follow(record: dict[str, Any], name: str) -> Any:
    """Return the value called `name`, or the nested one that a dotted name leads to."""
    if name in record or "." not in name:
        return record.get(name)
    value: Any = record
    for step in name.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _written(value: Any, *, joiner: str | None, nulls: Sequence[str]) -> str | None:
    """Return a JSON value as the text that a CSV file would hold."""
    if value is None or (isinstance(value, str) and value in nulls):
        return None
    if isinstance(value, (str, WrittenNumber)):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list) and joiner is not None:
        return joiner.join(str(item) for item in value)
    return _write_json(value)
