"""Ask the hall's fetch service for a dataset, from a sandbox whose store is read-only, and wait for it."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import httpx

from ._hall_access import make_headers
from ._messages import chosen_language
from ._network_faults import explain_fault
from .errors import N_, NotPresent, SourceFailed

PATIENCE = 600.0  # seconds; a gigabyte over a slow line
PAUSE = 1.0  # seconds between two questions


def request_fetch(dataset_id: str, *, patience: float = PATIENCE) -> str:
    """Return the version once the service has it in the store.

    The service is found by ``DATAHALL_FETCH_URL``; the person is known to it by ``JUPYTERHUB_API_TOKEN``.
    """
    url = os.environ.get("DATAHALL_FETCH_URL")
    if not url:
        raise NotPresent(
            N_("The data of {id} is not in the store, and this place cannot fetch it."),
            id=dataset_id,
            hint=N_("Open the dataset in a notebook first, or ask the operator to run: datahall fetch {id}"),
        )
    deadline = time.monotonic() + patience
    told = ""
    with httpx.Client(headers=make_headers(), timeout=60.0, trust_env=False) as client:
        while time.monotonic() < deadline:
            answer = _ask(client, url, dataset_id)
            if answer.get("status") in ("present", "fetched") and answer.get("version"):
                return str(answer["version"])
            if answer.get("status") == "failed":
                raise _failed(dataset_id, answer.get("error"))
            if (note := _read_note(answer)) not in ("", told):
                print(f"{dataset_id}: {note}", file=sys.stderr)
                told = note
            time.sleep(PAUSE)
    raise NotPresent(
        N_("{id} is still being fetched after {seconds} seconds."),
        code="still-fetching",
        id=dataset_id,
        seconds=int(patience),
        hint=N_("Try again later."),
    )


def _ask(client: httpx.Client, url: str, dataset_id: str) -> dict[str, Any]:
    try:
        answer = client.post(url, json={"ids": [dataset_id]})
        answer.raise_for_status()
        content = answer.json()
        return dict(next(entry for entry in content if entry.get("id") == dataset_id))
    except (httpx.HTTPError, ValueError, StopIteration, AttributeError, TypeError) as error:
        raise NotPresent(
            N_("The fetch service did not answer for {id}: {reason}."),
            code="fetch-service",
            id=dataset_id,
            reason=explain_fault(error),
            hint=N_("Try again, and tell the operator if it stays so."),
        ) from error


def _read_note(answer: dict[str, Any]) -> str:
    """Return why it takes its time, in the person's language; empty where the service says nothing of it."""
    return str(_choose_words(answer.get("note") or {}).get("message") or "")


def _choose_words(told: Any) -> dict[str, Any]:
    details = told if isinstance(told, dict) else {"message": told}
    return {**details, **details.get("zh", {})} if chosen_language() == "zh" else details


def _failed(dataset_id: str, error: Any) -> SourceFailed:
    words = _choose_words(error)
    reason, code, advice = (str(words.get(key) or "") for key in ("message", "code", "hint"))
    return SourceFailed(
        # A reason that names the dataset says itself what happened to it.
        N_("{reason}.") if dataset_id in reason else N_("{id} could not be fetched: {reason}."),
        code=code or None,
        id=dataset_id,
        reason=reason or "?",
        advice=advice,
        hint="{advice}" if advice else N_("Try again later, and tell the operator if it stays so."),
    )
