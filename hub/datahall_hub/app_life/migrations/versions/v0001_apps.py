"""Make the tables of apps, of their versions and of what happened to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables; called by alembic."""
    op.create_table(
        "datahall_apps",
        sa.Column("slug", sa.String(60), primary_key=True),
        sa.Column("owner", sa.String(100), nullable=False, index=True),
        sa.Column("created", sa.DateTime, nullable=False),
    )
    op.create_table(
        "datahall_app_versions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("slug", sa.String(60), sa.ForeignKey("datahall_apps.slug"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False, index=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.Column("proven", sa.DateTime),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.UniqueConstraint("slug", "number", name="datahall_app_versions_of_app"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "datahall_app_events",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("slug", sa.String(60), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("origin", sa.String(20), nullable=False),
        sa.Column("target", sa.String(20), nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Index("datahall_app_events_of_version", "slug", "number"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Drop the tables; called by alembic."""
    op.drop_table("datahall_app_events")
    op.drop_table("datahall_app_versions")
    op.drop_table("datahall_apps")
