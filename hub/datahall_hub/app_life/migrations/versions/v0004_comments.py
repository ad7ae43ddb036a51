"""Make room for what authors and reviewers write about a version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table; called by alembic."""
    op.create_table(
        "datahall_app_comments",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("slug", sa.String(60), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Index("datahall_app_comments_of_version", "slug", "number"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Drop the table; called by alembic."""
    op.drop_table("datahall_app_comments")
