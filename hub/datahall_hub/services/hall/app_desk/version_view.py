"""A version of an app as pages show it to its author and to reviewers: in words, nothing of strangers unescaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from datahall_hub.app_life.checks.finding import Finding, Place
from datahall_hub.app_life.checks.findings import describe_finding
from datahall_hub.app_life.comments import may_comment
from datahall_hub.app_life.manifest import Manifest
from datahall_hub.app_life.records import AppVersion, Comment, Event
from datahall_hub.app_life.states import Action, Actor, State
from datahall_hub.services.hall.app_desk.desk import CHECK, PROOF, AppDesk
from datahall_hub.services.hall.app_desk.life_words import EVENTS, Standing, find_standing
from datahall_hub.services.hall.app_desk.telling import find_awaited, list_offered
from datahall_hub.services.hall.app_desk.tick_words import tell_claim
from datahall_hub.services.hall.wording import N_, Words

SEVERITIES = ("problem", "not-run", "remark")  # the gravest first
_TOLD_BY_PEOPLE = (Action.SEND_BACK, Action.RETIRE, Action.RESTORE)
_SEEN_IN = {"en": N_("in the English run"), "zh": N_("in the Chinese run")}


@dataclass(frozen=True)
class ToldFinding:
    """What was found, where, and how to mend it."""

    severity: str
    message: str
    mend: str
    place: str
    cell: int  # 0 where it is in none


@dataclass(frozen=True)
class ToldEvent:
    """Something that happened to a version; `by` is empty where the hall itself did it."""

    action: Action
    title: str
    by: str
    at: str
    reason: str
    claims: tuple[str, ...] = ()  # what they said that they had looked at in place of the checks


@dataclass(frozen=True)
class ToldComment:
    """What its author or a reviewer wrote about a version, as they wrote it."""

    by: str
    at: str
    text: str


@dataclass(frozen=True)
class VersionView:
    """One version; texts are in the reader's language, those of its author are as they were written."""

    version: AppVersion
    manifest: Manifest | None  # None where its files are gone
    standing: Standing
    awaited: str | None
    note: str
    actions: tuple[Action, ...]
    findings: tuple[ToldFinding, ...]
    used: tuple[dict[str, str], ...]
    seconds: dict[str, float]
    memory: int | None
    events: tuple[ToldEvent, ...]
    comments: tuple[ToldComment, ...]
    may_comment: bool
    created: str
    since: str  # when it came to stand as it does
    is_own: bool
    no_longer_renders: bool  # though it is published

    @property
    def is_moving(self) -> bool:
        """Whether the hall itself does something with it now."""
        return self.awaited in ("checks", "publishing")

    @property
    def said(self) -> ToldEvent | None:
        """What a person wrote when they moved it to where it stands."""
        last = self.events[-1] if self.events else None
        return last if last is not None and last.reason and last.action in _TOLD_BY_PEOPLE else None

    def title(self, language: str) -> str:
        """Return what its author calls the app."""
        return self.manifest.title[language] if self.manifest else self.version.slug

    def list_findings(self, severity: str) -> list[ToldFinding]:
        """Return the findings of one weight."""
        return [each for each in self.findings if each.severity == severity]

    def may(self, action: str) -> bool:
        """Tell whether the reader may do something with it."""
        return action in self.actions


def view_versions(desk: AppDesk, versions: Iterable[AppVersion], *, actor: Actor, words: Words) -> list[VersionView]:
    """Return versions as `actor` sees them."""
    events: dict[str, list[Event]] = {}
    comments: dict[str, list[Comment]] = {}
    views = []
    for version in versions:
        if version.slug not in events:
            events[version.slug] = desk.book.list_events(version.slug)
            comments[version.slug] = desk.book.list_comments(version.slug)
        own = [event for event in events[version.slug] if event.number == version.number]
        said = [comment for comment in comments[version.slug] if comment.number == version.number]
        views.append(_view(desk, version, own, said, actor=actor, words=words))
    return views


def say_moment(moment: datetime) -> str:
    """Return a time as pages show it."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _view(
    desk: AppDesk,
    version: AppVersion,
    events: Sequence[Event],
    comments: Sequence[Comment],
    *,
    actor: Actor,
    words: Words,
) -> VersionView:
    check = desk.find_record(version, CHECK)
    return VersionView(
        version=version,
        manifest=desk.load_manifest(version),
        standing=find_standing(version, events),
        awaited=find_awaited(version),
        note=desk.notes.get((version.slug, version.number), "") if version.state in _MOVED else "",
        actions=tuple(list_offered(version, actor=actor)),
        findings=_tell_findings(check, words=words),
        used=tuple(check.get("used", ())),
        seconds=dict(check.get("seconds", {})),
        memory=check.get("memory"),
        events=tuple(_tell_event(event, words=words) for event in events),
        comments=tuple(ToldComment(each.by, say_moment(each.at), each.text) for each in comments),
        may_comment=may_comment(version, actor=actor),
        created=say_moment(version.created),
        since=say_moment(events[-1].at if events else version.created),
        is_own=actor.name == version.owner,
        no_longer_renders=_fails_now(desk, version),
    )


def _fails_now(desk: AppDesk, version: AppVersion) -> bool:
    """Return whether a published version did not render when a hall with other libraries made its pages anew."""
    return version.state is State.PUBLISHED and not desk.find_record(version, PROOF).get("renders", True)


_MOVED = (State.SUBMITTED, State.APPROVED)


def _tell_findings(check: dict[str, Any], *, words: Words) -> tuple[ToldFinding, ...]:
    findings = [Finding.model_validate(fields) for fields in check.get("findings", ())]
    findings.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    return tuple(_tell_finding(finding, words=words) for finding in findings)


def _tell_finding(finding: Finding, *, words: Words) -> ToldFinding:
    told = describe_finding(finding, language=words.language)
    place = finding.place
    cell = place.cell if place.cell and place.file == "app.ipynb" else 0
    return ToldFinding(finding.severity, told["message"], told["mend"], _tell_place(place, words=words), cell)


def _tell_place(place: Place, *, words: Words) -> str:
    parts = [_tell_spot(place, words=words)]
    if place.language:
        parts.append(words.text(_SEEN_IN[place.language]))
    return words.text(N_("; ")).join(part for part in parts if part)


def _tell_spot(place: Place, *, words: Words) -> str:
    if place.file == "thumbnail":
        return words.text(N_("the picture"))
    if place.file == "app.yaml":
        return words.text(N_("app.yaml, field {field}"), field=place.field) if place.field else "app.yaml"
    if place.cell and place.line:
        return words.text(N_("cell {cell}, line {line}"), cell=place.cell, line=place.line)
    return words.text(N_("cell {cell}"), cell=place.cell) if place.cell else ""


def _tell_event(event: Event, *, words: Words) -> ToldEvent:
    return ToldEvent(
        action=event.action,
        title=words.text(EVENTS[event.action]),
        by=event.by,
        at=say_moment(event.at),
        reason=event.reason if event.by or not event.reason else words.text(event.reason),  # the hall's own words
        claims=tuple(tell_claim(code, words=words) for code in event.ticks),
    )
