"""What the hall remembers of a signed-in browser: one sealed cookie, nothing on the server.

The cookie holds the person's hub token and is encrypted with a key of ``DATAHALL_HOME/secrets``, so it
outlives a restart of the hall and tells its bearer nothing. The hub can withdraw the token at any time.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken

COOKIE = "datahall-session"
STATE_COOKIE = "datahall-sign-in"
LIFETIME = 14 * 24 * 3600  # seconds, as long as the hub's own login
STATE_LIFETIME = 600  # seconds for filling in the hub's form
STAMP_LIFETIME = 24 * 3600  # seconds for filling in a form of the hall's own


@dataclass(frozen=True)
class Session:
    """A signed-in browser: its hub token, and the word that its forms must repeat."""

    token: str
    csrf: str


class Seal:
    """Encrypts and opens the two cookies."""

    def __init__(self, key: str) -> None:
        self._box = Fernet(base64.urlsafe_b64encode(bytes.fromhex(key)))

    def close_session(self, token: str) -> str:
        """Return the cookie of a new session for `token`."""
        return self._close({"token": token, "csrf": secrets.token_urlsafe(24)})

    def open_session(self, cookie: str | None) -> Session | None:
        """Return the session in `cookie`, or None where it is missing, forged or too old."""
        values = self._open(cookie, lifetime=LIFETIME)
        return Session(token=values["token"], csrf=values["csrf"]) if values and "token" in values else None

    def close_state(self, *, state: str, next_path: str) -> str:
        """Return the cookie that a sign-in under way is checked against."""
        return self._close({"state": state, "next": next_path})

    def open_state(self, cookie: str | None) -> tuple[str, str] | None:
        """Return state and the page to go back to, or None."""
        values = self._open(cookie, lifetime=STATE_LIFETIME)
        return (values["state"], values["next"]) if values and "state" in values else None

    def close_stamp(self) -> str:
        """Return a mark of this moment that only this hall can make."""
        return self._close({"stamp": ""})

    def stamp_age(self, stamp: str) -> float | None:
        """Return how many seconds ago `stamp` was made, or None where it is forged or a day old."""
        values = self._open(stamp, lifetime=STAMP_LIFETIME)
        if values is None or "stamp" not in values:
            return None
        return max(0.0, time.time() - self._box.extract_timestamp(stamp))

    def _close(self, values: dict[str, str]) -> str:
        return self._box.encrypt(json.dumps(values).encode()).decode()

    def _open(self, cookie: str | None, *, lifetime: int) -> dict[str, str] | None:
        if not cookie:
            return None
        try:
            opened: dict[str, str] = json.loads(self._box.decrypt(cookie.encode(), ttl=lifetime))
        except (InvalidToken, ValueError):
            return None
        return opened
