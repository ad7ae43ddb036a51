"""The apps service as the hall talks to it: HTTP over its private socket, which only this user can open."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, Field, ValidationError

from datahall_hub.app_life.look_report import LookReport
from datahall_hub.app_life.trial_report import TrialReport

Told = TypeVar("Told", bound=BaseModel)
CONNECT_WITHIN = 5.0  # seconds
LATER = {503, 507}  # no walls, too many in line, no room
ANSWER_WITHIN = 900.0  # seconds; trials wait in line, and have limits of their own


class TrialsUnavailable(Exception):
    """The apps service cannot try anything now; its words say why."""


class TrialFailed(Exception):
    """The apps service stumbled over this version, or was answered what nobody understands; its words say how."""


class Proof(BaseModel):
    """What came of rendering a version as visitors will see it."""

    renders: bool
    live_only: bool
    problem: str = ""
    seconds: dict[str, float] = {}


class Ticket(BaseModel):
    """What opens a version once; it becomes a part of an address."""

    ticket: str = Field(pattern=r"^[A-Za-z0-9_-]{43}$")


class TrialClient:
    """Calls to the apps service; one instance per hall."""

    def __init__(self, socket: Path) -> None:
        transport = httpx.AsyncHTTPTransport(uds=str(socket))
        timeout = httpx.Timeout(ANSWER_WITHIN, connect=CONNECT_WITHIN)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://apps", timeout=timeout, trust_env=False)

    async def close(self) -> None:
        """Close the connections; called when the hall stops."""
        await self._client.aclose()

    async def run_trial(self, slug: str, digest: str, *, language: str) -> TrialReport:
        """Have a version run from top to bottom in a visitor's sandbox; raise one of the two."""
        body = await self._ask("/trials", {"slug": slug, "digest": digest, "language": language})
        return _read(TrialReport, body)

    async def look(self, slug: str, digest: str, *, datasets: Mapping[str, str]) -> LookReport:
        """Have a version's page looked at; raise one of the two."""
        body = await self._ask("/looks", {"slug": slug, "digest": digest, "datasets": dict(datasets)})
        return _read(LookReport, body)

    async def prove(self, slug: str, digest: str, *, datasets: Mapping[str, str], is_kept: bool = False) -> Proof:
        """Have a version rendered as visitors will see it; raise one of the two.

        With `is_kept` only where the pages that are kept of it were made with another template or other libraries.
        """
        wish = {"slug": slug, "digest": digest, "datasets": dict(datasets), "is_kept": is_kept}
        body = await self._ask("/proofs", wish)
        return _read(Proof, body)

    async def get_ticket(
        self, slug: str, digest: str, *, number: int, datasets: Mapping[str, str], is_published: bool
    ) -> str:
        """Return what opens a version once, as visitors will see it; raise one of the two."""
        wish = {"slug": slug, "digest": digest, "number": number, "datasets": dict(datasets)}
        body = await self._ask("/previews", {**wish, "is_published": is_published})
        return _read(Ticket, body).ticket

    async def _ask(self, path: str, body: dict[str, Any]) -> bytes:
        try:
            answer = await self._client.post(path, json=body)
        except httpx.HTTPError as error:
            raise TrialsUnavailable(f"the apps service does not answer ({type(error).__name__})") from error
        if answer.status_code in LATER:
            raise TrialsUnavailable(_find_words(answer))
        if not answer.is_success:
            raise TrialFailed(_find_words(answer))
        return answer.content


def _read(kind: type[Told], body: bytes) -> Told:
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise TrialFailed("the apps service answers what this hall does not understand") from error


def _find_words(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"the apps service answers {answer.status_code}"
