"""A version of an app as it stands, an event in its life, and what somebody wrote about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from datahall_hub.app_life.states import Action, Actor, State, list_actions


@dataclass(frozen=True)
class AppVersion:
    """One version of an app, as it stands."""

    slug: str
    number: int
    owner: str  # empty where the app comes with the hall
    state: State
    digest: str
    created: datetime  # UTC, as all times here
    proven: datetime | None  # when it was first published
    revision: int

    @property
    def is_shipped(self) -> bool:
        """Whether it comes with the hall."""
        return not self.owner

    def actions_of(self, actor: Actor) -> list[Action]:
        """Return what `actor` may do with it."""
        parts = actor.find_parts(owner=self.owner)
        return list_actions(self.state, parts=parts, is_proven=self.proven is not None, is_shipped=self.is_shipped)


@dataclass(frozen=True)
class Event:
    """Something that happened to a version; `by` is empty where the hall itself did it."""

    slug: str
    number: int
    action: Action
    origin: State
    target: State
    by: str
    at: datetime
    reason: str
    ticks: tuple[str, ...] = ()  # the codes of what the checks could not try, and this person has looked at


@dataclass(frozen=True)
class Comment:
    """What its author or a reviewer wrote about a version."""

    slug: str
    number: int
    by: str
    at: datetime
    text: str
