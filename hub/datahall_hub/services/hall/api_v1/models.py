"""What the API answers, as OpenAPI describes it. A member that is null is not known; texts are by language."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, Field

Texts = dict[str, str]
LANGUAGE_TAGS = "by language: `en` and `zh` of the hall's own datasets; `und` where a portal does not say which"


class Error(BaseModel):
    """What went wrong: a stable code for programs, what happened and what to do for people."""

    code: str
    message: str
    hint: str


class ErrorAnswer(BaseModel):
    """The answer where something cannot be done."""

    error: Error


class Piece(BaseModel):
    """A stretch of text; `is_match` where it is what was searched for."""

    text: str
    is_match: bool


class Summary(BaseModel):
    """A dataset in a list."""

    id: str = Field(description="`<theme>/<name>`, or `harvested/<source>--<name>` of another portal's")
    title: Texts = Field(description=LANGUAGE_TAGS)
    theme: str | None
    publisher: str | None = Field(description="the id of a publisher; of another portal's dataset its name")
    publisher_title: Texts | None
    license: str | None = Field(description="SPDX id or LicenseRef-…")
    license_title: Texts | None = Field(description="of a licence in our vocabulary")
    access: Literal["open", "conditional", "restricted", "unknown"]
    synthetic: bool = Field(description="made up for practice")
    version: str | None = Field(description="the newest version in the hall")
    rows: int | None = Field(description="of that version")
    bytes: int | None = Field(description="that its Parquet files have")
    quality_score: float | None = Field(description="how good that version is, from 0 to 1")
    modified: date | None
    until: date | None = Field(description="the last day that the data is about")
    formats: list[str] = Field(description="in which the data can be had")
    distributions_total: int = Field(
        ge=0,
        description="how many files and pages its portal offers; a dataset by itself has the first 1000 in "
        "`distributions`. 0: one of the hall's own, whose addresses are in `data`",
    )
    source: str | None = Field(description="the portal it was harvested from; null: the hall's own")
    url: str = Field(description="its page")


class Hit(Summary):
    """A dataset that was found."""

    snippet: list[Piece] = Field(description="the passage of its description that answers the search")


class IgnoredFilter(BaseModel):
    """A filter within the words: there is no such value, or no dataset has it."""

    name: str
    value: str
    near: list[str] = Field(description="values that may be meant")


class SearchResults(BaseModel):
    """A page of what was found."""

    total: int
    page: int
    pages: int
    next: str | None = Field(description="the address of the next page")
    previous: str | None
    is_partial: bool = Field(description="not all words occur in each dataset")
    did_you_mean: str | None
    ignored_filters: list[IgnoredFilter] = Field(description="filters within `q` that say nothing")
    results: list[Hit]
    facets: dict[str, dict[str, int]] = Field(description="counts by facet and value, each without its own filter")


class FacetValue(BaseModel):
    """A value that results can be narrowed to."""

    value: str
    title: Texts
    count: int
    is_chosen: bool


class Facets(BaseModel):
    """What the datasets found can be narrowed to."""

    total: int
    facets: dict[str, list[FacetValue]]


class Period(BaseModel):
    """The days that the data is about."""

    start: date | None
    end: date | None


class Distribution(BaseModel):
    """A form in which another portal offers the data."""

    url: str
    title: str
    format: str | None
    format_text: str
    media_type: str
    bytes: int | None
    is_download: bool
    license: str | None


class AppLink(BaseModel):
    """A published app."""

    slug: str
    title: Texts
    url: str


class Details(Summary):
    """A dataset with all that the hall knows of it."""

    description: Texts
    keywords: dict[str, list[str]]
    frequency: str | None
    temporal: Period
    spatial: list[str]
    homepage: str | None
    contact: dict[str, str] = Field(description="whom to ask: `name`, `email`, `address` of a page; empty if unknown")
    card: dict[str, Any] | None = Field(description="the whole card, of one of the hall's own")
    versions: list[dict[str, Any]] = Field(description="what the store notes of each, the newest first")
    quality: dict[str, Any] | None = Field(description="the report, as `…/quality` has it")
    uses: dict[str, float]
    data: dict[str, str | list[str]] = Field(description="addresses of the rows of open data, by format")
    distributions: list[Distribution] = Field(description="of `distributions_total`, as many as are kept")
    license_texts: list[str] = Field(description="what another portal says of the licence")
    missing_since: date | None = Field(description="the portal no longer has it")
    retired: Literal["deprecated", "withdrawn"] | None = Field(
        description="its card or its portal says: not to be used"
    )
    deprecated_since: date | None = Field(description="since when, where that is told")
    replaced_by: str | None = Field(description="the id of the dataset to use instead")
    replacement: str | None = Field(description="what its portal calls that one, where it is not here")
    status: str = Field(description="present, fetching, waiting, failed, closed; elsewhere: at another portal only")
    error: dict[str, Any] | None = Field(default=None, description="why it could not be fetched")
    citation: dict[str, Any] = Field(description="`texts` by language, and `bibtex`")
    apps: list[AppLink] = Field(description="published apps that use it")
    stream: dict[str, Any] | None = Field(default=None, description="how data that arrives piece by piece stands")


class FirstRows(BaseModel):
    """The first rows of a version."""

    id: str
    version: str
    columns: list[str]
    rows: list[list[str | bool | None]] = Field(description="values as text, long ones cut; null: an empty cell")


class CodeForm(BaseModel):
    """Lines that open a dataset."""

    id: Literal["polars", "pandas", "sql", "arrow", "dask", "r", "curl"]
    title: str
    language: Literal["python", "r", "sh"]
    text: str


class CodeForms(BaseModel):
    """Lines that open a dataset, by what one likes to work with."""

    id: str
    version: str | None = Field(description="to which they are pinned; null: whichever is the newest")
    results: list[CodeForm]


class FieldChange(BaseModel):
    """A column that is new or gone, or whose type or unit is another one."""

    field: str
    kind: Literal["added", "removed", "type", "unit"]
    old: str | None
    new: str | None


class Changes(BaseModel):
    """How a version that was used stands to the newest in the hall."""

    id: str
    version: str
    newest: str | None
    is_here: bool = Field(description="the version can still be opened")
    is_compatible: bool = Field(description="code for it finds its columns in the newest, with their types and units")
    rows_before: int | None
    rows_now: int | None
    changes: list[FieldChange]
    missing_since: date | None = Field(description="its portal no longer has it")
    retired: Literal["deprecated", "withdrawn"] | None = Field(
        description="its card or its portal says: not to be used"
    )
    deprecated_since: date | None = Field(description="since when, where that is told")
    replaced_by: str | None = Field(description="the id of the dataset to use instead")
    replacement: str | None = Field(description="what its portal calls that one, where it is not here")


class Related(BaseModel):
    """Datasets about the like."""

    results: list[Summary]


class Join(BaseModel):
    """A way to join the dataset with another one."""

    field: str
    other: str
    other_title: dict[str, str]
    other_field: str
    semantic: str | None
    is_key: bool = Field(description="each row finds one row at most")
    also: list[list[str]]
    basis: str
    match_rate: float | None
    match_low: float | None
    match_high: float | None
    shared_values: int | None
    code: str


class Joins(BaseModel):
    """The ways to join a dataset, the best first."""

    total: int
    results: list[Join]


class Quality(BaseModel):
    """How good a version is, and how well its card describes it."""

    id: str
    version: str | None
    score: float | None
    measures: list[dict[str, Any]]
    metadata: dict[str, Any]
    fields: list[dict[str, Any]]


class Suggestion(BaseModel):
    """Words that may be meant."""

    text: str
    id: str | None = Field(description="the one dataset that is called so")


class Suggestions(BaseModel):
    """What may be meant by what was typed so far."""

    results: list[Suggestion]


class Theme(BaseModel):
    """One of the 20 domains."""

    id: str
    title: Texts
    sentence: Texts
    datasets: int


class Themes(BaseModel):
    """The 20 domains in their order."""

    results: list[Theme]


class Vocabularies(BaseModel):
    """The lists of words that cards use, each with the number of its words."""

    results: dict[str, int]


class Vocabulary(BaseModel):
    """The words of one list, each with its id, its title and what else is said of it."""

    name: str
    results: list[dict[str, Any]]


class Person(BaseModel):
    """Who holds the token or session."""

    name: str
    roles: list[str]
    rights: list[str]


class FetchState(BaseModel):
    """How the fetching of a dataset stands."""

    id: str
    status: str
    version: str | None = None
    rows: int | None = None
    error: dict[str, Any] | None = None


# What every operation may answer in place of what was asked for.
REFUSED: dict[int | str, dict[str, Any]] = {
    422: {"model": ErrorAnswer, "description": "A parameter cannot be understood."},
}
NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorAnswer, "description": "There is no such thing."},
}
FOR_PERSONS: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorAnswer, "description": "The body cannot be read."},
    401: {"model": ErrorAnswer, "description": "A token or session is needed."},
    403: {"model": ErrorAnswer, "description": "The person may not do this."},
    413: {"description": "The body is too long."},
    503: {"model": ErrorAnswer, "description": "A part of the hall does not answer."},
}
