"""How the life of an app is told to people: states, events and actions in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from datahall_hub.app_life.records import AppVersion, Event
from datahall_hub.app_life.states import Action, State
from datahall_hub.services.hall.wording import N_


@dataclass(frozen=True)
class Standing:
    """How a version stands: in a few words, how it is marked, and what comes next."""

    title: str
    tone: str = ""  # accent: it goes on; warning: somebody has to do something
    sentence: str = ""


_WITHDRAWN = Standing(N_("Withdrawn"), "", N_("Its author has taken it back."))
_SENT_BACK = Standing(
    N_("Sent back"), "warning", N_("A reviewer asks for something to be mended. Mend it, and submit the app again.")
)
_NOT_PASSED = Standing(
    N_("Did not pass the checks"), "warning", N_("Mend what was found, and submit the app again.")
)  # fmt: skip
_NOT_RENDERED = Standing(
    N_("Did not render"), "warning", N_("It was approved, but could not be shown. Mend it, and submit the app again.")
)
_DRAFT = Standing(N_("With its author"), "", "")
_DRAFTS = {Action.WITHDRAW: _WITHDRAWN, Action.SEND_BACK: _SENT_BACK}
_STANDINGS = {
    State.SUBMITTED: Standing(
        N_("Being checked"),
        "",
        N_("The hall runs it in both languages in a closed room, and looks at what it opens and shows."),
    ),
    State.CHECKED: Standing(
        N_("Waits for a reviewer"),
        "accent",
        N_("It has passed the checks. Somebody who may review apps, and is not its author, looks at it."),
    ),
    State.PUBLISHED: Standing(N_("Published"), "accent", N_("This is what visitors see.")),
    State.RETIRED: Standing(N_("Retired"), "", N_("It is no longer shown.")),
}
_PUBLISHING = Standing(
    N_("Approved"), "accent", N_("The hall renders it as visitors will see it, and publishes it when that works.")
)
_REPLACED = Standing(N_("Replaced"), "", N_("It was published, and can be published again."))

EVENTS = {
    Action.SUBMIT: N_("Submitted"),
    Action.WITHDRAW: N_("Withdrawn"),
    Action.PASS: N_("Passed the checks"),
    Action.FAIL: N_("Did not pass"),
    Action.SEND_BACK: N_("Sent back"),
    Action.APPROVE: N_("Approved"),
    Action.ADMIT: N_("Admitted, since it comes with the hall"),
    Action.PUBLISH: N_("Published"),
    Action.REPLACE: N_("Replaced by another version"),
    Action.ROLL_BACK: N_("Published again"),
    Action.RETIRE: N_("Retired"),
    Action.RESTORE: N_("Published again"),
}
DONE = {
    Action.WITHDRAW: N_("The version is withdrawn."),
    Action.SEND_BACK: N_("It is sent back; its author sees your reason."),
    Action.APPROVE: N_("It is approved. The hall renders it now, and publishes it when that works."),
    Action.ROLL_BACK: N_("The version is published again."),
    Action.RETIRE: N_("The app is retired; visitors no longer find it."),
    Action.RESTORE: N_("The app is published again."),
}
SUBMITTED = N_("It is submitted. The checks begin by themselves; this page tells how they go.")
COMMENTED = N_("Your comment stands below; its author and reviewers read it.")
DECISIONS = (Action.APPROVE, Action.SEND_BACK)


def find_standing(version: AppVersion, events: Sequence[Event]) -> Standing:
    """Return how a version stands; why one is with its author again is told by what happened to it last."""
    if version.state is State.APPROVED:
        return _PUBLISHING if version.proven is None else _REPLACED
    if version.state is not State.DRAFT:
        return _STANDINGS[version.state]
    last = events[-1] if events else None
    if last is not None and last.action is Action.FAIL:
        return _NOT_RENDERED if last.origin is State.APPROVED else _NOT_PASSED
    return _DRAFTS.get(last.action, _DRAFT) if last is not None else _DRAFT
