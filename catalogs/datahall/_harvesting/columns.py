"""Columns as portals describe them, made the fields of a record: Table Schema, CKAN's datastore, Socrata, STAC, GB/T.

A record has one list of fields though its files may have several tables: what is called the same is one field, told by
the first that says something.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import islice

from .record import MAX_FIELDS, MAX_LINE, MAX_WORD, RecordField
from .values import Object, clean, first_text, object_of, objects_of, tagged_texts, text_of

ANY = "any"  # Table Schema's word for a type that nobody has said
_LONGEST_SCHEMA = 1_000_000  # characters of JSON within JSON
_MOST_LANGUAGES = 20

# Types of Table Schema, PostgreSQL (CKAN's datastore), Socrata, STAC's tables and China's guide, in our words.
_TYPES = {
    **dict.fromkeys(("string", "text", "varchar", "char", "character", "url", "email", "字符型c", "备注型m"), "string"),
    **dict.fromkeys(("integer", "int", "int2", "int4", "int8", "int16", "int32", "int64", "bigint"), "integer"),
    **dict.fromkeys(("smallint", "整型i", "year"), "integer"),
    "yearmonth": "string",
    "object": ANY,  # no type of ours says what that is
    **dict.fromkeys(("number", "numeric", "decimal", "real", "float", "float4", "float8", "float32"), "number"),
    **dict.fromkeys(("float64", "double", "money", "percent", "数值型n", "货币型y", "浮点型f", "双精度型b"), "number"),
    **dict.fromkeys(("boolean", "bool", "checkbox", "逻辑型l"), "boolean"),
    **dict.fromkeys(("date", "日期型d"), "date"),
    **dict.fromkeys(("datetime", "timestamp", "timestamptz", "calendar date", "日期时间型t"), "datetime"),
    **dict.fromkeys(("list", "array"), "list"),
    **dict.fromkeys(("geopoint", "point", "location"), "geopoint"),
    **dict.fromkeys(("geojson", "geometry", "line", "polygon", "multipoint", "multiline", "multipolygon"), "geojson"),
    **{each: each for each in ("time", "duration")},
}  # fmt: skip


def read_columns(schema: object, *, language: str) -> list[RecordField]:
    """Return the fields of a Table Schema or of a CKAN datastore, or of a list of their columns; maybe as JSON text."""
    if isinstance(schema, str) and schema.lstrip()[:1] in ("{", "["):
        try:
            schema = json.loads(schema) if len(schema) <= _LONGEST_SCHEMA else None
        except (ValueError, RecursionError):
            return []
    columns = object_of(schema).get("fields") if isinstance(schema, dict) else schema
    return [field for column in objects_of(columns)[:MAX_FIELDS] if (field := _read_column(column, language=language))]


def make_field(
    name: object,
    *,
    type: object = "",
    titles: Iterable[tuple[str, str]] = (),
    descriptions: Iterable[tuple[str, str]] = (),
    unit: object = "",
) -> RecordField | None:
    """Return a field within a record's bounds, given its texts by language; None where it has no name."""
    known = _line(name, MAX_WORD)
    if not known:
        return None
    return RecordField(
        name=known,
        type=find_type(text_of(type)),
        title=_by_language(titles, but=known),
        description=_by_language(descriptions),
        unit=_line(unit, MAX_WORD) or None,
    )


def merge_fields(merged: dict[str, RecordField], fields: Iterable[RecordField]) -> None:
    """Add fields to those in `merged`, by name, as many as a record may hold; of the same name they become one."""
    for each in fields:
        first = merged.get(each.name)
        if first is None:
            if len(merged) < MAX_FIELDS:
                merged[each.name] = each
        elif each != first:
            told = {"title": _add(first.title, each.title), "description": _add(first.description, each.description)}
            merged[each.name] = first.model_copy(update={**told, "unit": first.unit or each.unit})


def _add(texts: dict[str, str], more: dict[str, str]) -> dict[str, str]:
    """Return texts with those in other languages, as many as a field has at most."""
    return dict(islice({**texts, **more, **texts}.items(), _MOST_LANGUAGES))


def find_type(text: str) -> str:
    """Return our word for a type, else the source's own; ``any`` where it has none."""
    said = clean(text)[:MAX_WORD].strip()
    return _TYPES.get(said.casefold(), said or ANY)


def _read_column(column: Object, *, language: str) -> RecordField | None:
    info = object_of(column.get("info"))  # of CKAN's data dictionary
    titles = tagged_texts(column.get("title") or column.get("label") or info.get("label"))
    descriptions = tagged_texts(column.get("description") or info.get("notes") or column.get("comment"))
    return make_field(
        first_text(column, "name", "id"),
        type=info.get("type_override") or column.get("type"),
        titles=[(tag or language, text) for tag, text in titles],
        descriptions=[(tag or language, text) for tag, text in descriptions],
        unit=column.get("unit"),
    )


def _by_language(texts: Iterable[tuple[str, str]], *, but: str = "") -> dict[str, str]:
    """Return the first text in each language, without what says nothing more than `but`."""
    told: dict[str, str] = {}
    for language, text in texts:
        line = _line(text, MAX_LINE)
        if line and line != but and _is_tag(language) and len(told) < _MOST_LANGUAGES:
            told.setdefault(language, line)
    return told


def _is_tag(language: str) -> bool:
    return 2 <= len(language) <= 35 and language.isascii() and language.replace("-", "").isalnum()


def _line(value: object, limit: int) -> str:
    return " ".join(clean(text_of(value)).split())[:limit].rstrip()
