"""The forms of what the API of apps takes and tells, for its description in OpenAPI."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from datahall_hub.app_life.app_book import LONGEST_REASON
from datahall_hub.app_life.checks.finding import Place, Severity
from datahall_hub.app_life.comments import LONGEST_COMMENT
from datahall_hub.app_life.states import Action, State
from datahall_hub.services.hall.api_v1.models import ErrorAnswer

Answers = dict[int | str, dict[str, Any]]
CONFLICT: Answers = {409: {"model": ErrorAnswer, "description": "It cannot be done as things stand."}}
COMMENTS_OF_SEVERAL = 10  # of each, where versions are listed
LARGEST_APP = 10_000_000  # bytes of what is sent


class Move(BaseModel):
    """Why, what the sender had looked at, and what of that in place of the checks."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field("", max_length=LONGEST_REASON)
    revision: int | None = Field(None, ge=0, le=2**31 - 1)
    ticks: list[Annotated[str, StringConstraints(max_length=60)]] = Field(
        [],
        max_length=100,
        description="To approve: the codes of all findings that were not run; the reviewer has looked at each.",
    )


class NewComment(BaseModel):
    """What somebody wants to say about a version."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=LONGEST_COMMENT)


class Both(BaseModel):
    """A text in both languages."""

    en: str
    zh: str


class Author(BaseModel):
    """Who made an app."""

    name: str
    url: str | None = None


class Use(BaseModel):
    """A dataset that an app uses; the version is that which it opened when it was checked."""

    id: str
    version: str | None = None


class App(BaseModel):
    """A published app."""

    slug: str
    title: Both
    summary: Both
    themes: list[str]
    goals: list[str]
    authors: list[Author]
    license: str
    version: int = Field(
        description="Its number; 0 for one that comes with the hall and has not been checked here yet."
    )
    published: str | None = Field(description="When this version was first published (UTC).")
    datasets: list[Use]
    address: str
    thumbnail: str | None = Field(description="The address of its picture, a PNG.")
    live_only: bool = Field(description="Whether two runs of it show different pages.")
    uses: dict[str, float] = Field(description="Visits over the last days; nobody’s name is kept.")


class Apps(BaseModel):
    """The published apps."""

    total: int
    results: list[App]


class ToldFinding(BaseModel):
    """Something that the checks found."""

    code: str
    severity: Severity
    message: str
    mend: str
    place: Place


class ToldEvent(BaseModel):
    """Something that happened to a version; `by` is empty where the hall itself did it."""

    action: Action
    origin: State
    target: State
    by: str
    at: str
    reason: str
    ticks: list[str] = Field([], description="What was looked at in place of the checks, by their codes.")


class ToldComment(BaseModel):
    """What its author or a reviewer wrote about a version."""

    by: str
    at: str
    text: str


class Version(BaseModel):
    """A version of an app."""

    slug: str
    number: int
    owner: str
    state: State
    created: str
    revision: int
    title: Both
    actions: list[Action] = Field(description="What the asker may do with it.")
    waits_for: Literal["checks", "reviewer", "publishing"] | None
    note: str = Field(description="Why it still waits; mostly empty.")
    findings: list[ToldFinding]
    used: list[Use]
    thumbnail: str | None = Field(description="The address of its picture, a PNG; for its author and reviewers.")
    events: list[ToldEvent]
    comments: list[ToldComment] = Field(description="The first first; of several versions the last ten of each.")
    may_comment: bool = Field(description="Whether the asker may write about it.")


class VersionsOfApp(BaseModel):
    """All versions of an app, the newest first."""

    slug: str
    owner: str
    versions: list[Version]


class Versions(BaseModel):
    """Versions of several apps."""

    total: int
    results: list[Version]


# What is sent to be submitted is read by hand, once it is known who sends it.
DRAFT: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["notebook", "manifest"],
                    "additionalProperties": False,
                    "properties": {
                        "notebook": {"type": "object", "description": "A notebook in the form of nbformat 4."},
                        "manifest": {"type": "object", "description": "The fields of app.yaml."},
                        "thumbnail": {"type": "string", "description": "A PNG of at most 2 MB in base64."},
                    },
                }
            }
        },
    }
}
