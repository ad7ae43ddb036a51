"""Asks for the admin's own password before a change that gives power or takes something from somebody.

A page of a person's own server has the same origin as the hall: its scripts act with the login of whoever visits
it, and read what protects the hall's forms. What they do not have is the visitor's password. It is compared here,
in the hub, through the same throttle as a sign-in, whatever page or program asks.
"""

from __future__ import annotations

from typing import Any

from jupyterhub.handlers import BaseHandler

from datahall_hub.accounts import DatahallAuthenticator, Outcome
from datahall_hub.roles import ADMIN, POWERFUL
from datahall_hub.settings import Settings
from datahall_hub.sign_in_throttle import SIGNED_IN

PROBLEMS = {Outcome.ALLOWED: None, Outcome.BLOCKED: "too-many-attempts"}


def needs_password(before: dict[str, Any], *, authorized: bool, roles: list[str]) -> bool:
    """Say whether changing the entry `before` needs it: giving power, taking the role admin, suspending.

    Whoever is let in again is given the roles they come back with.
    """
    effective = set(before["roles"]) if before["authorized"] else set()
    gained, lost = set(roles) - effective, set(before["roles"]) - set(roles)
    return bool(gained & POWERFUL) or ADMIN in lost or (before["authorized"] and not authorized)


async def find_refusal(handler: BaseHandler, *, given: Any) -> str | None:
    """Return the code of the error with which a change is refused, or None if `given` is the asker's password."""
    if not isinstance(handler.authenticator, DatahallAuthenticator):
        return None if Settings().changes_without_password else "no-password-to-ask"
    if not isinstance(given, str) or not given:
        return "password-needed"
    outcome = await handler.authenticator.check_sign_in(handler.current_user.name, given, place=SIGNED_IN)
    return PROBLEMS.get(outcome, "wrong-password")
