"""Apps and versions as the API tells them. Values in, values out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from datahall_hub.app_life.checks.finding import Finding
from datahall_hub.app_life.checks.findings import describe_finding
from datahall_hub.app_life.comments import may_comment
from datahall_hub.app_life.manifest import BilingualText, Manifest
from datahall_hub.app_life.published_apps import PublishedApp
from datahall_hub.app_life.records import AppVersion, Comment, Event
from datahall_hub.app_life.states import Action, Actor, State
from datahall_hub.services.hall.addresses import BASE
from datahall_hub.services.hall.wording import Words

# What people may do over the API; submitting makes a version, the rest is the hall's own.
OFFERED = (
    Action.APPROVE, Action.SEND_BACK, Action.WITHDRAW, Action.ROLL_BACK, Action.RETIRE, Action.RESTORE,
)  # fmt: skip


def tell_app(app: PublishedApp, *, base: str) -> dict[str, Any]:
    """Return what everybody may know of a published app."""
    manifest = app.manifest
    return {
        "slug": app.slug,
        "title": _both(manifest.title),
        "summary": _both(manifest.summary),
        "themes": manifest.themes,
        "goals": manifest.goals,
        "authors": [author.model_dump() for author in manifest.authors],
        "license": manifest.license,
        "version": app.number,
        "published": _time(app.published) if app.published else None,
        "datasets": [use.model_dump() for use in app.list_datasets()],
        "address": f"{base.removesuffix(BASE)}/services/apps/{app.slug}",
        "thumbnail": f"{base}/apps/{app.slug}/thumbnail" if app.picture else None,
        "live_only": app.is_live_only,
    }


def tell_version(
    version: AppVersion,
    *,
    actor: Actor,
    manifest: Manifest | None,
    check: Mapping[str, Any],
    note: str,
    picture: str | None,
    words: Words,
    events: Iterable[Event] = (),
    comments: Iterable[Comment] = (),
    most_comments: int | None = None,
) -> dict[str, Any]:
    """Return what its author and its reviewers may know of a version."""
    return {
        "slug": version.slug,
        "number": version.number,
        "owner": version.owner,
        "state": version.state,
        "created": _time(version.created),
        "revision": version.revision,
        "title": _both(manifest.title) if manifest else {"en": version.slug, "zh": version.slug},
        "actions": list_offered(version, actor=actor),
        "waits_for": find_awaited(version),
        "note": note,
        "findings": [tell_finding(each, words=words) for each in check.get("findings", [])],
        "used": check.get("used", []),
        "thumbnail": picture,
        "events": [_tell_event(event, words=words) for event in events if event.number == version.number],
        "comments": [_tell_comment(each) for each in _last(comments, version.number, most=most_comments)],
        "may_comment": may_comment(version, actor=actor),
    }


def tell_finding(fields: Mapping[str, Any], *, words: Words) -> dict[str, Any]:
    """Return a finding with its words."""
    finding = Finding.model_validate(fields)
    return {
        "code": finding.code,
        "severity": finding.severity,
        **describe_finding(finding, language=words.language),
        "place": finding.place.model_dump(exclude_defaults=True),
    }


def picture_address(version: AppVersion, *, base: str) -> str:
    """Return where the picture of a version is, for those who may see the version."""
    return f"{base}/apps/{version.slug}/versions/{version.number}/picture.png"


def list_offered(version: AppVersion, *, actor: Actor) -> list[Action]:
    """Return what `actor` may do with a version."""
    return [action for action in version.actions_of(actor) if action in OFFERED]


def find_awaited(version: AppVersion) -> str | None:
    """Return what a version waits for: the checks, a reviewer, to be published, or nothing."""
    if version.state is State.APPROVED:
        return "publishing" if version.proven is None else None
    return {State.SUBMITTED: "checks", State.CHECKED: "reviewer"}.get(version.state)


def _tell_event(event: Event, *, words: Words) -> dict[str, Any]:
    reason = event.reason if event.by else words.text(event.reason)  # what the hall itself says
    return {
        "action": event.action,
        "origin": event.origin,
        "target": event.target,
        "by": event.by,
        "at": _time(event.at),
        "reason": reason,
        "ticks": list(event.ticks),
    }


def _last(comments: Iterable[Comment], number: int, *, most: int | None) -> list[Comment]:
    own = [comment for comment in comments if comment.number == number]
    return own if most is None else own[-most:]


def _tell_comment(comment: Comment) -> dict[str, Any]:
    return {"by": comment.by, "at": _time(comment.at), "text": comment.text}


def _both(text: BilingualText) -> dict[str, str]:
    return {"en": text.en, "zh": text.zh}


def _time(time: datetime) -> str:
    return time.replace(tzinfo=UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
