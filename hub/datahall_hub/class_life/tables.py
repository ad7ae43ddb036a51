"""The tables of classes, in the hub's database; `migrations` brings a database to this form."""

from __future__ import annotations

import sqlalchemy as sa

VERSION_TABLE = "datahall_classes_version"  # the hub's tables have alembic's own in the same database

metadata = sa.MetaData()

classes = sa.Table(
    "datahall_classes",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("title", sa.String(120), nullable=False),
    sa.Column("begins", sa.Date),  # the first and the last day of lessons, in the class's time zone
    sa.Column("ends", sa.Date),
    sa.Column("time_zone", sa.String(60), nullable=False),  # of the IANA database
    sa.Column("datasets", sa.Text, nullable=False),  # ids, parted by spaces
    sa.Column("memory_limit", sa.Integer),  # MB for each student; none: the hall's
    sa.Column("allows_nicknames", sa.Boolean, nullable=False),
    sa.Column("created", sa.DateTime, nullable=False),  # UTC
    sa.Column("archived", sa.DateTime),
)

people = sa.Table(
    "datahall_class_people",
    metadata,
    sa.Column("class_id", sa.String(16), sa.ForeignKey("datahall_classes.id"), primary_key=True),
    sa.Column("person", sa.String(128), primary_key=True, index=True),  # their user name
    sa.Column("part", sa.String(20), nullable=False),
    sa.Column("shown_name", sa.String(120), nullable=False),
    sa.Column("since", sa.DateTime, nullable=False),
)

join_codes = sa.Table(
    "datahall_class_join_codes",
    metadata,
    sa.Column("code", sa.String(12), primary_key=True),
    sa.Column("class_id", sa.String(16), sa.ForeignKey("datahall_classes.id"), nullable=False, index=True),
    sa.Column("made", sa.DateTime, nullable=False),
    sa.Column("made_by", sa.String(128), nullable=False),
    sa.Column("ends", sa.DateTime, nullable=False),
)

roster = sa.Table(
    "datahall_class_roster",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("class_id", sa.String(16), sa.ForeignKey("datahall_classes.id"), nullable=False, index=True),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("number", sa.String(40), nullable=False),  # the school's own; empty where it gives none
    sa.Column("person", sa.String(128), nullable=False),  # the user name of whoever has joined as this one; else empty
    sqlite_autoincrement=True,
)
