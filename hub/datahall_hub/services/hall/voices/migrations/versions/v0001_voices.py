"""Make the tables of voices and of their edits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make both tables; called by alembic."""
    op.create_table(
        "datahall_voices",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("dataset", sa.String(300), index=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("shown_text", sa.Text),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("token", sa.String(64), nullable=False, unique=True),
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
        sa.Column("created", sa.DateTime, nullable=False, index=True),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "datahall_voice_edits",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("voice", sa.Integer, nullable=False, index=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("changes", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drop both tables; called by alembic."""
    op.drop_table("datahall_voice_edits")
    op.drop_table("datahall_voices")
