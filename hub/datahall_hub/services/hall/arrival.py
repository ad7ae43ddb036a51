"""How a dataset stands, in as many words as the reader may know.

The reason of a failure names addresses and settings of this hall, so it is told to those who can mend it;
everybody else reads that the data is not here at present, with the same stable code.
"""

from __future__ import annotations

from typing import Any

from datahall import Dataset

from datahall_hub.services.hall.hall import Hall
from datahall_hub.services.hall.person import Person
from datahall_hub.services.hall.wording import N_, Words

MENDERS = ("publish-cards", "manage-people")  # rights of which one lets its holder read the reason
NOT_HERE = N_("The data is not here at present.")
NOT_FETCHED = N_("It could not be fetched; the hall tries again by itself, after longer and longer pauses.")


def may_read_reason(person: Person | None) -> bool:
    """Tell whether somebody is told why a dataset could not be fetched."""
    return person is not None and any(person.may(right) for right in MENDERS)


async def find_arrival(hall: Hall, dataset: Dataset, *, present: bool, person: Person | None) -> dict[str, Any]:
    """Return how a dataset stands: `status` is present, fetching, failed, closed or waiting, with `error` if any."""
    if dataset.card.access != "open":
        return {"status": "closed"}
    find = hall.fetch.find_recent_state if present else hall.fetch.find_state
    state = await find(dataset.id) or {"status": "waiting"}
    has_failed = state["status"] == "failed"
    failure = {"error": tell_failure(state.get("error"), person=person)} if has_failed else {}
    if present:
        return {"status": "present", **failure}  # an earlier version is here, the newer one could not be fetched
    if state["status"] in {"present", "fetched"}:
        return {"status": "fetching"}
    return {"status": state["status"], **failure}


def tell_failure(error: dict[str, Any] | None, *, person: Person | None) -> dict[str, Any]:
    """Return the failure with its reason, or with words that are safe to show to anybody."""
    if error is not None and may_read_reason(person):
        return error
    words = {language: Words(language) for language in ("en", "zh")}
    told = {each: {"message": words[each].text(NOT_HERE), "hint": words[each].text(NOT_FETCHED)} for each in words}
    return {"code": (error or {}).get("code", "fetch-failed"), **told["en"], "zh": told["zh"]}
