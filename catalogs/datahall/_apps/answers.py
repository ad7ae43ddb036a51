"""What a hall answers, as it may be shown: without signs that steer a terminal, and of the shape that is told below.

A hall may be newer than this library: words it does not know are passed on, fields it does not know are left alone.
"""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from .._harvesting.values import clean


class _Told(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Place(_Told):
    """Where something was found; cells and lines count from 1."""

    file: str = ""
    cell: int | None = None
    line: int | None = None
    field: str = ""
    language: str = ""  # of the trial in which it showed, where it showed in one alone


class Finding(_Told):
    """One thing found in an app, what is wrong with it, and how to mend it."""

    code: str
    severity: str = "problem"
    message: str
    mend: str = ""
    place: Place = Place()


class Event(_Told):
    """Something that happened to a version; `by` is empty where the hall itself did it."""

    action: str
    origin: str = ""
    target: str = ""
    by: str = ""
    at: str = ""
    reason: str = ""
    ticks: list[str] = []  # what this person had looked at in place of the checks


class Comment(_Told):
    """What its author or a reviewer wrote about a version."""

    by: str = ""
    at: str = ""
    text: str = ""


class Version(_Told):
    """A version of an app as it stands, and what the asker may do with it."""

    slug: str
    number: int
    owner: str = ""  # empty where the app comes with the hall
    state: str
    created: str = ""
    revision: int | None = None
    title: dict[str, str] = {}
    actions: list[str] = []
    waits_for: str | None = None
    note: str = ""
    findings: list[Finding] = []
    events: list[Event] = []
    comments: list[Comment] = []
    may_comment: bool = False


class VersionList(_Told):
    """Versions of several apps."""

    results: list[Version]


class AppVersions(_Told):
    """The versions of one app, the newest first."""

    slug: str
    owner: str = ""
    versions: list[Version]


class App(_Told):
    """A published app."""

    slug: str
    title: dict[str, str] = {}
    version: int = 0  # 0 for one that comes with the hall and was not tried there yet
    published: str | None = None
    address: str = ""


class AppList(_Told):
    """The published apps."""

    results: list[App]


class Problems(_Told):
    """What a hall finds wrong with what was sent."""

    problems: list[Finding] = []


class Misshapen(ValueError):
    """An answer is not of the shape that was asked for."""


Kind = TypeVar("Kind", bound=_Told)


def read_answer(content: bytes) -> dict[str, Any] | None:
    """Return the JSON object that a hall has sent, cleaned; None where it is none."""
    try:
        answer = _clean(json.loads(content, parse_constant=_refuse_constant))
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def read_as(kind: type[Kind], answer: Any) -> Kind:
    """Return an answer as a value of `kind`; raise `Misshapen`."""
    try:
        return kind.model_validate(answer)
    except ValidationError as error:
        raise Misshapen(kind.__name__) from error


def read_problems(error: dict[str, Any]) -> list[Finding]:
    """Return what a refusal lists; what is not of their shape is left out, since the refusal itself has to be told."""
    try:
        return read_as(Problems, error).problems
    except Misshapen:
        return []


def in_one_line(text: object) -> str:
    """Return a text of the hall as it stands in a line of a table: it cannot begin another one."""
    return " ".join(clean(str(text)).split())


def choose_title(title: dict[str, str], *, language: str) -> str:
    """Return a title in `language`, else in the other one."""
    return in_one_line(title.get(language) or next(iter(title.values()), ""))


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): _clean(item) for key, item in value.items()}
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are no JSON
