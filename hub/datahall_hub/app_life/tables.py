"""The tables of apps; `migrations` brings a database to this form. They have names of their own beside the hub's."""

from __future__ import annotations

import sqlalchemy as sa

VERSION_TABLE = "datahall_apps_version"  # the hub's tables have alembic's own in the same database

metadata = sa.MetaData()

apps = sa.Table(
    "datahall_apps",
    metadata,
    sa.Column("slug", sa.String(60), primary_key=True),
    sa.Column("owner", sa.String(100), nullable=False, index=True),  # empty where the app comes with the hall
    sa.Column("created", sa.DateTime, nullable=False),  # UTC
)

versions = sa.Table(
    "datahall_app_versions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("slug", sa.String(60), sa.ForeignKey("datahall_apps.slug"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("state", sa.String(20), nullable=False, index=True),
    sa.Column("digest", sa.String(64), nullable=False),  # sha256 of its files, in hexadecimal digits
    sa.Column("created", sa.DateTime, nullable=False),
    sa.Column("proven", sa.DateTime),  # when it was first published
    sa.Column("revision", sa.Integer, nullable=False),
    sa.UniqueConstraint("slug", "number", name="datahall_app_versions_of_app"),
    sqlite_autoincrement=True,
)

events = sa.Table(
    "datahall_app_events",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("slug", sa.String(60), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("action", sa.String(20), nullable=False),
    sa.Column("origin", sa.String(20), nullable=False),
    sa.Column("target", sa.String(20), nullable=False),
    sa.Column("by", sa.String(100), nullable=False),  # empty where the hall itself did it
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("ticks", sa.Text, nullable=False, server_default=""),  # codes, parted by spaces
    sa.Index("datahall_app_events_of_version", "slug", "number"),
    sqlite_autoincrement=True,
)

comments = sa.Table(
    "datahall_app_comments",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("slug", sa.String(60), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("by", sa.String(100), nullable=False),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Index("datahall_app_comments_of_version", "slug", "number"),
    sqlite_autoincrement=True,
)

checks = sa.Table(
    "datahall_app_checks",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("slug", sa.String(60), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),  # what was found out: `check` or `proof`
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("content", sa.Text, nullable=False),  # JSON
    sa.Index("datahall_app_checks_of_version", "slug", "number"),
    sqlite_autoincrement=True,
)
