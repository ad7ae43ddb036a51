"""The names that the setting ``authenticator`` may have: the hall's own accounts, and what is installed beside them."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from datahall_hub.failures import RunError
from datahall_hub.operator_words import say
from datahall_hub.settings import Settings

OWN = "datahall"
GROUP = "jupyterhub.authenticators"


def find_entry_point(settings: Settings) -> EntryPoint | None:
    """Return what the setting names, None for the hall's own accounts; nothing is imported.

    Raises
    ------
    RunError
        If it names nothing that is installed; the message lists what is.
    """
    if settings.authenticator == OWN:
        return None
    known = {entry.name: entry for entry in entry_points(group=GROUP)}
    if settings.authenticator not in known:
        raise RunError(
            "no-such-authenticator",
            say(
                "The setting 'authenticator' is '{name}', which is not installed. Choose one of: {known}.",
                name=settings.authenticator,
                known=", ".join([OWN, *sorted(known)]),
            ),
        )
    return known[settings.authenticator]
