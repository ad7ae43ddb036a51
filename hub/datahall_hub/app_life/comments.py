"""What authors and reviewers write about a version beside their decisions; it stays, and moves nothing on."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from datahall_hub.app_life.faults import AppLifeError, CommentMissing, NotAllowed, TooManyComments
from datahall_hub.app_life.records import AppVersion, Comment
from datahall_hub.app_life.states import COMMENTERS, Actor
from datahall_hub.app_life.tables import comments

LONGEST_COMMENT = 2_000  # characters
MOST_COMMENTS = 50  # of one person about one version, so that nobody takes the word from others


def may_comment(version: AppVersion, *, actor: Actor) -> bool:
    """Tell whether somebody may write about a version: its author, and whoever reviews it."""
    return bool(actor.find_parts(owner=version.owner) & COMMENTERS)


def add_comment(connection: sa.Connection, version: AppVersion, text: str, *, actor: Actor, at: datetime) -> Comment:
    """Keep what somebody writes about a version, in any state of it.

    Raises
    ------
    NotAllowed, CommentMissing, TooManyComments
    """
    fault: type[AppLifeError] | None = None
    if not may_comment(version, actor=actor):
        fault = NotAllowed
    elif not any(sign.isprintable() and not sign.isspace() for sign in text):
        fault = CommentMissing
    elif _count_comments(connection, version, by=actor.name) >= MOST_COMMENTS:
        fault = TooManyComments
    if fault is not None:
        raise fault(version.slug, version.number)
    comment = Comment(version.slug, version.number, actor.name, at, text.strip()[:LONGEST_COMMENT])
    connection.execute(sa.insert(comments).values(**vars(comment)))
    return comment


def list_comments(connection: sa.Connection, slug: str, number: int | None = None) -> list[Comment]:
    """Return what was written about an app, or about one version of it, the first first."""
    query = sa.select(comments).where(comments.c.slug == slug).order_by(comments.c.id)
    if number is not None:
        query = query.where(comments.c.number == number)
    rows = connection.execute(query).mappings()
    return [Comment(row["slug"], row["number"], row["by"], row["at"], row["text"]) for row in rows]


def _count_comments(connection: sa.Connection, version: AppVersion, *, by: str) -> int:
    query = sa.select(sa.func.count()).where(
        comments.c.slug == version.slug, comments.c.number == version.number, comments.c.by == by
    )
    return int(connection.scalar(query) or 0)
