"""The tables of JSON, GeoJSON and JSON Lines files, streamed: a file may be larger than memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from ..._formats.cells import plain_cell
from ..._formats.json_survey import Array, Steps, Survey, iterate_records, survey_json
from ..._formats.records import (
    VALUE,
    as_record,
    find_records,
    flatten_feature,
    key_name,
    load_exactly,
    name_members,
    records_of_object,
)
from ..._formats.source_file import MAX_COLUMNS, SourceFile
from ..._text_files import Utf8Stream
from ...errors import N_
from ..findings import EXAMPLES, Finding, make_finding
from ..raw_tables import RawRow, RawTable
from .named_records import NamedRecords, find_named_records
from .remarks import make_remark, shorten_words

_MOST_TABLES = 200
_MAX_LINE = 256 << 20  # bytes of one line of JSON Lines


def list_json_tables(file: SourceFile, *, encoding: str) -> list[RawTable]:
    """Return the lists of records in the file; where there are none, the file as one table."""
    survey = survey_json(file, stream=_open(file, encoding=encoding))
    notes = [make_finding("encoding", encoding=encoding)] if encoding != "utf-8" else []
    if survey.has_features():
        return [_features(file, survey=survey, encoding=encoding, notes=notes)]
    chosen = _choose(survey)
    if not chosen and (named := find_named_records(survey)):
        return [*_named_tables(file, named=named, survey=survey, encoding=encoding, notes=notes)]
    if not chosen:
        return [_object(file, survey=survey, encoding=encoding, notes=notes)]
    notes += _left_out(survey, chosen=chosen)
    tables = []
    for steps in chosen:
        tables.append(_list(file, steps=steps, array=survey.arrays[steps], encoding=encoding, notes=notes))
        notes = []  # what is said of the file is said once
    return tables


def _open(file: SourceFile, *, encoding: str) -> Utf8Stream:
    return Utf8Stream(file.path, encoding=encoding)


def _choose(survey: Survey) -> list[Steps]:
    """Return the paths of the lists that are tables: of objects, else of lists, else the file's own list."""
    usable = {steps: array for steps, array in survey.arrays.items() if not any("." in step for step in steps)}
    of_objects = [steps for steps, array in usable.items() if array.objects]
    of_lists = [steps for steps, array in usable.items() if array.arrays and not array.scalars]
    chosen = of_objects or of_lists or [steps for steps in usable if not steps]
    return chosen if len(chosen) <= _MOST_TABLES else []


def _source(form: str, *, encoding: str, steps: Steps = ()) -> dict[str, object]:
    source: dict[str, object] = {"format": form}
    if encoding != "utf-8":
        source["encoding"] = encoding
    return {**source, "records": ".".join(steps)} if steps else source


def _list(file: SourceFile, *, steps: Steps, array: Array, encoding: str, notes: Sequence[Finding]) -> RawTable:
    is_of_lists = not array.objects and not array.scalars and array.arrays
    names = [*array.keys]
    if not is_of_lists and (array.arrays or array.scalars) and VALUE not in names:
        names.append(VALUE)
    header = None if is_of_lists else tuple(names)
    return RawTable(
        name=steps[-1] if steps else "",
        read_rows=lambda: _rows(file, steps=steps, header=header, encoding=encoding),
        header=header,
        source=_source("json", encoding=encoding, steps=steps),
        findings=(*notes, *_remark_array(array)),
    )


def _rows(file: SourceFile, *, steps: Steps, header: Sequence[str] | None, encoding: str) -> Iterator[RawRow]:
    records = iterate_records(_open(file, encoding=encoding), steps=steps)
    for number, record in enumerate(records, start=1):
        cells = record if header is None else map(as_record(record).get, header)
        yield RawRow(number, tuple(plain_cell(cell) for cell in cells))


def _features(file: SourceFile, *, survey: Survey, encoding: str, notes: Sequence[Finding]) -> RawTable:
    array = survey.arrays["features",]
    members = [key for key in array.keys if key not in ("type", "properties")]
    names = name_members(properties=array.properties, members=dict.fromkeys(members))
    header = (*array.properties, *names.values())
    left = {steps: value for steps, value in survey.values.items() if steps != ("type",)}
    return RawTable(
        name="",
        read_rows=lambda: _feature_rows(file, names=names, header=header, encoding=encoding),
        header=header,
        source=_source("geojson", encoding=encoding),
        findings=(*notes, *_remark_values(left)),
    )


def _feature_rows(
    file: SourceFile, *, names: Mapping[str, str], header: Sequence[str], encoding: str
) -> Iterator[RawRow]:
    features = iterate_records(_open(file, encoding=encoding), steps=("features",))
    for number, feature in enumerate(features, start=1):
        if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict | None):
            raise file.refuse_record(number, reason=N_("it is no feature"))
        record = flatten_feature(feature, names=names)
        yield RawRow(number, tuple(plain_cell(record.get(name)) for name in header))


def _object(file: SourceFile, *, survey: Survey, encoding: str, notes: Sequence[Finding]) -> RawTable:
    """Return an object without lists of records: a row for each object in it, else one row."""
    if () not in survey.objects:
        raise file.refuse(form="json", reason=N_("it holds a single value and no records"))
    keys = survey.objects[()]
    header = tuple(dict.fromkeys(keys))
    if survey.is_keyed():
        inner = dict.fromkeys(name for key in keys for name in survey.objects[key,])
        header = (key_name(inner), *inner)
    return RawTable(
        name="",
        read_rows=lambda: _object_rows(file, header=header, encoding=encoding),
        header=header,
        source=_source("json", encoding=encoding),
        findings=tuple(notes),
    )


def _object_rows(file: SourceFile, *, header: Sequence[str], encoding: str) -> Iterator[RawRow]:
    import ijson

    content = next(ijson.items(_open(file, encoding=encoding), ""))
    for number, record in enumerate(records_of_object(content), start=1):
        yield RawRow(number, tuple(plain_cell(record.get(name)) for name in header))


def _named_tables(
    file: SourceFile, *, named: Sequence[NamedRecords], survey: Survey, encoding: str, notes: Sequence[Finding]
) -> Iterator[RawTable]:
    """Yield a table for each kind of records under names; the names are columns."""
    outside = Survey(
        arrays={steps: array for steps, array in survey.arrays.items() if not _is_in(named, steps)},
        values={steps: value for steps, value in survey.values.items() if not _is_in(named, steps)},
    )
    findings = (*notes, *_left_out(outside, chosen=[]))
    for records in named:
        source = {**_source("json", encoding=encoding, steps=records.path), "keys": list(records.keys)}
        yield RawTable(
            name=next((step for step in reversed(records.path) if step != "*"), ""),
            read_rows=partial(_named_rows, file, records=records, encoding=encoding),
            header=(*records.keys, *records.columns),
            source={**source, "ignore": list(records.ignored)} if records.ignored else source,
            findings=findings,
        )
        findings = ()  # what is said of the file is said once


def _is_in(named: Sequence[NamedRecords], steps: Steps) -> bool:
    return any(records.holds(steps) for records in named)


def _named_rows(file: SourceFile, *, records: NamedRecords, encoding: str) -> Iterator[RawRow]:
    import ijson

    content = next(ijson.items(_open(file, encoding=encoding), ""))
    found = find_records(content, path=".".join(records.path), keys=records.keys)
    for number, record in enumerate(found, start=1):
        yield RawRow(number, tuple(plain_cell(record.get(name)) for name in (*records.keys, *records.columns)))


def _left_out(survey: Survey, *, chosen: Sequence[Steps]) -> Iterator[Finding]:
    yield from _remark_values(survey.values)
    for steps, array in survey.arrays.items():
        if steps not in chosen:
            yield make_remark("left-out", words=f"{'.'.join(steps)} = […] ({array.count})")


def _remark_values(values: Mapping[Steps, Any]) -> Iterator[Finding]:
    for steps, value in list(values.items())[:EXAMPLES]:
        yield make_remark("left-out", words=shorten_words(f"{'.'.join(steps)} = {json.dumps(value, default=str)}"))
    if len(values) > EXAMPLES:
        yield make_remark("left-out", words=f"… ({len(values) - EXAMPLES})")


def _remark_array(array: Array) -> Iterator[Finding]:
    for name in array.nested:
        yield make_remark("nested", field=name)
    for name, (number, count) in array.doubled.items():
        yield make_remark("doubled-key", line=number, field=name, number=number, name=name, count=count)
    if array.objects and array.objects < array.count:
        yield make_remark("mixed-records", name=VALUE, count=array.count - array.objects)


def list_line_table(file: SourceFile, *, encoding: str) -> list[RawTable]:
    """Return the one table of a JSON Lines file; lines that are no objects are findings with their text."""
    header: dict[str, None] = {}
    nested: dict[str, None] = {}
    broken: list[tuple[int, str]] = []
    for line, record in _read_lines(file, encoding=encoding):
        if isinstance(record, str):
            broken.append((line, record))
            continue
        header.update(dict.fromkeys(record))
        nested.update(dict.fromkeys(name for name, value in record.items() if isinstance(value, (dict, list))))
        if len(header) > MAX_COLUMNS:
            raise file.refuse(form="jsonl", reason=N_("it has more columns than a table may have"))
    if not header:
        raise file.refuse(form="jsonl", reason=N_("it holds a single value and no records"))
    remark = partial(make_remark, "unreadable-line", count=len(broken))
    notes = [make_finding("encoding", encoding=encoding)] if encoding != "utf-8" else []
    notes += [make_remark("nested", field=name) for name in nested]
    notes += [remark(line=line, words=words) for line, words in broken[:EXAMPLES]]
    names = tuple(header)
    table = RawTable(
        name="",
        read_rows=lambda: (
            RawRow(line, tuple(plain_cell(record.get(name)) for name in names))
            for line, record in _read_lines(file, encoding=encoding)
            if not isinstance(record, str)
        ),
        header=names,
        source=_source("jsonl", encoding=encoding),
        findings=tuple(notes),
    )
    return [table]


def _read_lines(file: SourceFile, *, encoding: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Yield the lines' objects, and as text what is none."""
    number = 0
    with file.path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding) as lines:
        while line := lines.readline(_MAX_LINE):
            number += 1
            if not line.strip():
                continue
            try:
                record = load_exactly(line)
            except (ValueError, RecursionError):
                record = None
            yield number, record if isinstance(record, dict) else shorten_words(line)
