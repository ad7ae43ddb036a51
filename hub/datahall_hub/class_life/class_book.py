"""Keeps classes: asked and changed in the hub's own database session, so that an account and its place in a class
appear together or not at all. The caller commits.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from datahall_hub.class_life.faults import ClassEnded, ClassFull, LastTeacher, NoSuchClass, NoSuchCode, NoSuchPerson
from datahall_hub.class_life.join_codes import DAYS, make_code, read_code
from datahall_hub.class_life.records import STAFF, ClassPerson, ClassPlan, JoinCode, Part, SchoolClass
from datahall_hub.class_life.tables import classes, join_codes, people, roster
from datahall_hub.migrated_database import upgrade_tables

MIGRATIONS = Path(__file__).parent / "migrations"
MOST_STUDENTS = 500  # of one class


def ensure_class_tables(engine: sa.Engine) -> None:
    """Bring the tables of classes to their present form; called when the hub starts."""
    upgrade_tables(engine, migrations=MIGRATIONS)


def make_class(db: Session, plan: ClassPlan, *, by: str, shown_name: str = "") -> SchoolClass:
    """Add a class whose teacher is `by`."""
    made = SchoolClass(id=secrets.token_hex(5), plan=plan, created=utc_now())
    db.execute(sa.insert(classes).values(id=made.id, created=made.created, **_columns(plan)))
    _put(db, made.id, by, part=Part.TEACHER, shown_name=shown_name or by)
    return made


def change_class(db: Session, found: SchoolClass, plan: ClassPlan) -> SchoolClass:
    """Give a class another plan."""
    require_open(found)
    db.execute(sa.update(classes).where(classes.c.id == found.id).values(**_columns(plan)))
    return SchoolClass(id=found.id, plan=plan, created=found.created)


def archive_class(db: Session, found: SchoolClass) -> None:
    """End a class: it can be read, and nobody comes in or is started any longer."""
    require_open(found)
    withdraw_code(db, found)
    db.execute(sa.update(classes).where(classes.c.id == found.id).values(archived=utc_now()))


def list_classes(db: Session, person: str) -> list[tuple[SchoolClass, Part]]:
    """Return the classes that somebody is in, the newest first, and what they are there."""
    question = (
        sa.select(classes, people.c.part)
        .join(people, people.c.class_id == classes.c.id)
        .where(people.c.person == person)
        .order_by(classes.c.created.desc(), classes.c.id)
    )
    return [(_class_of(row), Part(row.part)) for row in db.execute(question)]


def find_class(db: Session, class_id: str, *, person: str) -> tuple[SchoolClass, Part]:
    """Return a class and what `person` is in it.

    Raises
    ------
    NoSuchClass
        If there is none, or they are not in it: the answer does not tell which.
    """
    question = (
        sa.select(classes, people.c.part)
        .join(people, people.c.class_id == classes.c.id)
        .where(classes.c.id == class_id, people.c.person == person)
    )
    row = db.execute(question).first()
    if row is None:
        raise NoSuchClass(class_id)
    return _class_of(row), Part(row.part)


def list_people(db: Session, class_id: str) -> list[ClassPerson]:
    """Return who is in a class: staff first, then students, each by the name that is shown."""
    rows = db.execute(sa.select(people).where(people.c.class_id == class_id))
    found = [ClassPerson(row.person, Part(row.part), row.shown_name, row.since) for row in rows]
    order = list(Part)
    return sorted(found, key=lambda each: (order.index(each.part), each.shown_name.casefold(), each.person))


def renew_code(db: Session, found: SchoolClass, *, by: str, days: int = DAYS) -> JoinCode:
    """Give a class a new join code; the former one opens it no longer."""
    require_open(found)
    withdraw_code(db, found)
    now = utc_now()
    code = JoinCode(make_code(), made=now, ends=now + timedelta(days=days))
    db.execute(sa.insert(join_codes).values(class_id=found.id, made_by=by, **vars(code)))
    return code


def withdraw_code(db: Session, found: SchoolClass) -> None:
    """Let nobody come in by the class's code any longer."""
    db.execute(sa.delete(join_codes).where(join_codes.c.class_id == found.id))


def find_code(db: Session, class_id: str) -> JoinCode | None:
    """Return the code that opens a class now."""
    row = db.execute(
        sa.select(join_codes).where(join_codes.c.class_id == class_id, join_codes.c.ends > utc_now())
    ).first()
    return JoinCode(row.code, row.made, row.ends) if row is not None else None


def find_class_by_code(db: Session, typed: str) -> SchoolClass:
    """Return the class that a join code opens.

    Raises
    ------
    NoSuchCode
        If it opens none: there never was such a code, or it has ended.
    """
    question = (
        sa.select(classes)
        .join(join_codes, join_codes.c.class_id == classes.c.id)
        .where(join_codes.c.code == read_code(typed), join_codes.c.ends > utc_now(), classes.c.archived.is_(None))
    )
    row = db.execute(question).first()
    if row is None:
        raise NoSuchCode
    return _class_of(row)


def join_class(db: Session, found: SchoolClass, *, person: str, shown_name: str) -> Part:
    """Let somebody into a class as a student; whoever is in it stays what they are.

    Raises
    ------
    ClassFull
        If as many students are in it as may be.
    """
    require_open(found)
    known = _find_part(db, found.id, person)
    if known is not None:
        return known
    counted = sa.select(sa.func.count()).where(people.c.class_id == found.id, people.c.part == Part.STUDENT)
    if db.scalars(counted).one() >= MOST_STUDENTS:
        raise ClassFull(found.id)
    _put(db, found.id, person, part=Part.STUDENT, shown_name=shown_name or person)
    return Part.STUDENT


def set_part(db: Session, found: SchoolClass, *, person: str, part: Part) -> None:
    """Make somebody a teacher, an assistant or a student of a class; whoever is not in it comes in.

    Raises
    ------
    LastTeacher
        If nobody would teach the class any longer.
    """
    require_open(found)
    known = _find_part(db, found.id, person)
    if known is None:
        _put(db, found.id, person, part=part, shown_name=person)
        return
    if part is not Part.TEACHER:
        _require_another_teacher(db, found, person)
    db.execute(sa.update(people).where(*_is(found.id, person)).values(part=part))


def remove_person(db: Session, found: SchoolClass, *, person: str) -> None:
    """Take somebody out of a class; their home stays theirs.

    Raises
    ------
    NoSuchPerson
        If they are not in it.
    LastTeacher
        If nobody would teach the class any longer.
    """
    if _find_part(db, found.id, person) is None:
        raise NoSuchPerson(person)
    _require_another_teacher(db, found, person)
    db.execute(sa.delete(people).where(*_is(found.id, person)))


def forget_person(db: Session, person: str) -> None:
    """Take a deleted account out of all classes; the name is never given out again."""
    db.execute(sa.delete(people).where(people.c.person == person))
    db.execute(sa.update(roster).where(roster.c.person == person).values(person=""))


def require_open(found: SchoolClass) -> None:
    """Raise `ClassEnded` if a class has been archived."""
    if found.archived is not None:
        raise ClassEnded(found.id)


def is_staff(part: Part) -> bool:
    """Say whether somebody teaches or helps to."""
    return part in STAFF


def utc_now() -> datetime:
    """Return the time as databases without time zones keep it."""
    return datetime.now(UTC).replace(tzinfo=None)


def _put(db: Session, class_id: str, person: str, *, part: Part, shown_name: str) -> None:
    row = {"class_id": class_id, "person": person, "part": part, "shown_name": shown_name, "since": utc_now()}
    db.execute(sa.insert(people).values(**row))


def _find_part(db: Session, class_id: str, person: str) -> Part | None:
    part = db.scalar(sa.select(people.c.part).where(*_is(class_id, person)))
    return Part(part) if part is not None else None


def _is(class_id: str, person: str) -> Sequence[sa.ColumnElement[bool]]:
    return people.c.class_id == class_id, people.c.person == person


def _require_another_teacher(db: Session, found: SchoolClass, person: str) -> None:
    teachers = set(
        db.scalars(sa.select(people.c.person).where(people.c.class_id == found.id, people.c.part == Part.TEACHER))
    )
    if teachers == {person}:
        raise LastTeacher(found.id)


def _columns(plan: ClassPlan) -> dict[str, Any]:
    return {**vars(plan), "datasets": " ".join(plan.datasets)}


def _class_of(row: Any) -> SchoolClass:
    plan = ClassPlan(
        title=row.title,
        begins=row.begins,
        ends=row.ends,
        time_zone=row.time_zone,
        datasets=tuple(row.datasets.split()),
        memory_limit=row.memory_limit,
        allows_nicknames=row.allows_nicknames,
    )
    return SchoolClass(id=row.id, plan=plan, created=row.created, archived=row.archived)
