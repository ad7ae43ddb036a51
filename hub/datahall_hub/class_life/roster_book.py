"""Keeps the roster of a class: who is expected, and who of them has joined as whom. The caller commits."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from datahall_hub.class_life.records import RosterEntry, SchoolClass
from datahall_hub.class_life.rosters import Roster, find_entry
from datahall_hub.class_life.tables import people, roster


def replace_roster(db: Session, found: SchoolClass, read: Roster) -> None:
    """Keep a class's roster in place of the one before; who has joined already is found again by name and number."""
    db.execute(sa.delete(roster).where(roster.c.class_id == found.id))
    rows = [{"class_id": found.id, "name": row.name, "number": row.number, "person": ""} for row in read.rows]
    db.execute(sa.insert(roster), rows)
    for each in db.execute(sa.select(people).where(people.c.class_id == found.id)).all():
        claim(db, found.id, person=each.person, name=each.shown_name, number="")


def list_roster(db: Session, class_id: str) -> list[RosterEntry]:
    """Return who is expected in a class, in the order of the roster."""
    rows = db.execute(sa.select(roster).where(roster.c.class_id == class_id).order_by(roster.c.id))
    return [RosterEntry(row.id, row.name, row.number, row.person) for row in rows]


def claim(db: Session, class_id: str, *, person: str, name: str, number: str) -> None:
    """Note whom of the roster somebody is, where that can be told."""
    entries = list_roster(db, class_id)
    if any(entry.person == person for entry in entries):
        return
    entry = find_entry(entries, name=name or person, number=number)
    if entry is not None:
        db.execute(sa.update(roster).where(roster.c.id == entry.id, roster.c.person == "").values(person=person))


def release(db: Session, class_id: str, *, person: str) -> None:
    """Expect somebody anew who is no longer in the class."""
    db.execute(sa.update(roster).where(roster.c.class_id == class_id, roster.c.person == person).values(person=""))
