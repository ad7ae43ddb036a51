"""The hub's API as the hall uses it, always with the token of the person who asks.

The hall's own token is only the secret with which a sign-in's code is changed into that person's token.
"""

from __future__ import annotations

import hashlib
import time
from typing import Any

import httpx

from datahall_hub.services.hall.addresses import BASE, HUB
from datahall_hub.services.hall.person import Person, person_of

CLIENT_ID = "service-hall"
CALLBACK = f"{BASE}/oauth_callback"
AUTHORIZE = f"{HUB}/api/oauth2/authorize"

REMEMBERED_SECONDS = 10  # a withdrawn token or a new role takes effect after this long
REMEMBERED_PEOPLE = 2_000
WAITING_SECONDS = 20  # the number of sign-ups in the head of a page may be this old


class HubUnreachable(Exception):
    """The hub does not answer; what needs it cannot be done now."""


class HubRefused(Exception):
    """The hub answered with an error; `status`, `code` and `messages` (by language) are its own."""

    def __init__(self, *, status: int, messages: dict[str, str], code: str = "") -> None:
        super().__init__(f"{status}: {messages.get('en', '')}")
        self.status = status
        self.code = code
        self.messages = messages


class HubApi:
    """Calls to the hub; one instance per hall."""

    def __init__(self, *, url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._client = httpx.AsyncClient(
            base_url=url, timeout=httpx.Timeout(10, connect=2), transport=transport, trust_env=False
        )
        self._people: dict[str, tuple[float, dict[str, Any] | None]] = {}
        self._waiting: dict[str, tuple[float, int]] = {}

    async def close(self) -> None:
        """Close the connections; called when the hall stops."""
        await self._client.aclose()

    async def find_person(self, token: str, *, csrf: str = "") -> Person | None:
        """Return whom `token` belongs to, or None where the hub does not know it."""
        model = await self._find_model(token)
        return person_of(model, token=token, csrf=csrf) if model else None

    async def count_waiting(self, person: Person) -> int:
        """Return how many sign-ups wait for `person`; 0 for whoever may not approve them, and while the hub is away."""
        if not person.may("manage-people"):
            return 0
        until, number = self._waiting.get(_key(person.token), (0.0, 0))
        if until > time.monotonic():
            return number
        try:
            accounts = await self.call("GET", "/datahall/accounts", token=person.token)
        except (HubRefused, HubUnreachable):
            return number
        number = sum(bool(each["waiting"]) for each in accounts)
        self.note_waiting(person.token, number)
        return number

    def note_waiting(self, token: str, number: int) -> None:
        """Remember for a while what `count_waiting` answers."""
        if len(self._waiting) >= REMEMBERED_PEOPLE:
            self._waiting.clear()
        self._waiting[_key(token)] = (time.monotonic() + WAITING_SECONDS, number)

    def forget(self, token: str) -> None:
        """Ask the hub anew about `token` the next time."""
        self._people.pop(_key(token), None)

    async def exchange_code(self, code: str, *, secret: str) -> str:
        """Return the person's token for the code of their sign-in."""
        form = {
            "client_id": CLIENT_ID,
            "client_secret": secret,
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
        }
        return str((await self._send("POST", "/oauth2/token", data=form))["access_token"])

    async def call(self, method: str, path: str, *, token: str, json: Any = None) -> Any:
        """Call the hub as the person with `token`; return the decoded answer, None where it is empty."""
        return await self._send(method, path, headers={"Authorization": f"token {token}"}, json=json)

    async def _find_model(self, token: str) -> dict[str, Any] | None:
        key, now = _key(token), time.monotonic()
        known = self._people.get(key)
        if known and known[0] > now:
            return known[1]
        try:
            model = await self.call("GET", "/user", token=token)
        except HubRefused as refusal:
            if refusal.status not in {401, 403}:
                raise HubUnreachable(str(refusal)) from refusal
            model = None
        if len(self._people) >= REMEMBERED_PEOPLE:
            self._people.clear()
        self._people[key] = (now + REMEMBERED_SECONDS, model)
        return model if isinstance(model, dict) else None

    async def _send(self, method: str, path: str, **arguments: Any) -> Any:
        try:
            answer = await self._client.request(method, path.lstrip("/"), **arguments)
        except httpx.HTTPError as error:
            raise HubUnreachable(f"the hub does not answer: {error}") from error
        if answer.is_success:
            return answer.json() if answer.content else None
        body = _body_of(answer)
        raise HubRefused(status=answer.status_code, messages=_messages_of(body, answer), code=_code_of(body))


def _key(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _body_of(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _code_of(body: dict[str, Any]) -> str:
    error = body.get("error")
    return str(error.get("code", "")) if isinstance(error, dict) else ""


def _messages_of(body: dict[str, Any], answer: httpx.Response) -> dict[str, str]:
    """Return what the hub says, in the languages in which it says it; JupyterHub itself speaks English."""
    error = body.get("error")
    said = error.get("message") if isinstance(error, dict) else None
    if isinstance(said, dict):
        return {str(language): str(text) for language, text in said.items()}
    message = body.get("message") or body.get("error_description")
    return {"en": str(message or answer.reason_phrase)}
