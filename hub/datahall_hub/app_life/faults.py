"""What cannot be done with an app, and why not.

AppLifeError
├── NoSuchVersion      there is no such app, or not this version of it
├── NotAllowed         somebody else may do this, or nobody
├── WrongState         it cannot be done with a version that stands where this one does
├── ReasonMissing      the others would not know why
├── CommentMissing     nothing was written
├── TooManyComments    one person has written as much about a version as is kept
├── TickMissing        a reviewer has not said that they looked at what the checks could not
├── NothingNew         the same files have been submitted already
├── TooManyWaiting     as many of one person's versions wait for their checks as may
└── OutdatedChange     somebody has moved it on since
"""

from __future__ import annotations

from collections.abc import Sequence

from datahall_hub.app_life.states import Action


class AppLifeError(Exception):
    """Something that cannot be done with an app; `code` is stable."""

    code = "app-life"

    def __init__(self, slug: str, number: int | None = None, *, action: Action | None = None) -> None:
        super().__init__(slug, number, action)
        self.slug, self.number, self.action = slug, number, action


class NoSuchVersion(AppLifeError):
    """There is no such app, or not this version of it."""

    code = "no-such-app-version"


class NotAllowed(AppLifeError):
    """Somebody else may do this, or nobody."""

    code = "not-allowed"


class WrongState(AppLifeError):
    """It cannot be done with a version that stands where this one does."""

    code = "wrong-state"


class ReasonMissing(AppLifeError):
    """The others would not know why."""

    code = "reason-missing"


class CommentMissing(AppLifeError):
    """Nothing was written."""

    code = "comment-missing"


class TooManyComments(AppLifeError):
    """One person has written as much about a version as is kept."""

    code = "too-many-comments"


class TickMissing(AppLifeError):
    """A reviewer has not said that they looked at what the checks could not: the codes of `missing`."""

    code = "tick-missing"

    def __init__(self, slug: str, number: int, *, action: Action, missing: Sequence[str]) -> None:
        super().__init__(slug, number, action=action)
        self.missing = tuple(missing)


class NothingNew(AppLifeError):
    """The same files have been submitted already, as the version `number`."""

    code = "nothing-new"


class TooManyWaiting(AppLifeError):
    """As many of one person's versions wait for their checks as may, of which one is made after the other."""

    code = "too-many-waiting"


class OutdatedChange(AppLifeError):
    """Somebody has moved the version on since it was looked at."""

    code = "outdated-change"
