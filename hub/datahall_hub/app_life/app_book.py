"""Keeps apps, their versions and the record of what happened to them. One per hall; any thread may call.

Whether a version may be moved on is read off `states`; the database refuses the second of two who do so at once.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from datahall_hub.app_life.comments import add_comment, list_comments
from datahall_hub.app_life.faults import (
    AppLifeError,
    NoSuchVersion,
    NotAllowed,
    NothingNew,
    OutdatedChange,
    ReasonMissing,
    TickMissing,
    TooManyWaiting,
    WrongState,
)
from datahall_hub.app_life.records import AppVersion, Comment, Event
from datahall_hub.app_life.states import HALL, TRANSITIONS, Action, Actor, State, Transition
from datahall_hub.app_life.tables import apps, checks, events, versions
from datahall_hub.app_life.ticks import list_missing_ticks, list_needed_ticks
from datahall_hub.migrated_database import open_database

MIGRATIONS = Path(__file__).parent / "migrations"
CHECK = "check"  # the kind of record that says what the checks found
MOST_WAITING = 5  # of one person's versions for their checks; each may take minutes, and others wait meanwhile
LONGEST_REASON = 4_000  # characters
_ENDED = (State.DRAFT, State.RETIRED)  # in which a version keeps nobody from submitting the same files again


class AppBook:
    """All apps of a hall."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._changing = threading.Lock()
        self._engine: sa.Engine | None = None

    def submit(self, slug: str, *, digest: str, actor: Actor) -> AppVersion:
        """Make the next version of an app, of which `digest` names the files, and submit it; the first makes the app.

        Raises
        ------
        NotAllowed
            If the app is somebody else's, or the person may not submit apps.
        NothingNew
            If the same files are a version already that waits, is approved or published.
        """
        with self._change(slug, Action.SUBMIT) as connection:
            if self._check_may_submit(connection, slug, actor) is None:
                connection.execute(sa.insert(apps).values(slug=slug, owner=actor.name, created=_now()))
            number = self._next_number(connection, slug, digest)
            row = {"slug": slug, "number": number, "digest": digest, "created": _now(), "revision": 0}
            connection.execute(sa.insert(versions).values(**row, state=State.DRAFT))
            return self._act(connection, slug, number, Action.SUBMIT, actor, reason="", revision=None)

    def check_may_submit(self, slug: str, *, actor: Actor) -> None:
        """Raise `NotAllowed` where somebody may not submit a version of an app."""
        with self._open() as connection:
            self._check_may_submit(connection, slug, actor)

    def act(
        self,
        slug: str,
        number: int,
        action: Action,
        *,
        actor: Actor,
        reason: str = "",
        revision: int | None = None,
        ticks: Collection[str] = (),
    ) -> AppVersion:
        """Move a version on; what stands at `revision` only, where one is given.

        `ticks` name what the checks could not try, and the actor has looked at; they stay on record.

        Publishing takes the place of the version that was published until then; retiring takes back whatever of the
        app could be published again.

        Raises
        ------
        NoSuchVersion, NotAllowed, WrongState, ReasonMissing, TickMissing, OutdatedChange
        """
        with self._change(slug, action) as connection:
            return self._act(connection, slug, number, action, actor, reason=reason, revision=revision, ticks=ticks)

    def get(self, slug: str, number: int) -> AppVersion:
        """Return a version; raise `NoSuchVersion`."""
        with self._open() as connection:
            return self._get(connection, slug, number)

    def list_versions(self, slug: str) -> list[AppVersion]:
        """Return the versions of an app, the newest first."""
        return self._list(versions.c.slug == slug)

    def list_in(self, states: Sequence[State]) -> list[AppVersion]:
        """Return all versions in one of `states`, those that wait longest first."""
        return self._list(versions.c.state.in_(states))[::-1]

    def list_of(self, owner: str) -> list[AppVersion]:
        """Return all versions of somebody's apps, the newest first."""
        return self._list(apps.c.owner == owner)

    def find_published(self, slug: str) -> AppVersion | None:
        """Return the version that visitors see."""
        found = self._list(versions.c.slug == slug, versions.c.state == State.PUBLISHED)
        return found[0] if found else None

    def list_events(self, slug: str) -> list[Event]:
        """Return what happened to an app, the first first."""
        query = sa.select(events).where(events.c.slug == slug).order_by(events.c.id)
        with self._open() as connection:
            return [_event(row) for row in connection.execute(query).mappings()]

    def comment(self, slug: str, number: int, text: str, *, actor: Actor) -> Comment:
        """Keep what somebody writes about a version; the version stays as it is.

        Raises
        ------
        NoSuchVersion, NotAllowed, CommentMissing, TooManyComments
        """
        with self._changing, self._open() as connection:
            return add_comment(connection, self._get(connection, slug, number), text, actor=actor, at=_now())

    def list_comments(self, slug: str) -> list[Comment]:
        """Return what was written about an app, the first first."""
        with self._open() as connection:
            return list_comments(connection, slug)

    def note_check(self, slug: str, number: int, kind: str, content: Mapping[str, Any]) -> None:
        """Keep what was found out about a version; what was found out before stays on record."""
        row = {"slug": slug, "number": number, "kind": kind, "at": _now(), "content": json.dumps(content)}
        with self._changing, self._open() as connection:
            connection.execute(sa.insert(checks).values(**row))

    def find_check(self, slug: str, number: int, kind: str) -> dict[str, Any] | None:
        """Return what was found out last about a version."""
        with self._open() as connection:
            return _find_check(connection, slug, number, kind)

    def close(self) -> None:
        """Close the connections; called when the hall stops."""
        if self._engine is not None:
            self._engine.dispose()

    def _check_may_submit(self, connection: sa.Connection, slug: str, actor: Actor) -> str | None:
        """Return whose app it is, None where it is nobody's yet; raise `NotAllowed` or `TooManyWaiting`."""
        owner = connection.scalar(sa.select(apps.c.owner).where(apps.c.slug == slug))
        if not actor.find_parts(owner=actor.name if owner is None else owner) & TRANSITIONS[Action.SUBMIT].parts:
            raise NotAllowed(slug, action=Action.SUBMIT)
        waiting = sa.select(sa.func.count()).select_from(versions.join(apps, versions.c.slug == apps.c.slug))
        own = waiting.where(apps.c.owner == actor.name, versions.c.state == State.SUBMITTED)
        if actor != HALL and (connection.scalar(own) or 0) >= MOST_WAITING:
            raise TooManyWaiting(slug, action=Action.SUBMIT)
        return owner

    def _act(
        self,
        connection: sa.Connection,
        slug: str,
        number: int,
        action: Action,
        actor: Actor,
        *,
        reason: str,
        revision: int | None,
        ticks: Collection[str] = (),
    ) -> AppVersion:
        version, transition = self._get(connection, slug, number), TRANSITIONS[action]
        _check(version, transition, actor, reason=reason.strip())
        if revision is not None and revision != version.revision:
            raise OutdatedChange(slug, number, action=action)
        ticks = _take_ticks(connection, version, ticks) if transition.needs_ticks else ()
        if transition.target is State.PUBLISHED:
            for other in self._list_other(connection, version, State.PUBLISHED):
                self._move(connection, other, TRANSITIONS[Action.REPLACE], HALL, reason="")
        if action is Action.RETIRE:
            for other in self._list_other(connection, version, State.PUBLISHED, State.APPROVED):
                self._move(connection, other, transition, actor, reason=reason)
        self._move(connection, version, transition, actor, reason=reason, ticks=ticks)
        return self._get(connection, slug, number)

    def _move(
        self,
        connection: sa.Connection,
        version: AppVersion,
        transition: Transition,
        actor: Actor,
        *,
        reason: str,
        ticks: Collection[str] = (),
    ) -> None:
        """Write the new state, unless somebody was quicker, and the record of it."""
        at = _now()
        values: dict[str, Any] = {"state": transition.target, "revision": version.revision + 1}
        if transition.target is State.PUBLISHED and version.proven is None:
            values["proven"] = at
        where = (versions.c.slug == version.slug, versions.c.number == version.number)
        update = sa.update(versions).where(*where, versions.c.revision == version.revision)
        if connection.execute(update.values(**values)).rowcount != 1:
            raise OutdatedChange(version.slug, version.number, action=transition.action)
        connection.execute(
            sa.insert(events).values(
                slug=version.slug,
                number=version.number,
                action=transition.action,
                origin=version.state,
                target=transition.target,
                by=actor.name,
                at=at,
                reason=reason.strip()[:LONGEST_REASON],
                ticks=" ".join(ticks),
            )
        )

    def _next_number(self, connection: sa.Connection, slug: str, digest: str) -> int:
        query = sa.select(versions.c.number, versions.c.digest, versions.c.state).where(versions.c.slug == slug)
        known = connection.execute(query.order_by(versions.c.number.desc())).all()
        for number, other, state in known:
            if other == digest and State(state) not in _ENDED:
                raise NothingNew(slug, number, action=Action.SUBMIT)
        return int(known[0].number) + 1 if known else 1

    def _get(self, connection: sa.Connection, slug: str, number: int) -> AppVersion:
        query = _SELECT.where(versions.c.slug == slug, versions.c.number == number)
        row = connection.execute(query).mappings().first()
        if row is None:
            raise NoSuchVersion(slug, number)
        return _version(row)

    def _list_other(self, connection: sa.Connection, version: AppVersion, *states: State) -> list[AppVersion]:
        query = _SELECT.where(
            versions.c.slug == version.slug, versions.c.number != version.number, versions.c.state.in_(states)
        )
        return [_version(row) for row in connection.execute(query).mappings()]

    def _list(self, *conditions: sa.ColumnElement[bool]) -> list[AppVersion]:
        with self._open() as connection:
            rows = connection.execute(_SELECT.where(*conditions).order_by(versions.c.id.desc())).mappings()
            return [_version(row) for row in rows]

    @contextmanager
    def _change(self, slug: str, action: Action) -> Iterator[sa.Connection]:
        """Give a connection to one who writes at a time: SQLite refuses who has read before another wrote."""
        try:
            with self._changing, self._open() as connection:
                yield connection
        except sa.exc.IntegrityError as error:  # another process was quicker
            raise OutdatedChange(slug, action=action) from error

    @contextmanager
    def _open(self) -> Iterator[sa.Connection]:
        with self._lock:
            if self._engine is None:
                self._engine = open_database(self._url, migrations=MIGRATIONS)
        with self._engine.begin() as connection:
            yield connection


_SELECT = sa.select(versions, apps.c.owner).join(apps, apps.c.slug == versions.c.slug)


def _check(version: AppVersion, transition: Transition, actor: Actor, *, reason: str) -> None:
    """Raise what keeps `actor` from taking an action, the gravest first: who may not is told nothing more."""
    fault: type[AppLifeError] | None = None
    is_theirs = actor.find_parts(owner=version.owner) & transition.parts
    if not is_theirs or (transition.only_shipped and not version.is_shipped):
        fault = NotAllowed
    elif version.state not in transition.origins or (transition.needs_proof and version.proven is None):
        fault = WrongState
    elif transition.needs_reason and not reason:
        fault = ReasonMissing
    if fault is not None:
        raise fault(version.slug, version.number, action=transition.action)


def _take_ticks(connection: sa.Connection, version: AppVersion, ticks: Collection[str]) -> list[str]:
    """Return the ticks that a version needs, and no others; raise `TickMissing`."""
    check = _find_check(connection, version.slug, version.number, CHECK)
    if missing := list_missing_ticks(check, ticks):
        raise TickMissing(version.slug, version.number, action=Action.APPROVE, missing=missing)
    return list_needed_ticks(check)


def _find_check(connection: sa.Connection, slug: str, number: int, kind: str) -> dict[str, Any] | None:
    """Return what was found out last about a version."""
    where = (checks.c.slug == slug, checks.c.number == number, checks.c.kind == kind)
    content = connection.scalar(sa.select(checks.c.content).where(*where).order_by(checks.c.id.desc()).limit(1))
    found: dict[str, Any] | None = json.loads(content) if content is not None else None
    return found


def _version(row: Any) -> AppVersion:
    values = {key: value for key, value in row.items() if key != "id"}
    return AppVersion(**values | {"state": State(row["state"])})


def _event(row: Any) -> Event:
    values = {key: value for key, value in row.items() if key != "id"}
    states = {key: State(row[key]) for key in ("origin", "target")}
    return Event(**values | states | {"action": Action(row["action"]), "ticks": tuple(row["ticks"].split())})


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
