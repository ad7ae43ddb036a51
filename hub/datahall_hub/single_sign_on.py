"""Single sign-on: another service says who somebody is, the hall's own groups say what they may.

Any class of JupyterHub's entry point group ``jupyterhub.authenticators`` can be named by the setting
``authenticator``. Who is let in at all is that class's own configuration (``jupyterhub_config.d``), and by
JupyterHub's default nobody. Here only: which role a newcomer gets, who the admins are, and the hall's pages.
"""

from __future__ import annotations

from typing import Any

from jupyterhub import orm
from jupyterhub.handlers import BaseHandler
from jupyterhub.utils import maybe_future
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from datahall_hub import account_records as records
from datahall_hub.authenticators import find_entry_point
from datahall_hub.class_life.class_book import ensure_class_tables, forget_person
from datahall_hub.roles import ADMIN
from datahall_hub.settings import Settings


def find_authenticator(settings: Settings) -> type[Any]:
    """Return the class that lets people in: the hall's own accounts, or the one that the setting names."""
    entry = find_entry_point(settings)
    if entry is None:
        from datahall_hub.accounts import DatahallAuthenticator

        return DatahallAuthenticator
    return extend_authenticator(entry.load(), settings=settings)


def extend_authenticator(base: type[Any], *, settings: Settings) -> type[Any]:
    """Return `base` with the hall's groups for those who come in, and the hall's pages beside its own."""
    from datahall_hub.accounts import refuse_server

    admins = {name.strip() for name in settings.sign_on_admins.split(",") if name.strip()}

    class SingleSignOn(base):  # type: ignore[misc]  # a class known only now
        """`base`, and the hall's groups."""

        def check_blocked_users(self, username: str, authentication: dict[str, Any] | None = None) -> bool:
            """Refuse names that were deleted, too; called by JupyterHub at each sign-in."""
            deleted = records.is_deleted(self._deprecated_db_session, username)
            return not deleted and bool(super().check_blocked_users(username, authentication))

        def add_user(self, user: Any) -> None:
            """Give a newcomer their role; called by JupyterHub for each new user, and for all when it starts."""
            super().add_user(user)
            orm_user: orm.User = getattr(user, "orm_user", user)
            db = inspect(orm_user).session
            records.ensure_tables(db.get_bind())
            _welcome(orm_user, db=db, is_admin=orm_user.name in admins, role=settings.sign_on_role)

        async def pre_spawn_start(self, user: Any, spawner: Any) -> None:
            """Refuse a server to whoever has no role; called by JupyterHub before each start."""
            refuse_server(user, spawner)
            await maybe_future(super().pre_spawn_start(user, spawner))

        def delete_user(self, user: Any) -> None:
            """Retire the name; called by JupyterHub before it deletes a user."""
            records.retire_name(self._deprecated_db_session, user.name)
            forget_person(self._deprecated_db_session, user.name)
            self._deprecated_db_session.commit()
            super().delete_user(user)

        def get_handlers(self, app: Any) -> list[tuple[str, type[BaseHandler]]]:
            """Return its own pages, the language switch, the API of accounts and that of classes."""
            from datahall_hub import account_api, account_pages, class_api

            records.ensure_tables(self._deprecated_db_session.get_bind())
            ensure_class_tables(self._deprecated_db_session.get_bind())
            ours = [*account_pages.COMMON_HANDLERS, *account_api.HANDLERS, *class_api.HANDLERS]
            return [*super().get_handlers(app), *ours]

    return SingleSignOn


def _welcome(user: orm.User, *, db: Session, is_admin: bool, role: str) -> None:
    held = records.roles_of(user)
    if records.find_record(db, user.name) is None:
        records.ensure_record(db, user.name)
        held = [role] if role else []
    records.set_roles(user, {*held, ADMIN} if is_admin else held, db=db)
    db.commit()
