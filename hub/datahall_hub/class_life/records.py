"""A class as it stands, who is in it, and what a teacher asks for when making one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import available_timezones

from datahall_hub.class_life.faults import BadValue

LONGEST_TITLE = 120
LONGEST_NAME = 120
MOST_DATASETS = 100
LEAST_MEMORY, MOST_MEMORY = 256, 65_536  # MB


class Part(StrEnum):
    """What somebody is in a class."""

    TEACHER = "teacher"
    ASSISTANT = "assistant"
    STUDENT = "student"


STAFF = frozenset({Part.TEACHER, Part.ASSISTANT})


@dataclass(frozen=True)
class ClassPlan:
    """What can be chosen of a class.

    Parameters
    ----------
    title
        What it is called.
    begins, ends
        The first and the last day of lessons, in its time zone; None where nothing is said.
    time_zone
        A name of the IANA database.
    datasets
        Ids of the datasets it works with.
    memory_limit
        Megabytes for each student's workbench; None for what the hall gives everybody.
    allows_nicknames
        Whether students may come in with a nickname alone, where the operator allows it.
    """

    title: str
    begins: date | None = None
    ends: date | None = None
    time_zone: str = "UTC"
    datasets: tuple[str, ...] = ()
    memory_limit: int | None = None
    allows_nicknames: bool = False


@dataclass(frozen=True)
class SchoolClass:
    """A class."""

    id: str
    plan: ClassPlan
    created: datetime  # UTC, as all times here
    archived: datetime | None = None


@dataclass(frozen=True)
class ClassPerson:
    """Somebody in a class."""

    person: str
    part: Part
    shown_name: str
    since: datetime


@dataclass(frozen=True)
class JoinCode:
    """A code that opens a class."""

    code: str
    made: datetime
    ends: datetime


@dataclass(frozen=True)
class RosterEntry:
    """Somebody who is expected in a class; `person` is the user name they have joined with, empty until then."""

    id: int
    name: str
    number: str
    person: str


def read_plan(body: Mapping[str, Any], *, before: ClassPlan | None = None) -> ClassPlan:
    """Return the plan in a JSON object; what it does not name stays as in `before`.

    Raises
    ------
    BadValue
        If a value is none that a class can have.
    """
    plan = before or ClassPlan(title="")
    chosen: dict[str, Any] = {field: read(body[field]) for field, read in _READERS.items() if field in body}
    plan = replace(plan, **chosen)
    if not plan.title:
        raise BadValue("title")
    if plan.begins is not None and plan.ends is not None and plan.ends < plan.begins:
        raise BadValue("ends")
    return plan


def read_name(value: Any, *, field: str = "name", longest: int = LONGEST_NAME) -> str:
    """Return a name as it is shown: white space folded, nothing that cannot be seen."""
    if not isinstance(value, str):
        raise BadValue(field)
    name = " ".join("".join(symbol if symbol.isprintable() else " " for symbol in value).split())
    if len(name) > longest:
        raise BadValue(field)
    return name


def _read_title(value: Any) -> str:
    return read_name(value, field="title", longest=LONGEST_TITLE)


def _read_day(field: str, value: Any) -> date | None:
    if value in (None, ""):
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise BadValue(field) from error


def _read_time_zone(value: Any) -> str:
    if not isinstance(value, str) or value not in available_timezones():
        raise BadValue("time_zone")
    return value


def _read_datasets(value: Any) -> tuple[str, ...]:
    is_list = isinstance(value, list) and all(isinstance(each, str) for each in value)
    if not is_list or len(value) > MOST_DATASETS or any(" " in each or len(each) > 200 for each in value):
        raise BadValue("datasets")
    return tuple(dict.fromkeys(each for each in value if each))


def _read_memory(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not LEAST_MEMORY <= value <= MOST_MEMORY:
        raise BadValue("memory_limit")
    return value


def _read_flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadValue("allows_nicknames")
    return value


_READERS: dict[str, Callable[[Any], Any]] = {
    "title": _read_title,
    "begins": lambda value: _read_day("begins", value),
    "ends": lambda value: _read_day("ends", value),
    "time_zone": _read_time_zone,
    "datasets": _read_datasets,
    "memory_limit": _read_memory,
    "allows_nicknames": _read_flag,
}
