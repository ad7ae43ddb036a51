"""The pages with which people come in: sign-in, first password, change of password, language (sign-up: `sign_up_page`).

A password that somebody else has set never signs in: it gets a ticket (a signed, short-lived cookie that is
good for nothing but this) to the page that asks for a new one, and only the new one signs in. Every form bears
JupyterHub's form protection; no page redirects to another site.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from jupyterhub import orm
from jupyterhub.handlers import BaseHandler
from jupyterhub.handlers.login import LoginHandler, LogoutHandler
from jupyterhub.user import User
from tornado import web
from tornado.httputil import url_concat

from datahall_hub import account_records as records
from datahall_hub import passwords
from datahall_hub.accounts import KNOWN_COOKIE, KNOWN_DAYS, DatahallAuthenticator, Outcome
from datahall_hub.door import DoorHandler
from datahall_hub.page_templates import language_of, remember_language, translate
from datahall_hub.sign_in_throttle import SIGNED_IN
from datahall_hub.translations import LANGUAGES

HALL = "/services/hall/"
TICKET = "datahall-first-password"
TICKET_DAYS = 10 / 1440  # ten minutes


def _(message: str) -> str:
    """Mark `message` for translation; it is translated when it is shown."""
    return message


SIGN_IN_PROBLEMS = {
    Outcome.WRONG: _("This name and password do not go together."),
    Outcome.BLOCKED: _("Too many wrong attempts. Wait a minute, then try again."),
    Outcome.WAITING: _("Your account waits for approval by an administrator. Try again later."),
}
PASSWORD_RULES = _(
    "At least %(minimum)s characters, at most %(maximum)s bytes (24 Chinese characters); a few words are good. Not "
    "with your user name in it, nor among the first that others would try."
)
PASSWORD_PROBLEMS = {
    "short": _("The password is too short: it needs at least %(minimum)s characters."),
    "long": _("The password is too long: it may have at most %(maximum)s bytes (24 Chinese characters)."),
    "common": _("This password is among the first that others would try. Choose a less common one."),
    "name": _("The password contains your user name. Choose another one."),
}
MISMATCH = _("The two passwords are not the same.")
UNCHANGED = _("The new password is the old one. Choose another one.")
BAD_NAME = _(
    "This user name cannot be used: 1 to 32 letters a–z, Chinese characters, digits, dots, hyphens or "
    "underscores, beginning with a letter or digit."
)
NAME_TAKEN = _("This user name is taken. Choose another one.")


class AccountPage(BaseHandler):  # type: ignore[misc]  # JupyterHub has no types
    """What the pages below share."""

    authenticator: DatahallAuthenticator

    def find_password_problem(self, *, name: str, current: str | None = None) -> str | None:
        """Return what is wrong with the new password in the form, in the reader's language."""
        new, again = self.form_value("new_password"), self.form_value("new_password_again")
        if new != again:
            return translate(self, MISMATCH)
        if new == current:
            return translate(self, UNCHANGED)
        return self.describe_password_problem(new, name=name)

    def describe_password_problem(self, password: str, *, name: str) -> str | None:
        """Return why `password` is refused, in the reader's language."""
        problem = passwords.find_problem(password, name=name)
        return self._with_bounds(PASSWORD_PROBLEMS[problem]) if problem else None

    def _with_bounds(self, message: str) -> str:
        return translate(self, message, minimum=passwords.MINIMUM_LENGTH, maximum=passwords.MAXIMUM_BYTES)

    def form_value(self, name: str) -> str:
        """Return a field of the form exactly as it was typed."""
        return str(self.get_body_argument(name, "", strip=False))

    async def show(self, template: str, *, status: int = 200, **values: Any) -> None:
        """Answer with a page, which tells what a new password must be like before one is typed."""
        self.set_status(status)
        told = {"minimum": passwords.MINIMUM_LENGTH, "password_rules": self._with_bounds(PASSWORD_RULES)}
        self.finish(await self.render_template(template, **told, **values))

    def remember_browser(self, name: str) -> None:
        """Note that `name` has signed in with this browser, so that others' wrong attempts do not keep them out."""
        path = f"{self.hub.base_url}login"
        self._set_cookie(KNOWN_COOKIE, name, encrypted=True, path=path, expires_days=KNOWN_DAYS, samesite="Lax")

    def end_sessions(self, user: User) -> None:
        """Sign `user` out everywhere: browsers at once, the hall and running servers with their next question."""
        user.orm_user.cookie_id = orm.new_token()
        for token in list(user.orm_user.api_tokens):
            if token.client_id != "jupyterhub":  # tokens that the person made by hand stay
                self.db.delete(token)
        self.db.commit()


class SignInHandler(AccountPage, LoginHandler):  # type: ignore[misc]  # JupyterHub has no types
    """The sign-in page; a first password leads to the page that changes it."""

    async def post(self) -> None:
        """Sign in, or say why not."""
        name = self.authenticator.normalize_username(self.form_value("username").strip())
        # A name that cannot be anybody's may be a password in the wrong field: it must not reach the log.
        known = records.find_credentials(self.authenticator.session, name) is not None
        data = {"username": name, "password": self.form_value("password")}
        user = await (self.login_user(data) if known else self._refuse_unknown(data))
        outcome = getattr(self, "sign_in_outcome", Outcome.WRONG)
        if user:
            self._jupyterhub_user = user
            self.remember_browser(user.name)
            self.redirect(self._place_after_sign_in(user))
        elif outcome is Outcome.MUST_CHANGE:
            self._lead_to_first_password(name)
        else:
            self.set_status(429 if outcome is Outcome.BLOCKED else 403)
            problem = translate(self, SIGN_IN_PROBLEMS.get(outcome, SIGN_IN_PROBLEMS[Outcome.WRONG]))
            self.finish(await self._render(problem=problem, username=self.form_value("username")))

    async def _refuse_unknown(self, data: dict[str, str]) -> None:
        self.log.warning("Failed login for a name that has no account")
        await self.authenticator.authenticate(self, data)

    def _lead_to_first_password(self, name: str) -> None:
        self.log.info("accounts: %s came with a password that must be changed first", name)
        ticket = json.dumps({"name": name, "stamp": _stamp(self, name)})
        self._set_cookie(TICKET, ticket, encrypted=True, path=f"{self.hub.base_url}first-password", expires_days=None)
        address = f"{self.hub.base_url}first-password"
        wish = self.get_argument("next", "")
        self.redirect(url_concat(address, {"next": wish}) if wish else address)

    def _place_after_sign_in(self, user: User) -> str:
        return place_after_sign_in(self, user)


class FirstPasswordHandler(AccountPage):
    """Asks for a new password in place of one that somebody else has set, and signs in with the new one."""

    sign_in_place = SIGNED_IN  # whoever holds a ticket has typed the first password

    async def get(self) -> None:
        """Show the form to whoever holds a ticket; send others to the sign-in page."""
        name = self._find_ticket()
        if name is None:
            self.redirect(self.settings["login_url"])
            return
        await self.show("first-password.html", person=name, next=self.get_argument("next", ""))

    async def post(self) -> None:
        """Set the new password and sign in with it."""
        name = self._find_ticket()
        if name is None:
            self.redirect(self.settings["login_url"])
            return
        problem = self.find_password_problem(name=name)
        credentials = records.find_credentials(self.authenticator.session, name)
        new = self.form_value("new_password")
        if problem is None and credentials and await passwords.is_password(new, hashed=credentials.password):
            problem = translate(self, UNCHANGED)
        if problem is None and self._find_ticket() != name:  # used meanwhile by another window
            self.redirect(self.settings["login_url"])
            return
        if problem is not None:
            await self.show(
                "first-password.html", status=422, person=name, problem=problem, next=self.get_argument("next", "")
            )
            return
        await self._choose(name, new)

    async def _choose(self, name: str, password: str) -> None:
        await self.authenticator.choose_password(name, password)
        self.clear_cookie(TICKET, path=f"{self.hub.base_url}first-password")
        self.log.info("accounts: %s has chosen a password", name)
        user = await self.login_user({"username": name, "password": password})
        if user is None:
            raise web.HTTPError(403)
        self._jupyterhub_user = user
        self.remember_browser(user.name)
        self.redirect(place_after_sign_in(self, user))

    def _find_ticket(self) -> str | None:
        raw = self.get_signed_cookie(TICKET, max_age_days=TICKET_DAYS)
        if raw is None:
            return None
        ticket = json.loads(raw)
        name = str(ticket["name"])
        if not records.must_change_password(self.authenticator.session, name):
            return None
        return name if ticket["stamp"] == _stamp(self, name) else None


class ChangePasswordHandler(AccountPage):
    """Lets people change their own password; everywhere else they are signed out then."""

    @web.authenticated
    async def get(self) -> None:
        """Show the form."""
        await self._show_form()

    @web.authenticated
    async def post(self) -> None:
        """Change the password, or say what is wrong."""
        user: User = self.current_user
        current = self.form_value("current_password")
        outcome = await self.authenticator.check_sign_in(user.name, current, place=SIGNED_IN)
        if outcome is not Outcome.ALLOWED:
            message = _("This is not your current password.") if outcome is Outcome.WRONG else SIGN_IN_PROBLEMS[outcome]
            await self._show_form(status=403, problem=translate(self, message))
            return
        problem = self.find_password_problem(name=user.name, current=current)
        if problem is not None:
            await self._show_form(status=422, problem=problem)
            return
        await self.authenticator.choose_password(user.name, self.form_value("new_password"))
        self.end_sessions(user)
        self.set_login_cookie(user)
        self.log.info("accounts: %s has changed their password", user.name)
        await self._show_form(done=True)

    async def _show_form(self, **values: Any) -> None:
        await self.show("change-password.html", **values)


class LanguageHandler(BaseHandler):  # type: ignore[misc]  # JupyterHub has no types
    """Remembers the language somebody chose, and goes back to the page they were on."""

    def get(self, language: str) -> None:
        """Set the cookie; called by the switch in the head of each page."""
        if language not in LANGUAGES:
            raise web.HTTPError(404)
        remember_language(self, language)
        self.redirect(self._validate_next_url(self.get_argument("next", "")) or HALL)


def place_after_sign_in(handler: BaseHandler, user: User) -> str:
    """Return where `user` goes now: where they wanted, else the Lab, else (with no server of their own) the hall."""
    handler._resolve_roles_and_scopes()
    if handler.get_argument("next", "") or handler.has_scope(f"servers!user={user.name}"):
        return str(handler.get_next_url(user))
    return HALL


def _stamp(handler: AccountPage, name: str) -> str:
    credentials = records.find_credentials(handler.authenticator.session, name)
    return hashlib.sha256(credentials.password).hexdigest() if credentials is not None else ""


class SignOutHandler(LogoutHandler):  # type: ignore[misc]  # JupyterHub has no types
    """Signs out, and leads back to the hall: a form that asks to sign in would look like a failure."""

    async def render_logout_page(self) -> None:
        """Lead to the hall; called by JupyterHub when everything else is done."""
        self.redirect(f"{HALL}{language_of(self)}/")


COMMON_HANDLERS: list[tuple[str, type[BaseHandler]]] = [
    (r"/language/([a-z]+)", LanguageHandler),
    (r"/door", DoorHandler),
]
HANDLERS: list[tuple[str, type[BaseHandler]]] = [
    (r"/login", SignInHandler),
    (r"/logout", SignOutHandler),
    (r"/first-password", FirstPasswordHandler),
    (r"/change-password", ChangePasswordHandler),
    *COMMON_HANDLERS,
]
