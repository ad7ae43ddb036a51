"""What the hall holds, as entries: own datasets and harvested ones, by id or by a search."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from datahall import search
from datahall._cards import load_shelf
from datahall._entries.card_entries import describe_card
from datahall._entries.entry import Entry
from datahall._exports.ckan import last_change
from datahall._exports.ckan_words import organization_name

Sort = Literal["relevance", "newest", "name", "title"]


@dataclass(frozen=True)
class Question:
    """A search; the values of one filter are alternatives, all filters must hold, none of `without` may."""

    text: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    without: tuple[tuple[str, str], ...] = ()
    sort: Sort = "relevance"
    is_descending: bool = False
    start: int = 0
    rows: int = 20
    facets: tuple[str, ...] = ()
    language: str = "en"


@dataclass(frozen=True)
class Found:
    """How many there are, those asked for, and for each facet how many have each value."""

    total: int
    entries: tuple[Entry, ...]
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def find_entry(dataset_id: str) -> Entry | None:
    """Return the dataset with this id; None where there is none."""
    loaded = load_shelf().cards.get(dataset_id)
    return describe_card(loaded) if loaded else None


def find_entries(question: Question) -> Found:
    """Return what answers `question`."""
    cards = load_shelf().cards
    chosen = [cards[dataset.id] for dataset in search(question.text) if dataset.id in cards]
    entries = [entry for entry in map(describe_card, chosen) if _fits(entry, question)]
    _sort(entries, question)
    return Found(
        total=len(entries),
        entries=tuple(entries[question.start : question.start + question.rows]),
        facets={
            name: Counter(value for entry in entries for value in values_of(entry, name)) for name in question.facets
        },
    )


def list_ids(*, start: int, rows: int) -> list[str]:
    """Return the ids of the datasets in their order."""
    return [entry.id for entry in find_entries(Question(sort="name", start=start, rows=rows)).entries]


def count_values(facet: str) -> Mapping[str, int]:
    """Return how many datasets have each value of a facet."""
    return find_entries(Question(rows=0, facets=(facet,))).facets[facet]


def values_of(entry: Entry, name: str) -> tuple[str, ...]:
    """Return the values of one facet that `entry` has."""
    several = {"format": entry.formats, "place": entry.spatial, "keyword": _keywords(entry), "year": _years(entry)}
    if name in several:
        return several[name]
    single = {
        "theme": entry.theme,
        "publisher": organization_name(entry.publisher),
        "license": entry.license,
        "access": entry.access,
        "synthetic": "true" if entry.synthetic else "false",
        "source": entry.source or "own",
    }
    return (value,) if (value := single[name]) else ()


def _keywords(entry: Entry) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for words in entry.keywords.values() for word in words))


def _years(entry: Entry) -> tuple[str, ...]:
    start, end = entry.temporal_start or entry.temporal_end, entry.temporal_end or entry.temporal_start
    return tuple(str(year) for year in range(start.year, end.year + 1)) if start and end else ()


def _fits(entry: Entry, question: Question) -> bool:
    return all(
        set(values).intersection(values_of(entry, name)) for name, values in question.filters.items()
    ) and not any(value in values_of(entry, name) for name, value in question.without)


def _sort(entries: list[Entry], question: Question) -> None:
    keys = {
        "newest": lambda entry: last_change(entry) or date.min,
        "name": lambda entry: entry.id,
        "title": lambda entry: entry.title_in(question.language).casefold(),
    }
    if question.sort in keys:
        entries.sort(key=lambda entry: entry.id)
        entries.sort(key=keys[question.sort], reverse=question.is_descending)
