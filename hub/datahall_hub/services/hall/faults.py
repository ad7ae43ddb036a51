"""What the hall answers when something cannot be done: a page for people, JSON for programs.

    Fault
    ├── ToldFault       the catalog refuses, and tells why
    ├── NotFound        no such page, dataset or version
    ├── NotAllowed      the person may not do this
    ├── NotSignedIn     a token or session is needed
    ├── NotHere         the data exists but is not in the store yet
    │   └── NotFetched  it was tried, and could not be fetched
    └── Unavailable     a part of the hall does not answer

Messages are English in the code, marked with ``N_``, and shown in the reader's language.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from datahall_hub.services.hall.wording import N_, Words

if TYPE_CHECKING:
    from datahall import DatahallError, Dataset


class Fault(Exception):
    """An expected failure: status, stable code, and what to tell the reader."""

    status = 400
    code = "bad-request"
    heading = N_("That cannot be done")
    ends_connection = False  # the server hangs up after an error nobody foresaw; a client must not ask again on it

    def __init__(self, message: str, *, hint: str = "", code: str | None = None, **values: object) -> None:
        super().__init__(message)
        self.code = code or type(self).code
        self.near: tuple[Dataset, ...] = ()  # what may have been meant
        self._message, self._hint, self._values = message, hint, values

    def message(self, words: Words) -> str:
        """Return what happened."""
        return words.text(self._message, **self._values)

    def hint(self, words: Words) -> str:
        """Return what to do now; may be empty."""
        return words.text(self._hint, **self._values) if self._hint else ""

    @property
    def headers(self) -> dict[str, str]:
        """Headers that belong to the answer."""
        return {"connection": "close"} if self.ends_connection else {}


class ToldFault(Fault):
    """What the catalog refuses, told in its own words."""

    def __init__(self, error: DatahallError, *, status: int = 400) -> None:
        super().__init__(str(error), code=error.code)
        self.status, self._error = status, error

    def message(self, words: Words) -> str:
        """Return what happened."""
        return self._error.message(words.language)

    def hint(self, words: Words) -> str:
        """Return what to do now; may be empty."""
        return self._error.hint_in(words.language)


class NotFound(Fault):
    """There is no such page, dataset or version."""

    status, code, heading = 404, "not-found", N_("Page not found")


class NotAllowed(Fault):
    """The person may not do this."""

    status, code, heading = 403, "not-allowed", N_("Not allowed")


class NotSignedIn(Fault):
    """A token or a session is needed."""

    status, code, heading = 401, "not-signed-in", N_("Please sign in")

    @property
    def headers(self) -> dict[str, str]:
        """Say how to authenticate, as the standard asks."""
        return {"www-authenticate": "Bearer"}


class NotHere(Fault):
    """The data exists but has not been fetched yet."""

    status, code, heading = 503, "not-here-yet", N_("Not here yet")

    @property
    def headers(self) -> dict[str, str]:
        """Say when to ask again."""
        return {"retry-after": "10"}


class NotFetched(NotHere):
    """The data exists, but fetching it has failed; the next tries come after longer and longer pauses."""

    code, heading = "fetch-failed", N_("Not here at present")

    @property
    def headers(self) -> dict[str, str]:
        """Say when to ask again."""
        return {"retry-after": "300"}


class Unavailable(Fault):
    """A part of the hall does not answer at the moment."""

    status, code, heading = 503, "unavailable", N_("Not available at the moment")

    @property
    def headers(self) -> dict[str, str]:
        """Say when to ask again."""
        return {"retry-after": "5"}


def unknown_dataset(dataset_id: str, *, near: tuple[Dataset, ...] = ()) -> NotFound:
    """Return the answer where there is no such dataset; `near` are those that may have been meant."""
    fault = NotFound(
        N_("There is no dataset {id}."),
        hint=N_("It may have been renamed; search for it."),
        code="unknown-dataset",
        id=dataset_id[:300],
    )
    fault.near = near
    return fault


def not_open(dataset_id: str) -> NotAllowed:
    """Return the answer where rows are asked for of a dataset of our own that is not open."""
    return NotAllowed(
        N_("{id} is not open data: only its description is public."),
        hint=N_("Its page says who publishes it and on what conditions."),
        code="not-open",
        id=dataset_id,
    )
