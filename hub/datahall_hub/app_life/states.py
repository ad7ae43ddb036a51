"""The states of an app's versions, who may do what in which, and what comes of it. Declared once; pure values.

    draft ──submit──▶ submitted ──pass──▶ checked ──approve──▶ approved ──publish──▶ published ──retire──▶ retired
      ▲                   │                  │                 │   ▲                     │
      └── fail, withdraw ─┴──── send back ───┴── fail ─────────┘   └────── replace ──────┘

A version never changes: whoever mends an app submits another one. Of each app one version at most is published; the one
before it stays approved, and rolling back publishes it again in one step.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a version stands."""

    DRAFT = "draft"  # its author's: it was sent back, withdrawn, did not pass the checks, or did not render
    SUBMITTED = "submitted"  # waits for the checks
    CHECKED = "checked"  # waits for a reviewer
    APPROVED = "approved"  # may be published, and is where it has proven that it renders
    PUBLISHED = "published"  # what visitors see
    RETIRED = "retired"  # no longer shown


class Action(StrEnum):
    """What moves a version from one state to another."""

    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    PASS = "pass"  # noqa: S105 no password
    FAIL = "fail"
    SEND_BACK = "send-back"
    APPROVE = "approve"
    ADMIT = "admit"
    PUBLISH = "publish"
    REPLACE = "replace"
    ROLL_BACK = "roll-back"
    RETIRE = "retire"
    RESTORE = "restore"


class Part(StrEnum):
    """What somebody is to an app."""

    AUTHOR = "author"  # whose app it is, and who may submit apps; the hall, of what comes with it
    REVIEWER = "reviewer"  # who may review apps, and is not its author
    HALL = "hall"  # the hall itself, which checks and renders


@dataclass(frozen=True)
class Transition:
    """An action: from which states it leads to which, and who may take it."""

    action: Action
    origins: frozenset[State]
    target: State
    parts: frozenset[Part]
    needs_reason: bool = False  # which the others are told
    needs_ticks: bool = False  # one for each thing that the checks could not try
    needs_proof: bool = False  # only of a version that has been published before
    only_shipped: bool = False  # only of an app that comes with the hall


@dataclass(frozen=True)
class Actor:
    """Who acts: a person with rights (`datahall_hub.roles`), or the hall itself, which has no name."""

    name: str
    rights: frozenset[str] = frozenset()

    def find_parts(self, *, owner: str) -> frozenset[Part]:
        """Return what this person is to the app of `owner`; nobody reviews their own."""
        if not self.name:
            return frozenset({Part.HALL} if owner else {Part.HALL, Part.AUTHOR})
        if self.name == owner:
            return frozenset({Part.AUTHOR} if SUBMIT_RIGHT in self.rights else ())
        return frozenset({Part.REVIEWER} if REVIEW_RIGHT in self.rights else ())


COMMENTERS = frozenset({Part.AUTHOR, Part.REVIEWER})  # who may write about a version, in any state

SUBMIT_RIGHT, REVIEW_RIGHT = "submit-apps", "review-apps"
HALL = Actor("")


def _transition(
    action: Action, origins: Collection[State], target: State, parts: Collection[Part], **conditions: bool
) -> Transition:
    return Transition(action, frozenset(origins), target, frozenset(parts), **conditions)


TRANSITIONS = {
    each.action: each
    for each in (
        _transition(Action.SUBMIT, {State.DRAFT}, State.SUBMITTED, {Part.AUTHOR}),
        _transition(Action.WITHDRAW, {State.SUBMITTED, State.CHECKED}, State.DRAFT, {Part.AUTHOR}),
        _transition(Action.PASS, {State.SUBMITTED}, State.CHECKED, {Part.HALL}),
        _transition(Action.FAIL, {State.SUBMITTED, State.APPROVED}, State.DRAFT, {Part.HALL}, needs_reason=True),
        _transition(Action.SEND_BACK, {State.CHECKED, State.APPROVED}, State.DRAFT, {Part.REVIEWER}, needs_reason=True),
        _transition(Action.APPROVE, {State.CHECKED}, State.APPROVED, {Part.REVIEWER}, needs_ticks=True),
        _transition(Action.ADMIT, {State.CHECKED}, State.APPROVED, {Part.HALL}, only_shipped=True),
        _transition(Action.PUBLISH, {State.APPROVED}, State.PUBLISHED, {Part.HALL}),
        _transition(Action.REPLACE, {State.PUBLISHED}, State.APPROVED, {Part.HALL}),
        _transition(
            Action.ROLL_BACK, {State.APPROVED}, State.PUBLISHED, {Part.AUTHOR, Part.REVIEWER}, needs_proof=True
        ),
        _transition(Action.RETIRE, {State.PUBLISHED, State.APPROVED}, State.RETIRED, {Part.AUTHOR, Part.REVIEWER}),
        _transition(Action.RESTORE, {State.RETIRED}, State.PUBLISHED, {Part.REVIEWER}, needs_proof=True),
    )
}


def list_actions(state: State, *, parts: Collection[Part], is_proven: bool, is_shipped: bool) -> list[Action]:
    """Return what somebody with `parts` may do with a version; pages and commands offer nothing else."""
    return [
        each.action
        for each in TRANSITIONS.values()
        if state in each.origins
        and each.parts & frozenset(parts)
        and (is_proven or not each.needs_proof)
        and (is_shipped or not each.only_shipped)
    ]
