"""What stands on the hall's shelves: datasets with their themes, facets and newest versions, and the apps.

Reads only cards and store; nothing here fetches.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import datahall
from datahall import DatahallError, Dataset, store
from datahall._index.facet_titles import facet_titles

from datahall_hub.services.hall.faults import NotFound, unknown_dataset
from datahall_hub.services.hall.wording import N_

NEAREST = 3
PAGE_SIZE = 20
FACETS = ("theme", "license", "access", "publisher", "format")

_ID = re.compile(r"[a-z0-9-]{1,100}/[a-z0-9-]{1,200}")
_VERSION = re.compile(r"\d{4}-\d\d-\d\d\.[0-9a-f]{8}")


@dataclass(frozen=True)
class FacetValue:
    """One word that results can be narrowed to."""

    id: str
    title: dict[str, str]
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class ResultPage:
    """One page of results and what they can be narrowed to."""

    total: int
    page: int
    pages: int
    datasets: list[Dataset]
    facets: dict[str, list[FacetValue]]


def get_dataset(dataset_id: str) -> Dataset:
    """Return the dataset of our own with this id; refuse an unknown one, and what was harvested, which has no card."""
    if not _ID.fullmatch(dataset_id) or store.is_harvested(dataset_id):
        raise unknown_dataset(dataset_id)
    try:
        return datahall.dataset(dataset_id)
    except DatahallError as error:
        raise unknown_dataset(dataset_id, near=_find_near(dataset_id)) from error


def _find_near(dataset_id: str) -> tuple[Dataset, ...]:
    """Return the datasets whose ids look most like `dataset_id`; a right name in a wrong domain comes first."""
    known = {dataset.id: dataset for dataset in datahall.datasets()}
    name = dataset_id.partition("/")[2]
    same = [each for each in known if each.partition("/")[2] == name]
    similar = difflib.get_close_matches(dataset_id, known, n=NEAREST, cutoff=0.6)
    return tuple(known[each] for each in list(dict.fromkeys([*same, *similar]))[:NEAREST])


def get_version(dataset: Dataset, version: str | None) -> str | None:
    """Return `version` where the store holds it, or the newest; None where nothing is there yet."""
    if version is None:
        return store.find_latest(dataset.id)
    if not _VERSION.fullmatch(version) or not store.has_version(dataset.id, version):
        raise NotFound(
            N_("{id} has no version {version}."),
            hint=N_("The dataset’s page lists the versions there are."),
            code="unknown-version",
            id=dataset.id,
            version=version,
        )
    return version


def rows_of(dataset: Dataset) -> int | None:
    """Return how many rows the newest version has; None where there is none, or where the store is damaged."""
    record = _find_record(dataset)
    return int(record["rows"]) if record else None


_TOLD_BY_DATA = ("fields", "sources")


def load_version_record(dataset_id: str, version: str) -> dict[str, Any]:
    """Return what the store notes about a version; it never changes, so it is read once."""
    return _load_record(store.dataset_folder(dataset_id), dataset_id, version)


@lru_cache(maxsize=5_000)
def _load_record(_folder: Path, dataset_id: str, version: str) -> dict[str, Any]:
    record = store.load_record(dataset_id, version)
    record.pop("quality", None)  # a thousand numbers; a page asks the dataset for it
    return _without_placeholders(record)


def _without_placeholders(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record with only that of a harvested version's draft card which its data says.

    The rest stands in the source's record, or nobody has said it: a draft's publisher and homepage are nobody's.
    """
    harvested = record.get("harvested")
    if not isinstance(harvested, dict) or not isinstance(harvested.get("card"), dict):
        return record
    card = {key: value for key, value in harvested["card"].items() if key in _TOLD_BY_DATA}
    return record | {"harvested": harvested | {"card": card}}


def find_present(datasets: Iterable[Dataset]) -> list[Dataset]:
    """Return the datasets in the store: real ones before synthetic, the one whose newest version came last first."""
    present = [
        (not dataset.card.synthetic, record["created"], dataset.id, dataset)
        for dataset in datasets
        if (record := _find_record(dataset))
    ]
    return [dataset for *_, dataset in sorted(present, key=lambda each: each[:3], reverse=True)]


def search(text: str, *, chosen: dict[str, str], page: int) -> ResultPage:
    """Return a page of the datasets that match `text` and every chosen facet value."""
    found = list(datahall.search(text))
    matching = [dataset for dataset in found if _matches(dataset, chosen)]
    pages = max(1, -(-len(matching) // PAGE_SIZE))
    page = min(page, pages)
    return ResultPage(
        total=len(matching),
        page=page,
        pages=pages,
        datasets=matching[(page - 1) * PAGE_SIZE : page * PAGE_SIZE],
        facets={name: _facet(name, found, chosen=chosen) for name in FACETS},
    )


def facet_words(name: str, dataset: Dataset) -> set[str]:
    """Return the words of a facet that `dataset` bears."""
    if name == "format":
        return {source.format for source in dataset.card.sources}
    return {str(getattr(dataset.card, name))}


def _find_record(dataset: Dataset) -> dict[str, Any] | None:
    """Return the note on the newest version; a damaged one must not take the other datasets off a page."""
    version = store.find_latest(dataset.id)
    try:
        record = load_version_record(dataset.id, version) if version else None
    except (OSError, ValueError):
        return None
    return record if record and {"rows", "created"} <= record.keys() else None


def _matches(dataset: Dataset, chosen: dict[str, str]) -> bool:
    return all(word in facet_words(name, dataset) for name, word in chosen.items())


def _facet(name: str, found: list[Dataset], *, chosen: dict[str, str]) -> list[FacetValue]:
    """Count a facet's words over what the other facets leave, so that one can change one's mind."""
    others = {key: word for key, word in chosen.items() if key != name}
    counts = Counter(word for dataset in found if _matches(dataset, others) for word in facet_words(name, dataset))
    titles = facet_titles(name)
    values = [
        FacetValue(word, titles.get(word, {"en": word, "zh": word}), count, word == chosen.get(name))
        for word, count in counts.items()
    ]
    return sorted(values, key=lambda value: (-value.count, value.title["en"]))
