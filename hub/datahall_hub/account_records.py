"""What the hall knows about accounts beyond JupyterHub and nativeauthenticator, and questions over all three.

One small table of our own beside theirs, in the same database: whether a password must be changed, since when
an account exists, what its owner wrote about themself, who set its password, and which names were deleted. A
deleted name is never given out again, because a home folder, apps and citations bear it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from jupyterhub import orm
from nativeauthenticator.orm import UserInfo
from sqlalchemy import Engine, String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from datahall_hub.roles import ADMIN, OWN_SERVER_RIGHT, ROLE_IDS


class _Base(DeclarativeBase):
    pass


class AccountRecord(_Base):
    """One name that has, had or asks for an account."""

    __tablename__ = "datahall_accounts"

    name: Mapped[str] = mapped_column(String(128), primary_key=True)
    created: Mapped[datetime] = mapped_column(default=lambda: utc_now())
    about: Mapped[str] = mapped_column(String(500), default="")
    must_change_password: Mapped[bool] = mapped_column(default=False)
    password_set_by: Mapped[str] = mapped_column(String(128), default="")  # an admin; empty means the person
    password_set_at: Mapped[datetime | None] = mapped_column(default=None)
    deleted: Mapped[datetime | None] = mapped_column(default=None)


def utc_now() -> datetime:
    """Return the time as databases without time zones keep it."""
    return datetime.now(UTC).replace(tzinfo=None)


def ensure_tables(engine: Engine) -> None:
    """Create our table and nativeauthenticator's where they are missing."""
    _Base.metadata.create_all(engine)
    UserInfo.metadata.create_all(engine, tables=[UserInfo.__table__])


def find_record(db: Session, name: str) -> AccountRecord | None:
    """Return the record of `name`, if there is one; accounts of single sign-on may have none."""
    return db.get(AccountRecord, name)


def ensure_record(db: Session, name: str) -> AccountRecord:
    """Return the record of `name`, adding it where it is missing; the caller commits."""
    record = find_record(db, name)
    if record is None:
        record = AccountRecord(name=name, created=utc_now(), about="", must_change_password=False, password_set_by="")
        db.add(record)
        db.flush()
    return record


def find_credentials(db: Session, name: str) -> UserInfo | None:
    """Return the name's password hash and approval, if it has an account with a password."""
    return db.scalars(select(UserInfo).where(UserInfo.username == name)).first()


def is_taken(db: Session, name: str) -> bool:
    """Say whether `name` belongs to somebody, waits for approval, or once belonged to somebody."""
    record = find_record(db, name)
    return (
        find_credentials(db, name) is not None
        or orm.User.find(db, name) is not None
        or (record is not None and record.deleted is not None)
    )


def is_deleted(db: Session, name: str) -> bool:
    """Say whether `name` was given back and may not be used again."""
    record = find_record(db, name)
    return record is not None and record.deleted is not None


def must_change_password(db: Session, name: str) -> bool:
    """Say whether the next sign-in of `name` has to set a new password first."""
    record = find_record(db, name)
    return record is not None and record.must_change_password


def retire_name(db: Session, name: str) -> None:
    """Take away what `name` signs in with, and keep the name from ever being used again. The caller commits."""
    credentials = find_credentials(db, name)
    if credentials is not None:
        db.delete(credentials)
    record = ensure_record(db, name)
    record.deleted, record.about = utc_now(), ""


def find_waiting(db: Session) -> frozenset[str]:
    """Return the names that may not sign in: sign-ups that wait for approval, and people who were suspended."""
    return frozenset(db.scalars(select(UserInfo.username).where(UserInfo.is_authorized.is_(False))))


def add_account(db: Session, name: str, *, hashed: bytes, authorized: bool, about: str = "") -> AccountRecord:
    """Add credentials and record of a new `name`; the caller has checked it, and commits."""
    db.add(UserInfo(username=name, password=hashed, is_authorized=authorized))
    record = ensure_record(db, name)
    record.about = about
    return record


def set_password(db: Session, name: str, *, hashed: bytes, set_by: str = "") -> None:
    """Give `name` another password; one that an admin set (`set_by`) must be changed. The caller commits."""
    credentials = find_credentials(db, name)
    if credentials is None:
        raise LookupError(f"{name} has no password here, so it cannot be changed.")
    credentials.password = hashed
    record = ensure_record(db, name)
    record.must_change_password = bool(set_by)
    # An admin's name stays when the person chooses a password, so that they see what happened before.
    if set_by:
        record.password_set_by, record.password_set_at = set_by, utc_now()


def set_roles(user: orm.User, roles: Iterable[str], *, db: Session) -> None:
    """Put `user` into the groups of `roles` and out of the other roles' groups; other groups stay. Commits not."""
    kept = [group for group in user.groups if group.name not in ROLE_IDS]
    user.groups = [*kept, *(_ensure_group(db, role) for role in ROLE_IDS if role in set(roles))]


def roles_of(user: orm.User | None) -> list[str]:
    """Return the roles of `user`, in the order of the table."""
    names = {group.name for group in user.groups} if user is not None else set()
    return [role for role in ROLE_IDS if role in names]


def may_have_server(db: Session, user: orm.User) -> bool:
    """Say whether a server of `user` may start or run: the account may sign in, and a role gives the right."""
    may_come_in = not is_deleted(db, user.name) and _may_sign_in(db, user.name)
    return may_come_in and not OWN_SERVER_RIGHT.holders.isdisjoint(roles_of(user))


def is_last_admin(db: Session, name: str) -> bool:
    """Say whether `name` is the only admin who can sign in."""
    group = orm.Group.find(db, ADMIN)
    admins = {user.name for user in group.users if _may_sign_in(db, user.name)} if group is not None else set()
    return admins == {name}


def _may_sign_in(db: Session, name: str) -> bool:
    credentials = find_credentials(db, name)
    return credentials is None or bool(credentials.is_authorized)


def _ensure_group(db: Session, name: str) -> orm.Group:
    group = orm.Group.find(db, name)
    if group is None:
        group = orm.Group(name=name)
        db.add(group)
    return group
