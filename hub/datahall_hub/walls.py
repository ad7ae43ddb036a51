"""Whether the walls stand: what ``sandbox``, ``--unsafe-no-sandbox`` and this machine make of it together.

The spawner, the supervisor, ``status`` and the pages all ask here, so that they say the same.
"""

from __future__ import annotations

from datahall_hub.failures import HallError
from datahall_hub.operator_words import say
from datahall_hub.person_limits import describe_control_groups
from datahall_hub.person_sandbox import find_missing_place
from datahall_hub.sandbox import find_missing_wall
from datahall_hub.settings import Settings

SWITCHED_OFF = "the sandbox is switched off by the option --unsafe-no-sandbox"
# The file system's own quotas are not used.
MEASURED = "off: homes are counted instead, and what goes on writing beyond the quota is ended"


class WallsError(HallError):
    """The hall may not run as it is asked to without walls; the message says why and what to do."""

    code = "walls-missing"


def find_reason_without_walls(settings: Settings) -> str | None:
    """Return None where servers and apps run inside walls, else a sentence that says why they do not."""
    if settings.unsafe_no_sandbox:
        return SWITCHED_OFF
    return find_missing_wall() or find_missing_place(settings.user_id_range.start)


def require_walls(settings: Settings) -> None:
    """Refuse what must not be without walls: the setting ``required``, and whatever lets others in.

    Raises
    ------
    WallsError
        If walls are missing and needed.
    """
    reason = find_reason_without_walls(settings)
    if reason is None:
        return
    if settings.sandbox == "required":
        raise WallsError(say("The sandbox is required, but {reason}.", reason=reason))
    if settings.is_public:
        raise WallsError(
            say(
                "The hall does not listen on {host} where there is no sandbox: {reason}. "
                "Have sandboxes made, or listen on 127.0.0.1.",
                host=settings.host,
                reason=reason,
            )
        )
    if settings.unsafe_no_sandbox and settings.is_shown:
        raise WallsError(
            say(
                "The hall is not opened for {address}: {reason}, which is for this machine alone. "
                "Leave out the option, or the setting 'public_url'.",
                address=settings.address,
                reason=reason,
            )
        )


def describe_walls(settings: Settings) -> dict[str, str]:
    """Return each wall as ``on`` or ``off: why``."""
    reason = find_reason_without_walls(settings)
    stands = "on" if reason is None else f"off: {reason}"
    return {
        "mount": stands,
        "pid": stands,
        "net": stands,
        "seccomp": stands,
        "cgroup": describe_control_groups(),
        "quota": MEASURED if reason is None else f"off: {reason}",
    }
