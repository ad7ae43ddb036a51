"""The dataset card: what a card must hold, as one pydantic model with a published JSON Schema.

The card is the one source of truth about a dataset; Intake entries, pages and citations are derived from
it. A card is data: it names files and addresses, and cannot run code.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from ._card_faults import DATASET_ID, TEMPORAL, find_faults, last_day

FAULT = "card-fault"  # pydantic's type of the errors that find_faults tells with their places

Sentence = Annotated[str, StringConstraints(min_length=1, max_length=5_000, strip_whitespace=True)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Address = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$", max_length=2_000)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
RelativePath = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
LENIENT_DATE = Annotated[date, Field(strict=False)]  # YAML dates are read as text

FieldType = Literal[
    "string", "integer", "number", "boolean", "date", "datetime", "time", "duration", "geopoint", "geojson", "list"
]  # fmt: skip

# Each is declared with its names in vocabulary/formats.yaml, too.
FileFormat = Literal[
    "csv", "tsv", "rdb", "json", "jsonl", "geojson", "xlsx", "xls", "parquet", "sqlite", "ics", "xml", "kml",
    "shapefile", "gtfs-realtime",
]  # fmt: skip


class Strict(BaseModel):
    """No unknown keys, no silent conversions, no changes afterwards."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Text(Strict):
    """A text in both languages, neither of them optional."""

    en: Sentence
    zh: Sentence

    def __getitem__(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


class Keywords(Strict):
    """Words that people search for, in both languages."""

    en: tuple[Word, ...] = Field(min_length=1, strict=False)
    zh: tuple[Word, ...] = Field(min_length=1, strict=False)


class Package(Strict):
    """A file inside an installed package, for machines without a network.

    Its modules are listed, and none of them is imported: importing is running.
    """

    module: Literal["vega_datasets", "statsmodels.datasets"]
    resource: RelativePath


class Practice(Strict):
    """A table of the practice city, which is made here and now; the same for a seed on every machine."""

    table: Word
    population: int = Field(default=20_000, ge=1, le=1_000_000, description="people in the city")
    seed: int = Field(default=1, ge=0, lt=1 << 63)

    @property
    def name(self) -> str:
        """What is made, for messages and records."""
        return f"practice:{self.table}?population={self.population}&seed={self.seed}"


class Stream(Strict):
    """Data that arrives: it is looked for again and again, and each day that has passed becomes a version."""

    url: Address | None = None
    path: RelativePath | None = Field(default=None, description="a file below the folder datasets, with the theme")
    practice: Practice | None = None
    time: Word = Field(description="the field that says when a record was made")
    grows: bool = Field(
        default=True, description="true: new records stand behind the old; false: each answer is whole and new"
    )
    every: int = Field(default=20, ge=5, le=3_600, description="seconds between two looks")
    timezone: Word = Field(default="UTC", description="whose days they are, as in Asia/Shanghai")
    days: int | None = Field(default=None, ge=1, le=36_500, description="days that a version holds; without it all")

    @property
    def name(self) -> str:
        """The address, path or feed, for messages and records."""
        return self.url or self.path or (self.practice.name if self.practice is not None else "")


class Unpivot(Strict):
    """Turn a wide table (one column a year) into rows: the other columns become `name` and `value`."""

    keep: tuple[str, ...] = Field(min_length=1, strict=False)
    name: str
    value: str
    drop_empty: bool = False


class Source(Strict):
    """Where bytes come from (exactly one of url, path, package, practice, stream), and how they are read."""

    url: Address | None = None
    path: RelativePath | None = Field(
        default=None, description="a file below the folder datasets, with the theme: weather/my-rain.csv"
    )
    package: Package | None = None
    practice: Practice | None = None
    stream: Stream | None = None
    mirrors: tuple[Address, ...] = Field(default=(), strict=False, description="other addresses of the same bytes")
    sha256: Sha256 | None = None
    bytes: int | None = Field(default=None, ge=0, le=1 << 40)

    format: FileFormat
    compression: Literal["gzip", "bz2", "xz", "zstd", "zip"] | None = None
    member: RelativePath | None = Field(default=None, description="zip: the file in the archive, with its folders")
    encoding: str = "utf-8"
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    quote: str | None = Field(default='"', min_length=1, max_length=1, description="null: quotes are plain")
    escape: str | None = Field(default=None, min_length=1, max_length=1)
    header: bool = True
    header_rows: int = Field(default=1, ge=1, le=10, description="workbooks: rows that name columns together")
    skip_rows: int = Field(default=0, ge=0)
    skip_footer: int = Field(default=0, ge=0, le=1_000, description="lines below the table")
    broken_bytes: Literal["refuse", "escape"] = Field(
        default="refuse", description="escape: what the encoding does not know becomes \\xe9"
    )
    ragged: bool = Field(default=False, description="rows may have fewer values than there are columns")
    skip_empty: bool = Field(default=False, description="rows without any value, such as ;;;, are no rows")
    skip_repeated_header: bool = Field(
        default=False, description="rows that hold the columns' names again, as on every printed page, are no rows"
    )
    null_values: tuple[str, ...] = Field(default=("",), strict=False)
    columns: tuple[str, ...] | None = Field(default=None, strict=False, description="names where there is no header")
    header_cells: tuple[Annotated[tuple[str, ...], Field(strict=False)], ...] = Field(
        default=(),
        max_length=10,
        strict=False,
        description="read by position (columns): what the lines above the rows hold; another file is refused",
    )
    ignore: tuple[str, ...] = Field(default=(), strict=False, description="columns deliberately left out")
    constants: dict[str, str] = Field(default_factory=dict, description="columns with the same value in every row")
    replace: dict[str, str] = Field(default_factory=dict, description="text put in place of other text, everywhere")
    sheet: Word | None = Field(default=None, description="workbooks: the sheet, where it is not the first")
    table: Word | None = Field(default=None, description="SQLite: the table; calendars: the kind of entry (VEVENT)")
    records: str | None = Field(
        default=None,
        description="JSON: dotted path of the records, in which * stands for every member of an object; "
        "XML: the elements' path, as in list/item",
    )
    keys: tuple[Word, ...] = Field(
        default=(), max_length=20, strict=False, description="JSON: columns for the names that each * of records meets"
    )
    decimal: Literal[".", ","] | None = Field(
        default=None, description="the decimal mark, where this source writes numbers otherwise than the fields say"
    )
    unpivot: Unpivot | None = None

    @property
    def name(self) -> str:
        """The address, path or resource, for messages."""
        if self.package is not None:
            return f"{self.package.module}/{self.package.resource}"
        if self.practice is not None:
            return self.practice.name
        if self.stream is not None:
            return self.stream.name
        return self.url or self.path or ""


class CardField(Strict):
    """One column: its name in our tables, its type and what it means."""

    name: str = Field(pattern=r"^[^\W\d]\w*$", max_length=100)
    type: FieldType
    title: Text
    description: Text | None = None
    source_name: str | None = Field(default=None, description="the column's name in the source, where it differs")
    unit: Word | None = None
    semantic: Word | None = Field(default=None, description="what the values identify, so that datasets can be linked")
    required: bool = False
    minimum: float | None = Field(default=None, strict=False)
    maximum: float | None = Field(default=None, strict=False)
    enum: tuple[str, ...] | None = Field(default=None, strict=False)
    pattern: str | None = Field(default=None, max_length=200)
    format: str | None = Field(
        default=None,
        description="how dates and times are written, as in strptime; %EY is a year of the Republic of China; "
        "%#z is an offset or Z; %s counts seconds since 1970; excel-serial: days since 1899-12-30",
    )
    other_formats: tuple[str, ...] = Field(default=(), max_length=10, strict=False, description="how else they are")
    missing: tuple[str, ...] = Field(default=(), max_length=100, strict=False, description="marks for no value")
    true_values: tuple[str, ...] = Field(default=("true", "True", "TRUE", "1"), strict=False)
    false_values: tuple[str, ...] = Field(default=("false", "False", "FALSE", "0"), strict=False)
    decimal: Literal[".", ","] = "."
    group: Literal[",", ".", " ", "'"] | None = Field(default=None, description="mark between thousands")
    prefix: str | None = Field(default=None, max_length=10, description="text before numbers, such as $")
    suffix: str | None = Field(default=None, max_length=10, description="text behind the values, such as %")
    zero_fill: int | None = Field(
        default=None, ge=2, le=50, description="digits of a code whose leading zeros a spreadsheet took away"
    )
    replace: dict[Word, str] = Field(default_factory=dict, description="text put in place of other text, in this field")
    separator: str | None = Field(default=None, max_length=5, description="between the items of a list")

    @property
    def source_column(self) -> str:
        """The column's name in the source."""
        return self.source_name or self.name


class Card(Strict):
    """One dataset: one table with one list of fields."""

    draft: bool = Field(default=False, description="true: nobody but its maker sees it; datahall publish takes it out")
    title: Text
    description: Text
    theme: str
    publisher: str
    license: str
    goals: tuple[str, ...] = Field(min_length=1, strict=False)
    access: str = "open"
    frequency: str
    modified: LENIENT_DATE | None = None
    deprecated: LENIENT_DATE | None = Field(default=None, description="since when it should no longer be used")
    replaced_by: str | None = Field(
        default=None, pattern=DATASET_ID, description="deprecated: the id of the dataset to use instead"
    )
    temporal: str | None = Field(default=None, pattern=TEMPORAL, description="ISO 8601 interval")
    spatial: tuple[Word, ...] = Field(default=(), strict=False)
    keywords: Keywords
    homepage: Address | None = Field(
        default=None, description="where the source presents it; only practice data has none"
    )
    citation: Sentence | None = Field(default=None, description="how the source asks to be cited")
    synthetic: bool = False
    sources: tuple[Source, ...] = Field(min_length=1, max_length=10_000, strict=False)
    fields: tuple[CardField, ...] = Field(min_length=1, max_length=10_000, strict=False)
    primary_key: tuple[str, ...] = Field(default=(), strict=False)

    @model_validator(mode="after")
    def _nothing_contradicts(self) -> Self:
        for fault in find_faults(self.model_dump()):
            raise PydanticCustomError(FAULT, fault.text, dict(fault.values))
        return self

    @property
    def stream(self) -> Stream | None:
        """How its data arrives, where it does."""
        return self.sources[0].stream

    def version_date(self) -> str:
        """Return the date that versions begin with: modified, else the end of temporal, else zeros."""
        if self.modified is not None:
            return self.modified.isoformat()
        return last_day((self.temporal or "").partition("/")[2]) or "0000-00-00"


def card_schema() -> dict[str, Any]:
    """Return the JSON Schema of a dataset card."""
    schema = Card.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "datahall:card", **schema}
