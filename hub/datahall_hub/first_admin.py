"""The first account: made once, before the hub starts for the first time.

Its random password is kept in a file that only the hall's own user can read until it is changed, so that a
crash between making the account and printing the password loses nothing. JupyterHub's code is loaded only
when there is an account to make: every later start asks the database one question.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, inspect, text

from datahall_hub.home import Home, ensure_home
from datahall_hub.passwords import hash_password_now, make_first_password
from datahall_hub.roles import ADMIN
from datahall_hub.secret_files import ensure_secret
from datahall_hub.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

NAME = "admin"


def ensure_first_admin(settings: Settings) -> str | None:
    """Make ``admin`` where nobody has an account yet, and return the password to print; else return None.

    Called by the supervisor before the hub starts. Where single sign-on is set there is no password to make.
    The account appears whole or not at all; a crash before it appears is mended by the next call.
    """
    home = ensure_home(settings.home)
    url = settings.database_url or f"sqlite:///{home.database}"
    if settings.authenticator != "datahall" or _has_accounts(url):
        return None
    password = ensure_secret(first_password_path(home), make=make_first_password)
    _make_account(url, password=password)
    return password


def first_password_path(home: Home) -> Path:
    """Return the file in which the first password waits until it has been changed."""
    return home.secrets / "first-password"


def _has_accounts(url: str) -> bool:
    # Asked in plain SQL: a database of an older version has accounts, too, and is the hub's to upgrade.
    engine = create_engine(url)
    try:
        if not inspect(engine).has_table("users_info"):
            return False
        with engine.connect() as connection:
            return connection.execute(text("SELECT 1 FROM users_info LIMIT 1")).first() is not None
    finally:
        engine.dispose()


def _make_account(url: str, *, password: str) -> None:
    from jupyterhub import orm

    from datahall_hub.account_records import ensure_tables

    sessions = orm.new_session_factory(url)
    engine = sessions.kw["bind"]
    try:
        ensure_tables(engine)
        with sessions.begin() as db:
            _add_admin(db, hashed=hash_password_now(password))
    finally:
        engine.dispose()


def _add_admin(db: Session, *, hashed: bytes) -> None:
    from jupyterhub import orm

    from datahall_hub import account_records as records

    user = orm.User.find(db, NAME)
    if user is None:
        user = orm.User(name=NAME)
        db.add(user)
    records.add_account(db, NAME, hashed=hashed, authorized=True).must_change_password = True
    records.set_roles(user, [ADMIN], db=db)
