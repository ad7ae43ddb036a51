"""A dataset as search, pages and exported catalogs see it, wherever it comes from.

A word of ours (theme, licence, access, frequency, format) is None or ``unknown`` where nobody has said it; the texts of
the source stand beside it. Texts are by language: ``en`` and ``zh`` for our own cards, whatever the source has for
harvested records (``und`` where it does not say).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Texts = Mapping[str, str]
AccessLevel = Literal["open", "conditional", "restricted", "unknown"]
Retirement = Literal["deprecated", "withdrawn"]

# Where no language is asked for by name: English is read in most places, the untagged text is the source's own.
_FALLBACKS = ("en", "und", "zh")


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who answers for the data; `id` is of vocabulary/publishers.yaml, None for publishers of other portals."""

    id: str | None
    title: Texts
    homepage: str = ""


@dataclass(frozen=True, slots=True)
class ContactPoint:
    """Whom to ask."""

    name: str = ""
    email: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class EntryDistribution:
    """One form in which another portal offers the data; datasets of our own have the hall's addresses instead."""

    url: str
    is_download: bool = False
    format: str | None = None
    packed: str | None = None
    format_text: str = ""
    media_type: str = ""
    bytes: int | None = None
    checksum: str = ""
    title: str = ""
    license: str | None = None


@dataclass(frozen=True, slots=True)
class EntryField:
    """One column, as its card or its portal describes it."""

    name: str
    type: str
    title: Texts
    unit: str | None = None
    semantic: str | None = None
    length: int | None = None  # at most: characters of a text, digits and sign of a whole number; None: not known
    description: Texts = field(default_factory=dict)  # what its title does not say


@dataclass(frozen=True, slots=True)
class EntryFile:
    """One Parquet file of the version in the store; `sha256` is empty for versions made before it was noted."""

    name: str
    bytes: int
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One dataset: what a catalog says about it."""

    id: str
    title: Texts
    description: Texts = field(default_factory=dict)
    keywords: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    theme: str | None = None
    theme_words: tuple[str, ...] = ()  # by which its portal tells the theme
    publisher: Publisher | None = None
    license: str | None = None
    license_texts: tuple[str, ...] = ()
    access: AccessLevel = "unknown"
    frequency: str | None = None
    frequency_text: str = ""
    issued: date | None = None
    modified: date | None = None
    temporal_start: date | None = None
    temporal_end: date | None = None
    spatial: tuple[str, ...] = ()
    bbox: tuple[float, float, float, float] | None = None  # west, south, east, north, in degrees
    homepage: str = ""
    contact: ContactPoint = ContactPoint()
    languages: tuple[str, ...] = ()
    distributions: tuple[EntryDistribution, ...] = ()
    left_out: int = 0  # more distributions, for which a list of many datasets has no room
    not_kept: int = 0  # more of them, than are kept of one dataset; its portal has them
    fields: tuple[EntryField, ...] = ()
    goals: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    offered_formats: tuple[str, ...] = ()  # those of all distributions, where some are left out
    synthetic: bool = False
    version: str | None = None  # of a dataset of our own that is in the store
    rows: int | None = None
    files: tuple[EntryFile, ...] = ()  # of that version
    quality: float | None = None  # from 0 to 1, as the quality report has it; None: not measured
    source: str | None = None  # the portal that it was harvested from; None: a dataset of our own
    source_id: str = ""  # what that portal calls it
    missing_since: date | None = None  # the portal no longer has it
    retired: Retirement | None = None  # it should no longer be used, as its card or its portal says
    retired_since: date | None = None  # where that is told
    replaced_by: str | None = None  # the id of the dataset to use instead
    replacement: str = ""  # what its portal calls that one, where it is not here

    @property
    def is_harvested(self) -> bool:
        """Whether it comes from another portal."""
        return self.source is not None

    @property
    def distributions_total(self) -> int:
        """How many distributions its portal has."""
        return len(self.distributions) + self.left_out + self.not_kept

    @property
    def name(self) -> str:
        """The part of the id after the slash."""
        return self.id.partition("/")[2]

    def title_in(self, language: str) -> str:
        """Return the title in `language`, else in whatever language there is."""
        return choose_text(self.title, language=language)

    def description_in(self, language: str) -> str:
        """Return the description in `language`, else in whatever language there is; empty where there is none."""
        return choose_text(self.description, language=language)


def explain_field(field: EntryField, *, language: str) -> str:
    """Return a column's title and what is said of it beyond that, as one text."""
    title, told = choose_text(field.title, language=language), choose_text(field.description, language=language)
    return f"{title}: {told}" if title and told and told != title else told or title


def choose_text(texts: Texts, *, language: str) -> str:
    """Return the text in `language` (``zh`` also finds ``zh-TW``), else the best other one; empty if none is there."""
    for wanted in (language, *_FALLBACKS):
        if texts.get(wanted):
            return texts[wanted]
        for tag, text in texts.items():
            if text and tag.partition("-")[0] == wanted:
                return text
    return next((text for text in texts.values() if text), "")
