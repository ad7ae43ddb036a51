"""What the addresses of the account API share: who may call them, what they read and answer, the errors by code."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar, cast

from jupyterhub import orm
from jupyterhub.apihandlers.base import APIHandler
from nativeauthenticator.orm import UserInfo
from tornado import web

from datahall_hub import account_records as records
from datahall_hub.account_pages import BAD_NAME, NAME_TAKEN
from datahall_hub.own_password import find_refusal
from datahall_hub.page_templates import DOMAIN
from datahall_hub.roles import ROLE_IDS, SCOPE_PREFIX
from datahall_hub.translations import LANGUAGES, load_translations

Method = TypeVar("Method", bound=Callable[..., Any])


def _(message: str) -> str:
    """Mark `message` for translation."""
    return message


ERRORS = {
    "bad-request": (400, _("The request is not understood: send a JSON object as the API describes it.")),
    "no-such-account": (404, _("There is no account of this name.")),
    "no-such-role": (422, _("There is no such role. The roles are: %(roles)s.")),
    "bad-name": (422, BAD_NAME),
    "name-taken": (409, NAME_TAKEN),
    "last-admin": (409, _("This is the last administrator. Give somebody else the role first.")),
    "server-busy": (409, _("This person's server is just starting or stopping. Try again in a moment.")),
    "password-needed": (403, _("This change needs your own password.")),
    "wrong-password": (403, _("This is not your own password. Nothing was changed.")),
    "too-many-attempts": (429, _("Too many wrong attempts. Wait a minute, then try again.")),
    "no-password-to-ask": (
        403,
        _(
            "People sign in with another service here, so this change cannot be confirmed with a password. The "
            "operator of the hall can allow it with the setting 'changes_without_password'."
        ),
    ),
    "no-passwords-here": (409, _("People sign in with another service here. Take away their roles instead.")),
}


def managing_people(method: Method) -> Method:
    """Open `method` only to whoever holds the right ``manage-people``, however they have signed in."""

    @wraps(method)
    def guarded(self: AccountApi, *names: str) -> Any:
        if not self.has_scope(f"{SCOPE_PREFIX}manage-people"):
            raise web.HTTPError(403, "This needs the right 'manage-people'.")
        return method(self, *names)

    return cast(Method, guarded)


def describe_account(
    name: str, *, credentials: UserInfo | None, record: records.AccountRecord | None, user: orm.User | None
) -> dict[str, Any]:
    """Return what the people page shows of an account; one without credentials comes by single sign-on."""
    authorized = bool(credentials.is_authorized) if credentials is not None else True
    return {
        "name": name,
        "authorized": authorized,
        "waiting": not authorized and user is None,  # never approved yet, as opposed to shut out later
        "roles": records.roles_of(user),
        "created": f"{record.created.isoformat(timespec='seconds')}Z" if record is not None else None,
        "about": record.about if record is not None else "",
        "must_change_password": record.must_change_password if record is not None else False,
    }


class HallApi(APIHandler):  # type: ignore[misc]  # JupyterHub has no types
    """What addresses of the hall's own in the hub's API share: `errors` are a status and a sentence by code."""

    topic = ""  # with which the lines of the log begin
    errors: Mapping[str, tuple[int, str]] = {}

    def audit(self, what: str, *values: Any) -> None:
        """Write who did what into the hub's log."""
        self.log.info("%s: %s " + what, self.topic, self.current_user.name, *values)

    def fail(self, code: str, **values: Any) -> web.Finish:
        """Answer with an error; raise what this returns."""
        status, message = self.errors[code]
        self.answer_error(code, status=status, message=message, values=values)
        return web.Finish()

    def answer_error(self, code: str, *, status: int, message: str, values: dict[str, Any]) -> None:
        """Write an error in both languages."""
        said = {language: load_translations(DOMAIN, language=language).gettext(message) for language in LANGUAGES}
        said = {language: text % values if values else text for language, text in said.items()}
        self.set_status(status)
        self.write(json.dumps({"status": status, "message": said["en"], "error": {"code": code, "message": said}}))

    def read_body(self) -> dict[str, Any]:
        """Return the JSON object that was sent."""
        try:
            body = self.get_json_body()
        except web.HTTPError:
            body = ()
        if body is None:
            return {}
        if not isinstance(body, dict):
            raise self.fail("bad-request")
        return body


class AccountApi(HallApi):
    """What the addresses of accounts share."""

    topic = "accounts"
    errors = ERRORS

    def read_roles(self, body: dict[str, Any]) -> list[str] | None:
        """Return the roles in the body, None where it says nothing about them."""
        roles = body.get("roles")
        if roles is None:
            return None
        if not isinstance(roles, list) or any(not isinstance(role, str) for role in roles):
            raise self.fail("bad-request")
        if set(roles) - set(ROLE_IDS):
            raise self.fail("no-such-role", roles=", ".join(ROLE_IDS))
        return roles

    def describe(self, name: str) -> dict[str, Any]:
        """Return the entry of `name`."""
        credentials, record = records.find_credentials(self.db, name), records.find_record(self.db, name)
        return describe_account(name, credentials=credentials, record=record, user=orm.User.find(self.db, name))

    def has_account(self, name: str) -> bool:
        """Say whether there is an account or a waiting sign-up of this name."""
        return records.find_credentials(self.db, name) is not None or orm.User.find(self.db, name) is not None

    async def confirm(self, body: dict[str, Any]) -> None:
        """Go on only with the asker's own password; others' requests are answered meanwhile."""
        refusal = await find_refusal(self, given=body.get("password"))
        if refusal is not None:
            raise self.fail(refusal)
