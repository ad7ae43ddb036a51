"""A harvested dataset as one record: what its source says, our words beside the source's own.

A word of ours (theme, licence, frequency, format, access) is there only where the source says so; None, or ``unknown``,
means that nobody knows. What could not be understood stands in ``notes``. Every length is bounded, because the source
is a stranger.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from ..card import FileFormat, Strict

Kind = Literal["ckan", "dcat-us", "dcat", "frictionless", "socrata", "stac", "sdmx", "datahall", "gov-cn"]
AccessLevel = Literal["open", "conditional", "restricted", "unknown"]
Retirement = Literal["deprecated", "withdrawn"]

# What a record may hold at most. The longest real values seen: a title 400, a description 12,000, 500 files.
MAX_ID = 1_000
MAX_WORD = 200
MAX_LINE = 1_000
MAX_DESCRIPTION = 20_000
MAX_ADDRESS = 4_000
MAX_ITEMS = 200  # keywords, categories, places, languages
MAX_DISTRIBUTIONS = 1_000
MAX_FIELDS = 1_000
MAX_NOTES = 50
MAX_ORIGINAL = 20_000

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ID)]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=MAX_WORD)]
Line = Annotated[str, StringConstraints(max_length=MAX_LINE)]
LongText = Annotated[str, StringConstraints(min_length=1, max_length=MAX_DESCRIPTION)]
WebAddress = Annotated[str, StringConstraints(max_length=MAX_ADDRESS)]
Language = Annotated[str, StringConstraints(min_length=2, max_length=35)]  # as the source tags it; und: not stated
Degrees = Annotated[float, Field(ge=-360, le=360, allow_inf_nan=False)]


class Note(Strict):
    """What could not be understood or kept: where, what it said, and why; `reason` is a marked text."""

    field: ShortText
    value: Line = ""
    reason: Line


class Contact(Strict):
    """Whom to ask."""

    name: Line = ""
    email: Line = ""
    address: WebAddress = ""


class Distribution(Strict):
    """One form in which the data can be had."""

    url: Annotated[str, StringConstraints(min_length=1, max_length=MAX_ADDRESS)]
    is_download: bool = Field(
        default=False, description="the file itself lies there: the source says so, or its address and format do"
    )
    format: FileFormat | None = None
    packed: Literal["zip", "gzip", "bz2", "xz", "7z", "tar"] | None = Field(default=None, description="wrapped in")
    format_text: Line = ""
    media_type: Line = ""
    bytes: int | None = Field(default=None, ge=0)
    checksum: Line = Field(default="", description="algorithm:value")
    title: Line = ""
    license: str | None = None
    license_texts: tuple[Line, ...] = Field(default=(), max_length=MAX_ITEMS)


class RecordField(Strict):
    """One column, where the source describes it."""

    name: ShortText
    type: ShortText
    title: dict[Language, Line] = Field(default_factory=dict)
    description: dict[Language, Line] = Field(default_factory=dict)
    unit: ShortText | None = None
    semantic: ShortText | None = None


class Record(Strict):
    """One dataset of another portal."""

    kind: Kind
    id: Identifier = Field(description="what the source calls it, for programs")
    name: Line = Field(default="", description="the source's short name, for addresses")
    address: WebAddress = Field(default="", description="the dataset's own address in RDF and the like")
    title: dict[Language, Line]
    description: dict[Language, LongText] = Field(default_factory=dict)
    keywords: dict[Language, tuple[ShortText, ...]] = Field(default_factory=dict)
    categories: tuple[Line, ...] = Field(default=(), max_length=MAX_ITEMS, description="the source's themes and groups")
    theme: str | None = Field(default=None, description="one of the 20")
    theme_words: tuple[Line, ...] = Field(default=(), max_length=MAX_ITEMS, description="the words it was told by")
    publisher: dict[Language, Line] = Field(default_factory=dict)
    publisher_address: WebAddress = ""
    license: str | None = Field(default=None, description="of vocabulary/licenses.yaml; None: not known")
    license_texts: tuple[Line, ...] = Field(default=(), max_length=MAX_ITEMS)
    rights: tuple[Line, ...] = Field(default=(), max_length=MAX_ITEMS, description="what else is said about rights")
    access: AccessLevel = "unknown"
    access_text: Line = ""
    frequency: str | None = None
    frequency_text: Line = ""
    issued: date | None = None
    issued_text: Line = ""
    modified: date | None = None
    modified_text: Line = ""
    temporal_start: date | None = None
    temporal_end: date | None = None
    temporal_text: Line = ""
    spatial: tuple[Line, ...] = Field(default=(), max_length=MAX_ITEMS, description="names, codes, addresses of places")
    bbox: tuple[Degrees, Degrees, Degrees, Degrees] | None = Field(default=None, description="west, south, east, north")
    homepage: WebAddress = ""
    contact: Contact = Contact()
    languages: tuple[Language, ...] = Field(default=(), max_length=MAX_ITEMS)
    distributions: tuple[Distribution, ...] = Field(default=(), max_length=MAX_DISTRIBUTIONS)
    distributions_left_out: int = Field(default=0, ge=0, description="of the source's, beyond what a record may hold")
    fields: tuple[RecordField, ...] = Field(default=(), max_length=MAX_FIELDS)
    synthetic: bool = Field(default=False, description="the source says that it is made up")
    retired: Retirement | None = Field(default=None, description="the source says that it should no longer be used")
    retired_text: Line = Field(default="", description="in which words")
    retired_since: date | None = None
    replaced_by: WebAddress = Field(default="", description="what to use instead, as the source calls that")
    original: Annotated[str, StringConstraints(max_length=MAX_ORIGINAL)] = Field(
        default="", description="JSON text of the source; empty where that is too long"
    )
    notes: tuple[Note, ...] = Field(default=(), max_length=MAX_NOTES)

    @property
    def is_withheld(self) -> bool:
        """Whether its source says that not everybody may have it, or says of this what nobody here understands."""
        return self.access in ("conditional", "restricted") or (self.access == "unknown" and bool(self.access_text))


class Rejection(Strict):
    """A record of the source that cannot be one of ours, and why; `reason` is a marked text."""

    id: Line
    reason: Line


class Harvest(Strict):
    """What one document of a portal holds."""

    kind: Kind
    titles: dict[Language, Line] = Field(default={}, description="what the catalog calls itself")
    records: tuple[Record, ...] = ()
    cards: dict[Identifier, dict[str, Any]] = Field(
        default_factory=dict, description="another Datahall's whole cards, by the ids of their records"
    )
    rejected: tuple[Rejection, ...] = ()
    left_out: dict[str, int] = Field(default={}, description="what is no dataset here: services, items, undescribed …")
    total: int | None = Field(default=None, description="how many datasets the portal says that it has")
    next_page: WebAddress = Field(default="", description="where this answer goes on")
    children: tuple[WebAddress, ...] = Field(default=(), description="catalogs that belong to it, as it names them")
    notes: tuple[Note, ...] = Field(default=(), max_length=MAX_NOTES)

    @property
    def found(self) -> int:
        """How many records the source has, kept or not."""
        return len(self.records) + len(self.rejected)
