"""What keeps a hall from doing what it is asked to do with an app.

DatahallError
├── NotReady          the app cannot be sent as it is (`problems` lists it)
├── Refused           the hall says no, and why
├── OutOfReach        no answer comes, or the hall says that it is away at present
├── NotChecked        its checks take longer than is waited for
├── NoHall            what answers is no hall, or leads elsewhere
├── NotSignedIn       there is no token, or none that can be one
└── NoSuchChoice      no version, or more than one, can be meant
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._messages import N_
from ..errors import DatahallError
from .answers import Finding

AWAY = "unavailable"
NAME_IT = N_("Name the hall by --hall or DATAHALL_HALL, for example {example}.")


class _WithProblems(DatahallError):
    def __init__(self, text: str, *, problems: Sequence[Finding] = (), **values: Any) -> None:
        super().__init__(text, **values)
        self.problems = tuple(problems)

    def as_json(self, language: str | None = None) -> dict[str, Any]:
        """Return the form that programs rely on, with all that is to be mended, where the hall or we name it."""
        error: dict[str, Any] = dict(super().as_json(language)["error"])
        problems = [problem.model_dump(exclude_defaults=True) for problem in self.problems]
        return {"error": error | ({"problems": problems} if problems else {})}


class NotReady(_WithProblems):
    """The app cannot be sent as it is."""

    code = "bad-app"


class Refused(_WithProblems):
    """The hall says no; message and hint are the hall's own words, in the reader's language."""

    code = "refused"


class OutOfReach(DatahallError):
    """No answer comes, or the hall says that it is away at present; asking again later may help."""

    code = AWAY


class NotChecked(DatahallError):
    """The checks of a version take longer than was waited for; they go on."""

    code = "still-checking"


class NoHall(DatahallError):
    """What answers at the address is no hall, or leads elsewhere."""

    code = "no-hall"


class NotSignedIn(DatahallError):
    """There is no token, or none that can be one."""

    code = "not-signed-in"


class NoSuchChoice(DatahallError):
    """No version was named, and none, or more than one, can be meant."""

    code = "no-such-app-version"
