"""Which version is meant where none is named. Pure values: the hall decides whether it may be moved on."""

from __future__ import annotations

from collections.abc import Sequence

from .._messages import N_
from .answers import AppVersions, Event, Version
from .faults import NoSuchChoice

# What a version waits for, of which one that an action is meant for is the only one.
_WAITS = {
    "approve": ("reviewer",),
    "send-back": ("reviewer", "publishing"),
    "withdraw": ("checks", "reviewer"),
}
_NONE = {
    "approve": N_("No version of {slug} waits for a reviewer."),
    "send-back": N_("No version of {slug} waits for a reviewer, or to be published."),
    "withdraw": N_("No version of {slug} waits for its checks or for a reviewer."),
    "retire": N_("No version of {slug} is published, or could be published again."),
    "restore": N_("No version of {slug} has been retired that was published before."),
    "roll-back": N_("No version of {slug} was published before the present one."),
}


def choose_version(app: AppVersions, *, action: str) -> Version:
    """Return the version that `action` is meant for; raise `NoSuchChoice` where there is none, or more than one."""
    found = _find(app.versions, action=action)
    if len(found) == 1:
        return found[0]
    hint = N_("datahall app status {slug} shows how its versions stand.")
    if not found:
        raise NoSuchChoice(_NONE[action], slug=app.slug, hint=hint)
    raise NoSuchChoice(
        N_("More than one version of {slug} can be meant: {numbers}."),
        code="several-versions",
        slug=app.slug,
        numbers=", ".join(str(version.number) for version in found),
        hint=N_("Say its number."),
    )


def _find(versions: Sequence[Version], *, action: str) -> list[Version]:
    if action in _WAITS:
        return [version for version in versions if version.waits_for in _WAITS[action]]
    if action == "retire":
        shown = [version for version in versions if version.state == "published"]
        return shown or [version for version in versions if version.state == "approved"][:1]
    left = {"roll-back": "approved", "restore": "retired"}[action]
    former = [(_last_shown(version), version.number, version) for version in versions if version.state == left]
    return [version for at, _, version in sorted(former, key=lambda each: each[:2]) if at][-1:]


def _last_shown(version: Version) -> str:
    """Return when visitors saw a version for the last time, empty where they never did. Times sort as texts."""
    return max((event.at for event in version.events if _ends_showing(event)), default="")


def _ends_showing(event: Event) -> bool:
    return event.origin == "published" and event.target != "published"
