"""Who asks: a visitor, or a person whom the hub knows by a token."""

from __future__ import annotations

from dataclasses import dataclass, field

from datahall_hub.roles import ROLES, SCOPE_PREFIX

ROLE_TITLES = {role.id: role.title for role in ROLES}


@dataclass(frozen=True)
class Person:
    """A signed-in person, with the token they came with and the rights which that token carries."""

    name: str
    roles: tuple[str, ...]
    rights: tuple[str, ...]
    token: str = field(repr=False)
    csrf: str = field(default="", repr=False)
    waiting: int = 0  # sign-ups that this person may approve
    voices: int = 0  # reports and requests that this person may answer
    apps: int = 0  # versions of apps that this person may review

    def may(self, right: str) -> bool:
        """Tell whether the person holds `right`, such as ``manage-people``."""
        return right in self.rights


def person_of(model: dict[str, object], *, token: str, csrf: str = "") -> Person | None:
    """Return the person in the hub's answer about a token; None where it belongs to a service."""
    if model.get("kind") != "user":
        return None
    groups, scopes = _words(model, "groups"), _words(model, "scopes")
    return Person(
        name=str(model["name"]),
        roles=tuple(role for role in ROLE_TITLES if role in groups),
        rights=tuple(sorted({s.removeprefix(SCOPE_PREFIX) for s in scopes if s.startswith(SCOPE_PREFIX)})),
        token=token,
        csrf=csrf,
    )


def _words(model: dict[str, object], key: str) -> list[str]:
    value = model.get(key)
    return [str(word) for word in value] if isinstance(value, list) else []
