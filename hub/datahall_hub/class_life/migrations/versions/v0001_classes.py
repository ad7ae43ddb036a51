"""Make the tables of classes, of their people, join codes and rosters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables; called by alembic."""
    op.create_table(
        "datahall_classes",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("begins", sa.Date),
        sa.Column("ends", sa.Date),
        sa.Column("time_zone", sa.String(60), nullable=False),
        sa.Column("datasets", sa.Text, nullable=False),
        sa.Column("memory_limit", sa.Integer),
        sa.Column("allows_nicknames", sa.Boolean, nullable=False),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.Column("archived", sa.DateTime),
    )
    op.create_table(
        "datahall_class_people",
        sa.Column("class_id", sa.String(16), sa.ForeignKey("datahall_classes.id"), primary_key=True),
        sa.Column("person", sa.String(128), primary_key=True, index=True),
        sa.Column("part", sa.String(20), nullable=False),
        sa.Column("shown_name", sa.String(120), nullable=False),
        sa.Column("since", sa.DateTime, nullable=False),
    )
    op.create_table(
        "datahall_class_join_codes",
        sa.Column("code", sa.String(12), primary_key=True),
        sa.Column("class_id", sa.String(16), sa.ForeignKey("datahall_classes.id"), nullable=False, index=True),
        sa.Column("made", sa.DateTime, nullable=False),
        sa.Column("made_by", sa.String(128), nullable=False),
        sa.Column("ends", sa.DateTime, nullable=False),
    )
    op.create_table(
        "datahall_class_roster",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("class_id", sa.String(16), sa.ForeignKey("datahall_classes.id"), nullable=False, index=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("person", sa.String(128), nullable=False),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Drop the tables; called by alembic."""
    for table in ("roster", "join_codes", "people"):
        op.drop_table(f"datahall_class_{table}")
    op.drop_table("datahall_classes")
