"""What a voice is: an error in a dataset, a problem with an app, or a request for data not opened yet.

Pure values. Nothing that a visitor wrote is public in the states `waiting` and `spam`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from datahall_hub.services.hall.wording import N_

Kind = Literal["report", "problem", "request"]
KINDS: dict[str, str] = {
    "report": N_("Error in a dataset"),
    "problem": N_("Problem with an app"),
    "request": N_("Request for data"),
}


@dataclass(frozen=True)
class State:
    """How a voice stands: what that is called, and for which kinds a steward may choose it."""

    id: str
    title: str
    kinds: tuple[Kind, ...] = ("report", "problem", "request")
    is_public: bool = True


STATES = {
    state.id: state
    for state in (
        State("waiting", N_("Waiting for a steward"), is_public=False),
        State("open", N_("Being looked at")),
        State("answered", N_("Answered")),
        State("planned", N_("Planned")),
        State("mended", N_("Mended"), kinds=("report", "problem")),
        State("opened", N_("Opened"), kinds=("request",)),
        State("declined", N_("Cannot be opened"), kinds=("request",)),
        State("unfounded", N_("No error"), kinds=("report", "problem")),
        State("duplicate", N_("Asked before")),
        State("spam", N_("Spam"), is_public=False),
    )
}
PUBLIC_STATES = tuple(state.id for state in STATES.values() if state.is_public)
HIDDEN_STATES = tuple(state.id for state in STATES.values() if not state.is_public)

# Why data cannot be opened: data is opened in grades, and what protects somebody stays closed.
REASONS = {
    "on-request": N_("It can be read on request only, because of the conditions on which it is shared."),
    "personal": N_("It is about persons, and their privacy is protected."),
    "commercial": N_("It holds business secrets of companies."),
    "security": N_("It is protected for the security of the state or the public."),
    "rights": N_("The rights to it belong to others."),
    "not-held": N_("No public body that this hall knows has it."),
}


@dataclass(frozen=True)
class Voice:
    """One report or request, with all that is kept of it."""

    number: int
    kind: Kind
    dataset: str | None  # of a problem the app, as `apps/<slug>`
    title: str
    text: str
    shown_text: str | None  # what a steward made of the text; None: as it was written
    language: str
    name: str
    email: str
    state: str
    reason: str
    version: str
    duplicate_of: int | None
    opened_as: str
    answer_en: str
    answer_zh: str
    findings: tuple[str, ...]
    supports: int
    revision: int
    created: datetime

    @property
    def is_public(self) -> bool:
        """Whether everybody may read it."""
        return STATES[self.state].is_public

    @property
    def public_text(self) -> str:
        """What everybody may read of the text."""
        return self.text if self.shown_text is None else self.shown_text

    def answer_in(self, language: str) -> tuple[str, str]:
        """Return the answer in `language`, else in the other one, and the language it is in."""
        answers = {"en": self.answer_en, "zh": self.answer_zh}
        other = "zh" if language == "en" else "en"
        return (answers[language], language) if answers[language] else (answers[other], other)


# What the parts of a message are called that a steward may change.
EDITED = {
    "state": N_("How it stands"),
    "reason": N_("Why it cannot be opened"),
    "version": N_("Mended in version"),
    "opened_as": N_("Opened as (identifier of the dataset)"),
    "duplicate_of": N_("Asked before as number"),
    "answer_en": N_("Answer in English"),
    "answer_zh": N_("Answer in Chinese"),
    "shown_text": N_("The message as everybody sees it"),
    "title": N_("Its title"),
    "name": N_("The writer’s name"),
}


@dataclass(frozen=True)
class Draft:
    """What somebody wants to tell, checked."""

    kind: Kind
    dataset: str | None
    title: str
    text: str
    language: str
    name: str = ""
    email: str = ""
    findings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What a steward decides about a voice, checked."""

    state: str
    reason: str = ""
    version: str = ""
    duplicate_of: int | None = None
    opened_as: str = ""
    answer_en: str = ""
    answer_zh: str = ""
    shown_text: str | None = None
    title: str | None = None  # None: as it is
    has_name: bool = True  # False: the name is taken off


@dataclass(frozen=True)
class Edit:
    """One change that a steward made: when, who, and which values became which."""

    at: datetime
    by: str
    changes: dict[str, tuple[object, object]]
