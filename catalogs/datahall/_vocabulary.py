"""The controlled words that cards use: themes, goals, licences, publishers, meanings and the like."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ._documents import load_document
from ._locations import find_locations
from .card import Address, Text
from .errors import N_, InvalidCard


class Term(BaseModel):
    """A word with its id and its title in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    title: Text


_T = TypeVar("_T", bound=Term)


class Theme(Term):
    """One of the 20 domains."""

    sentence: Text


class Goal(Term):
    """One of the five goals of the action outline."""

    sentence: Text


class Access(Term):
    """Who may read a dataset's rows."""

    sentence: Text


class Frequency(Term):
    """How often a dataset is renewed."""


class Format(Term):
    """A file format of sources."""

    media_type: str


class Semantic(Term):
    """What a field's values identify, so that datasets can be linked."""

    url: Address | None = None
    width: Annotated[int | None, Field(ge=2, le=50, description="digits of each code, with its leading zeros")] = None


class Publisher(Term):
    """Who answers for a dataset."""

    homepage: Address | None = None


class License(Term):
    """What a dataset's user may and must do."""

    url: Address | None = None
    text: Text | None = None
    commercial: Annotated[bool, Field(description="commercial use is allowed")]
    attribution: Annotated[bool, Field(description="the source must be named")]
    share_alike: Annotated[bool, Field(description="what is made of it must bear the same licence")]


def themes() -> list[Theme]:
    """Return the 20 themes in their fixed order."""
    return list(_load("themes", Theme).values())


def goals() -> dict[str, Goal]:
    """Return the five goals by id."""
    return dict(_load("goals", Goal))


def licenses() -> dict[str, License]:
    """Return the licences by SPDX id or ``LicenseRef-…``."""
    return dict(_load("licenses", License))


def publishers() -> dict[str, Publisher]:
    """Return the publishers by id."""
    return dict(_load("publishers", Publisher))


def formats() -> dict[str, Format]:
    """Return the source formats by id."""
    return dict(_load("formats", Format))


def semantics() -> dict[str, Semantic]:
    """Return what fields may say that their values identify, by id."""
    return dict(_load("semantics", Semantic))


def frequencies() -> dict[str, Frequency]:
    """Return the frequencies by ISO 8601 duration or word."""
    return dict(_load("frequencies", Frequency))


def access_levels() -> dict[str, Access]:
    """Return the levels of access by id."""
    return dict(_load("access", Access))


_WORDS_OF: dict[str, tuple[str, type[Term]]] = {
    "theme": ("themes", Theme),
    "publisher": ("publishers", Publisher),
    "license": ("licenses", License),
    "goals": ("goals", Goal),
    "access": ("access", Access),
    "frequency": ("frequencies", Frequency),
}


def vocabularies() -> dict[str, tuple[Path, Mapping[str, Term]]]:
    """Return, for each key of a card that takes controlled words, the file of its words and the words by id."""
    folder = find_locations().vocabulary
    return {key: (folder / f"{name}.yaml", _load(name, model)) for key, (name, model) in _WORDS_OF.items()}


def _load(name: str, model: type[_T]) -> dict[str, _T]:
    path = find_locations().vocabulary / f"{name}.yaml"
    return _load_file(path, model, path.stat().st_mtime_ns if path.is_file() else 0)


@cache
def _load_file(path: Path, model: type[_T], _changed: int) -> dict[str, _T]:
    document = load_document(path)
    values: dict[str, Any] = document.values if isinstance(document.values, dict) else {}
    try:
        return {key: model.model_validate({"id": key, **value}) for key, value in values.items()}
    except (ValidationError, TypeError) as error:
        raise InvalidCard(N_("The vocabulary {file} is broken: {reason}."), file=path, reason=str(error)) from error
