"""What cannot be done with an app, and why not.

AppLifeError
├── NoSuchVersion      there is no such app, or not this version of it
├── NotAllowed         somebody else may do this, or nobody
├── WrongState         it cannot be done with a version that stands where this one does
├── ReasonMissing      the others would not know why
├── NothingNew         the same files have been submitted already
└── OutdatedChange     somebody has moved it on since
"""

from __future__ import annotations

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


class NothingNew(AppLifeError):
    """The same files have been submitted already, as the version `number`."""

    code = "nothing-new"


class OutdatedChange(AppLifeError):
    """Somebody has moved the version on since it was looked at."""

    code = "outdated-change"
