"""Accounts with approval, and what the hub needs to know to let people sign in.

`DatahallAuthenticator` keeps passwords with nativeauthenticator's table and adds what the hall promises: names
that are safe everywhere, no weak password, a pause after wrong attempts, and no way into the hub with a
password that somebody else has set. `configure_accounts` turns settings into JupyterHub's traits.
"""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Any, cast

from jupyterhub.handlers import BaseHandler
from jupyterhub.spawner import Spawner
from jupyterhub.user import User
from nativeauthenticator import NativeAuthenticator
from sqlalchemy.orm import Session
from tornado import web
from traitlets import Unicode
from traitlets.config import Config

from datahall_hub import account_records as records
from datahall_hub.class_life.class_book import ensure_class_tables, forget_person
from datahall_hub.client_addresses import find_client
from datahall_hub.first_admin import ensure_first_admin, first_password_path
from datahall_hub.home import ensure_home
from datahall_hub.page_templates import translate
from datahall_hub.passwords import MINIMUM_LENGTH, hash_password, is_password, nobodys_hash
from datahall_hub.settings import Settings
from datahall_hub.sign_in_throttle import KNOWN_BROWSER, SIGNED_IN, SignInThrottle
from datahall_hub.sign_up_limit import SignUpLimit
from datahall_hub.user_names import is_valid_name, normalize_name

__all__ = ["DatahallAuthenticator", "Outcome", "configure_accounts", "ensure_first_admin"]

TEMPLATES = Path(__file__).parent / "templates"
SHARED_PAGES = Path(__file__).parent / "shared_pages"  # head and foot, which the hall's pages have too
KNOWN_COOKIE = "datahall-signed-in-before"  # signed; names who has signed in with this browser
KNOWN_DAYS = 365
LONGEST_TOKEN = 365 * 86_400  # seconds; a token that is forgotten somewhere ends by itself


def _(message: str) -> str:
    """Mark `message` for translation."""
    return message


NO_SERVER = _("No workbench is started: the account is suspended or has no role. Ask an administrator of this hall.")


class Outcome(Enum):
    """What became of an attempt to sign in."""

    ALLOWED = "allowed"
    WRONG = "wrong"  # no such name, or not its password: the answer does not tell which
    BLOCKED = "blocked"  # too many wrong attempts, wait
    WAITING = "waiting"  # the password is right, but nobody has approved the account yet
    MUST_CHANGE = "must-change"  # the password is right, and good only for choosing another one


class NoServerError(web.HTTPError):
    """Somebody may have no server; JupyterHub shows `jupyterhub_message` on the page."""

    def __init__(self, log_message: str, *, message: str) -> None:
        super().__init__(403, log_message)
        self.jupyterhub_message = message


class DatahallAuthenticator(NativeAuthenticator):  # type: ignore[misc]  # nativeauthenticator has no types
    """Accounts of the hall's own, each approved by an admin."""

    first_password_file = Unicode(
        "", config=True, help="Where the first admin's password waits; removed as soon as it has been changed."
    )

    def __init__(self, **kwargs: Any) -> None:
        # Passed on as `db`, because nativeauthenticator reads it from there and JupyterHub warns about that.
        super().__init__(**kwargs, db=kwargs.get("_deprecated_db_session"))
        self.throttle = SignInThrottle()
        self.sign_ups = SignUpLimit()

    def add_new_table(self) -> None:
        """Create missing tables; called when the hub starts."""
        records.ensure_tables(self.session.get_bind())  # type: ignore[arg-type]  # an engine, never a connection

    @property
    def session(self) -> Session:
        """The hub's own database session: one thread, so no two changes cross each other."""
        return cast(Session, self.db)

    def normalize_username(self, username: str) -> str:
        """Return the name as it is stored; called by JupyterHub wherever a name comes in."""
        return normalize_name(username)

    def validate_username(self, username: str) -> bool:
        """Say whether a normalized name can be somebody's; called by JupyterHub before it makes a user."""
        return is_valid_name(username)

    async def check_sign_in(self, name: str, password: str, *, place: str) -> Outcome:
        """Return what becomes of this name and password, counting wrong attempts from `place`.

        Takes as long for a name that nobody has: a password is compared either way.
        """
        name = self.normalize_username(name)
        if self.throttle.is_blocked(name, place=place):
            return Outcome.BLOCKED
        # Before the slow comparison, so that many attempts at once all count.
        self.throttle.note_failure(name, place=place)
        credentials = records.find_credentials(self.session, name)
        hashed = credentials.password if credentials is not None else nobodys_hash()
        if not await is_password(password, hashed=hashed) or credentials is None:
            return Outcome.WRONG
        self.throttle.forget(name, place=place)
        if not credentials.is_authorized:
            return Outcome.WAITING
        return Outcome.MUST_CHANGE if records.must_change_password(self.session, name) else Outcome.ALLOWED

    async def authenticate(self, handler: BaseHandler, data: dict[str, Any] | None) -> str | None:
        """Return who signs in, or None; called for every way in: the form, and tokens asked for by password."""
        name, password = (data or {}).get("username"), (data or {}).get("password")
        if not isinstance(name, str) or not isinstance(password, str):
            return None
        outcome = await self.check_sign_in(name, password, place=find_place(handler, name=name))
        handler.sign_in_outcome = outcome  # the page says why
        return self.normalize_username(name) if outcome is Outcome.ALLOWED else None

    async def refresh_user(self, user: User, handler: BaseHandler | None = None) -> bool:
        """Say whether `user` may stay signed in; called by JupyterHub every few minutes."""
        credentials = records.find_credentials(self.session, user.name)
        return (
            credentials is not None
            and bool(credentials.is_authorized)
            and not records.must_change_password(self.session, user.name)
        )

    async def pre_spawn_start(self, user: User, spawner: Spawner) -> None:
        """Refuse a server to whoever may not have one; called by JupyterHub before each start, whoever asks."""
        refuse_server(user, spawner)

    async def choose_password(self, name: str, password: str) -> None:
        """Give `name` the password that its owner chose; the caller has checked that it may."""
        hashed = await hash_password(password)
        records.set_password(self.session, name, hashed=hashed)
        self.session.commit()
        self.throttle.forget(name, place=SIGNED_IN)
        if self.first_password_file and name == "admin":
            Path(self.first_password_file).unlink(missing_ok=True)

    def delete_user(self, user: User) -> None:
        """Remove what `user` signs in with and retire the name; called by JupyterHub before it deletes a user."""
        records.retire_name(self.session, user.name)
        forget_person(self.session, user.name)
        self.session.commit()

    def get_handlers(self, app: Any) -> list[tuple[str, type[BaseHandler]]]:
        """Return the pages and the API of accounts; called by JupyterHub when it starts."""
        from datahall_hub import (  # they refer to this class
            account_api,
            account_pages,
            class_api,
            join_page,
            sign_up_page,
        )

        ensure_class_tables(self.session.get_bind())  # type: ignore[arg-type]  # an engine, never a connection
        pages = [*account_pages.HANDLERS, *sign_up_page.HANDLERS, *join_page.HANDLERS]
        return [*pages, *account_api.HANDLERS, *class_api.HANDLERS]


def find_place(handler: BaseHandler, *, name: str) -> str:
    """Return where an attempt to sign in as `name` comes from, for the throttle."""
    own: str | None = getattr(handler, "sign_in_place", None)
    if own is not None:
        return own
    known = handler.get_signed_cookie(KNOWN_COOKIE, max_age_days=KNOWN_DAYS)
    if known is not None and known.decode() == normalize_name(name):
        return KNOWN_BROWSER
    return find_address(handler)


def find_address(handler: BaseHandler) -> str:
    """Return the address that a request comes from."""
    forwarded = handler.request.headers.get("X-Forwarded-For", "")
    return find_client(forwarded, trusted=handler.app.trusted_downstream_ips)


def refuse_server(user: User, spawner: Spawner) -> None:
    """Raise an error that the person can read, unless `user` may have a server."""
    if records.may_have_server(user.db, user.orm_user):
        return
    message = translate(spawner.handler, NO_SERVER) if spawner.handler is not None else NO_SERVER
    raise NoServerError(f"{user.name} may have no server: suspended, or without a role.", message=message)


def configure_accounts(settings: Settings, *, sandbox_warning: str = "") -> Config:
    """Return the traits of JupyterHub that concern signing in and the pages around it."""
    from datahall_hub.single_sign_on import find_authenticator

    return Config(
        {
            "JupyterHub": {
                "authenticator_class": find_authenticator(settings),
                "template_paths": [str(TEMPLATES), str(SHARED_PAGES)],
                "template_vars": {
                    "sandbox_warning": sandbox_warning,
                    "runs_without_walls": settings.unsafe_no_sandbox,
                },
                "jinja_environment_options": {"extensions": ["datahall_hub.page_templates.HallPages"]},
                "token_expires_in_max_seconds": LONGEST_TOKEN,
            },
            "DatahallAuthenticator": {
                "allow_all": True,  # who is approved is nativeauthenticator's table's to say
                "minimum_password_length": MINIMUM_LENGTH,
                "check_common_password": True,
                "first_password_file": str(first_password_path(ensure_home(settings.home))),
            },
        }
    )
