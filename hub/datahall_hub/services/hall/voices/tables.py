"""The tables of voices; `migrations` brings a database to this form. They have names of their own beside the hub's."""

from __future__ import annotations

import sqlalchemy as sa

VERSION_TABLE = "datahall_voices_version"  # the hub's tables have alembic's own in the same database

metadata = sa.MetaData()

voices = sa.Table(
    "datahall_voices",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("dataset", sa.String(300), index=True),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("shown_text", sa.Text),
    sa.Column("language", sa.String(2), nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("email", sa.String(254), nullable=False),
    sa.Column("token", sa.String(64), nullable=False, unique=True),  # a hash of it
    sa.Column("state", sa.String(20), nullable=False, index=True),
    sa.Column("reason", sa.String(20), nullable=False),
    sa.Column("version", sa.String(60), nullable=False),
    sa.Column("duplicate_of", sa.Integer),
    sa.Column("opened_as", sa.String(300), nullable=False),
    sa.Column("answer_en", sa.Text, nullable=False),
    sa.Column("answer_zh", sa.Text, nullable=False),
    sa.Column("findings", sa.String(200), nullable=False),
    sa.Column("supports", sa.Integer, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("created", sa.DateTime, nullable=False, index=True),  # UTC
    sqlite_autoincrement=True,  # a number is never given out again
)

edits = sa.Table(
    "datahall_voice_edits",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("voice", sa.Integer, nullable=False, index=True),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("by", sa.String(100), nullable=False),
    sa.Column("changes", sa.Text, nullable=False),
)
