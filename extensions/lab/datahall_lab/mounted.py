"""What the hall would answer, worked out from the cards that are mounted here: for while the hall is away.

Nothing is fetched, and what only the hall knows (uses, apps, the state of a fetch) is missing. Slower at first, since
cards are read and an index over them is made; `answer` is to be called in a thread.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from datahall import DatahallError

ROWS = 20
MOST_ROWS = 100
JOINS = 20
RELATED = 5
FACETS = ("theme", "license", "access", "publisher", "format", "year", "place", "synthetic", "source")

Query = Mapping[str, Sequence[str]]


class UnknownAddressError(Exception):
    """No such address can be answered here."""


def answer(path: str, *, query: Query, language: str) -> dict[str, Any]:
    """Return what the hall's API answers at `path`, as far as it can be known here.

    Raises
    ------
    UnknownAddressError
    DatahallError
        There is no such dataset or value, or its rows are not here.
    """
    first, *rest = path.split("/")
    if not rest and first in _LISTS:
        return _LISTS[first](query, language)
    if first == "datasets" and len(rest) in (2, 3):
        part = rest[2] if len(rest) == 3 else ""
        if part in _PARTS:
            return _PARTS[part](f"{rest[0]}/{rest[1]}", query, language)
    raise UnknownAddressError(path)


def _search(query: Query, language: str, *, rows: int, start: int = 0) -> tuple[Any, dict[str, tuple[str, ...]]]:
    from datahall._index import SORTS, SearchRequest, open_index
    from datahall._index.filter_values import resolve_values

    index = open_index()
    given = {name: tuple(query[name]) for name in FACETS if query.get(name)}
    chosen = {
        name: values if name == "source" else resolve_values(name, values, index=index)
        for name, values in given.items()
    }
    asked = _first(query, "sort")
    sort = next((each for each in SORTS if each == asked), SORTS[0])
    text = _first(query, "q")
    wish = SearchRequest(text, filters=chosen, sort=sort, start=start, rows=rows, language=language)
    return index.search(wish), chosen


def _list_datasets(query: Query, language: str) -> dict[str, Any]:
    from datahall._index.search_answers import tell_search

    rows = min(_number(query, "rows", ROWS), MOST_ROWS)
    page = _number(query, "page", 1)
    found, _ = _search(query, language, rows=rows, start=(page - 1) * rows)
    pages = max(1, math.ceil(found.total / rows))
    return tell_search(found, base="") | {"page": page, "pages": pages, "next": None, "previous": None}


def _count_facets(query: Query, language: str) -> dict[str, Any]:
    from datahall._index.search_answers import tell_facets

    found, chosen = _search(query, language, rows=0)
    return tell_facets(found, chosen=chosen)


def _suggest(query: Query, language: str) -> dict[str, Any]:
    from datahall._index import open_index

    found = open_index().suggest(_first(query, "q"), language=language, rows=min(_number(query, "rows", 8), ROWS))
    return {"results": [{"text": each.text, "id": each.id} for each in found]}


def _list_themes(query: Query, language: str) -> dict[str, Any]:
    from datahall import themes
    from datahall._index import SearchRequest, open_index

    counts = open_index().search(SearchRequest(rows=0, facets=("theme",))).facets["theme"]
    datasets = {each.value: each.count for each in counts}
    results = [
        {
            "id": theme.id,
            "title": theme.title.model_dump(),
            "sentence": theme.sentence.model_dump(),
            "datasets": datasets.get(theme.id, 0),
        }
        for theme in themes()
    ]
    return {"results": results}


def _show_dataset(dataset_id: str, query: Query, language: str) -> dict[str, Any]:
    from datahall import dataset, store
    from datahall._citation import cite_entry
    from datahall._entries.entry_answers import describe_entry, tell_citation
    from datahall._index import open_index

    entry = open_index().get(dataset_id)
    if entry is None:
        dataset(dataset_id)  # raises, and proposes near ones
        raise UnknownAddressError(dataset_id)
    told = describe_entry(entry, base="") | {"uses": {}, "apps": [], "error": None, "stream": None}
    if store.is_harvested(dataset_id):
        return told | {"citation": tell_citation(cite_entry(entry)), "status": "elsewhere"}
    found = dataset(dataset_id)
    versions = found.versions()
    return told | {
        "card": found.card.model_dump(mode="json", exclude_none=True),
        "citation": tell_citation(found.cite()),
        "versions": [_tell_version(dataset_id, version) for version in versions],
        "quality": found.known_quality().as_json(),
        "status": "present" if versions else "failed",
    }


def _tell_version(dataset_id: str, version: str) -> dict[str, Any]:
    from datahall import store

    record = store.load_record(dataset_id, version)
    return {name: value for name, value in record.items() if name != "quality"}


def _show_first_rows(dataset_id: str, query: Query, language: str) -> dict[str, Any]:
    from datahall import dataset
    from datahall._first_rows import load_preview
    from datahall.errors import NotPresent

    found = dataset(f"{dataset_id}@{version}" if (version := _first(query, "version")) else dataset_id)
    if not found.is_present:
        raise NotPresent(_NOT_HERE, id=dataset_id)
    preview = load_preview(dataset_id, str(found.version))
    return {"id": dataset_id, "version": found.version, "columns": preview.columns, "rows": preview.rows}


def _show_code(dataset_id: str, query: Query, language: str) -> dict[str, Any]:
    from datahall import dataset
    from datahall._code_forms import write_forms

    version = _first(query, "version") or None
    dataset(f"{dataset_id}@{version}" if version else dataset_id)  # raises where there is no such thing
    forms = write_forms(dataset_id, version=version, base="", language=language)
    return {"id": dataset_id, "version": version, "results": [form.as_json() for form in forms]}


def _list_joins(dataset_id: str, query: Query, language: str) -> dict[str, Any]:
    from datahall import dataset
    from datahall._entries.entry_answers import tell_joins

    return tell_joins(dataset(dataset_id).joinable(), rows=_number(query, "rows", JOINS))


def _list_related(dataset_id: str, query: Query, language: str) -> dict[str, Any]:
    from datahall._entries.entry_answers import summarise
    from datahall._index import open_index

    found = open_index().more_like(dataset_id, rows=min(_number(query, "rows", RELATED), ROWS))
    return {"results": [summarise(entry, base="") for entry in found]}


def _show_changes(dataset_id: str, query: Query, language: str) -> dict[str, Any]:
    from datahall import dataset
    from datahall._entries.entry_answers import tell_retirement
    from datahall._index import open_index
    from datahall._version_changes import find_changes

    entry = open_index().get(dataset(dataset_id).id)
    return find_changes(dataset_id, _first(query, "since")).as_json() | tell_retirement(entry)


def _first(query: Query, name: str) -> str:
    return next(iter(query.get(name, ())), "")


def _number(query: Query, name: str, default: int) -> int:
    text = _first(query, name)
    return max(1, int(text)) if text.isdecimal() and len(text) < 7 else default


_NOT_HERE = "The data of {id} is not in the store, and this place cannot fetch it."  # datahall has the Chinese of it
_LISTS = {"datasets": _list_datasets, "facets": _count_facets, "suggest": _suggest, "themes": _list_themes}
_PARTS = {
    "": _show_dataset,
    "preview": _show_first_rows,
    "code": _show_code,
    "joinable": _list_joins,
    "related": _list_related,
    "changes": _show_changes,
}

__all__ = ["DatahallError", "UnknownAddressError", "answer"]
