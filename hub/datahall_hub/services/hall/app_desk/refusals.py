"""What the life of apps refuses, in the words of the hall."""

from __future__ import annotations

import logging

import sqlalchemy as sa

from datahall_hub.app_life.faults import (
    AppLifeError,
    CommentMissing,
    NoSuchVersion,
    NotAllowed,
    NothingNew,
    OutdatedChange,
    ReasonMissing,
    TickMissing,
    TooManyComments,
    TooManyWaiting,
    WrongState,
)
from datahall_hub.services.hall.faults import Fault, Unavailable
from datahall_hub.services.hall.wording import N_

log = logging.getLogger("datahall.hall")

_WORDS: dict[type[AppLifeError], tuple[int, str, str]] = {
    NoSuchVersion: (
        404, N_("There is no such version of this app."),
        N_("Ask for the list of its versions; only its author and reviewers see them."),
    ),
    NotAllowed: (
        403, N_("You may not do this with this app."),
        N_("Its author submits, withdraws and retires it; somebody else who may review apps approves it."),
    ),
    WrongState: (
        409, N_("This cannot be done with the version as it stands now."),
        N_("Look at how it stands and what can be done with it."),
    ),
    ReasonMissing: (422, N_("The author has to be told why."), N_("Write a reason.")),
    CommentMissing: (422, N_("There is nothing in the comment."), N_("Write what you want to say.")),
    TooManyComments: (
        409, N_("You have written as much about this version as is kept."),
        N_("Go on below the next version."),
    ),
    TickMissing: (
        422, N_("The checks could not try this, and nobody has said that they looked: {missing}."),
        N_("Look at it yourself, and tick it: on the page of the version, or with --tick."),
    ),
    NothingNew: (
        409, N_("The same files have been submitted already: they are version {number}."),
        N_("Look at how that version stands, or change something."),
    ),
    TooManyWaiting: (
        409, N_("Several of your versions wait for their checks already."),
        N_("Wait until the checks are through with one of them, or withdraw one."),
    ),
    OutdatedChange: (
        409, N_("Somebody has moved this version on meanwhile."),
        N_("Look at how it stands now, and try again if need be."),
    ),
}  # fmt: skip


def refuse(error: AppLifeError) -> Fault:
    """Return what to answer."""
    status, message, hint = _WORDS[type(error)]
    missing = ", ".join(error.missing) if isinstance(error, TickMissing) else ""
    fault = Fault(message, hint=hint, code=error.code, number=error.number or 0, missing=missing)
    fault.status = status
    return fault


def refuse_for_lack_of_room(error: OSError) -> Fault:
    """Return what to answer where files cannot be written."""
    log.error("an app could not be kept: %s", error)
    return Unavailable(N_("The hall cannot keep this app: its disk does not take it."), hint=N_("Tell its operator."))


def refuse_for_lack_of_database(error: sa.exc.SQLAlchemyError) -> Fault:
    """Return what to answer where the database is away."""
    log.error("the database of apps does not answer: %s", type(error).__name__)
    return Unavailable(N_("The database of apps does not answer."), hint=N_("Try again in a moment."))
