"""The API with which the hall's people page approves sign-ups, gives roles, resets passwords, deletes accounts.

JSON, for whoever holds the right ``manage-people``, with their own token. What gives power or takes something
from somebody needs the asker's own password as well, in the field ``password`` (`own_password` says why). Each
change writes one line into the hub's log: who did what to whom. The last admin who can sign in stays one. Errors
bear a stable code and a message in both languages.
"""

from __future__ import annotations

import json
from typing import Any

from jupyterhub import orm
from jupyterhub.apihandlers.base import APIHandler
from nativeauthenticator.orm import UserInfo
from sqlalchemy import select
from sqlalchemy.orm import selectinload
from tornado import web

from datahall_hub import account_records as records
from datahall_hub import passwords
from datahall_hub.account_pages import PASSWORD_PROBLEMS
from datahall_hub.account_requests import AccountApi, describe_account, managing_people
from datahall_hub.own_password import needs_password
from datahall_hub.roles import DEFAULT_ROLE
from datahall_hub.shutting_out import end_server, shut_out
from datahall_hub.user_names import is_valid_name, normalize_name


class AccountListHandler(AccountApi):
    """All accounts, and new ones."""

    @managing_people
    async def get(self) -> None:
        """List accounts and waiting sign-ups, sorted by name."""
        # Three questions for all, whatever their number: the hub answers nobody else meanwhile.
        credentials = {row.username: row for row in self.db.scalars(select(UserInfo))}
        known = {row.name: row for row in self.db.scalars(select(records.AccountRecord))}
        users = {row.name: row for row in self.db.scalars(select(orm.User).options(selectinload(orm.User.groups)))}
        entries = [
            describe_account(name, credentials=credentials.get(name), record=known.get(name), user=users.get(name))
            for name in sorted({*credentials, *users})
        ]
        self.write(json.dumps(entries))

    @managing_people
    async def post(self) -> None:
        """Make an account; its password must be changed at the first sign-in."""
        body = self.read_body()
        name, given = normalize_name(str(body.get("name", ""))), body.get("first_password")
        roles = self.read_roles(body) or [DEFAULT_ROLE]
        self._check_new(name, given)
        if needs_password({"authorized": False, "roles": []}, authorized=True, roles=roles):
            await self.confirm(body)
        password = given or passwords.make_first_password()
        hashed = await passwords.hash_password(password)
        if records.is_taken(self.db, name):
            raise self.fail("name-taken")
        records.add_account(self.db, name, hashed=hashed, authorized=True)
        records.set_password(self.db, name, hashed=hashed, set_by=self.current_user.name)
        user = self.user_from_username(name)
        records.set_roles(user.orm_user, roles, db=self.db)
        self.db.commit()
        self.audit("made the account %s with the roles %s", name, ", ".join(roles))
        self.set_status(201)
        self.write(json.dumps({**self.describe(name), "password": password}))

    def _check_new(self, name: str, given: Any) -> None:
        if self.authenticator.login_service:
            raise self.fail("no-passwords-here")
        if given is not None and not isinstance(given, str):
            raise self.fail("bad-request")
        if not is_valid_name(name):
            raise self.fail("bad-name")
        if records.is_taken(self.db, name):
            raise self.fail("name-taken")
        problem = passwords.find_problem(given, name=name) if given else None
        if problem is not None:
            values = {"minimum": passwords.MINIMUM_LENGTH, "maximum": passwords.MAXIMUM_BYTES}
            self.answer_error("weak-password", status=422, message=PASSWORD_PROBLEMS[problem], values=values)
            raise web.Finish


class AccountHandler(AccountApi):
    """One account."""

    @managing_people
    async def get(self, name: str) -> None:
        """Return its entry."""
        self._check(name)
        self.write(json.dumps(self.describe(name)))

    @managing_people
    async def post(self, name: str) -> None:
        """Approve or shut out, give or take roles; what the body does not name stays."""
        self._check(name)
        body = self.read_body()
        before, authorized, roles = self._plan(name, body)
        if needs_password(before, authorized=authorized, roles=roles):
            await self.confirm(body)
            self._check(name)  # again: somebody else may have changed it meanwhile
            before, authorized, roles = self._plan(name, body)
        if (not authorized or "admin" not in roles) and records.is_last_admin(self.db, name):
            raise self.fail("last-admin")
        self._change(name, authorized=authorized, roles=roles)
        self.audit(
            "set %s to authorized=%s roles=%s (before: authorized=%s roles=%s)",
            name, authorized, ",".join(roles), before["authorized"], ",".join(before["roles"]),
        )  # fmt: skip
        user = self.find_user(name)
        if user is not None and before["authorized"] and not authorized:
            await shut_out(self, user)
        elif user is not None and not records.may_have_server(self.db, user.orm_user):
            await end_server(self, user)
        self.write(json.dumps(self.describe(name)))

    @managing_people
    async def delete(self, name: str) -> None:
        """Delete the account; its home stays with nobody, its name is never given out again."""
        self._check(name)
        if self.find_user(name) is None:  # a sign-up that was never approved: the name goes back
            self._discard(name)
        else:
            await self.confirm(self.read_body())
            await self._delete(name)
        self.set_status(204)

    async def _delete(self, name: str) -> None:
        user = self.find_user(name)
        if user is None:  # deleted meanwhile
            raise self.fail("no-such-account")
        if records.is_last_admin(self.db, name):
            raise self.fail("last-admin")
        self.authenticator.delete_user(user)
        await shut_out(self, user)
        if user.spawner.pending:
            raise self.fail("server-busy")
        await user.delete_spawners()
        self.users.delete(user)
        self.audit("deleted the account %s", name)

    def _plan(self, name: str, body: dict[str, Any]) -> tuple[dict[str, Any], bool, list[str]]:
        """Return the entry as it is, and what it is to be: authorized or not, and with which roles."""
        before = self.describe(name)
        authorized, roles = body.get("authorized", before["authorized"]), self.read_roles(body)
        if not isinstance(authorized, bool):
            raise self.fail("bad-request")
        roles = before["roles"] if roles is None else roles
        if authorized and not before["authorized"] and not roles:
            roles = [DEFAULT_ROLE]
        return before, authorized, roles

    def _change(self, name: str, *, authorized: bool, roles: list[str]) -> None:
        credentials = records.find_credentials(self.db, name)
        if credentials is not None:
            credentials.is_authorized = authorized
        elif not authorized:
            raise self.fail("no-passwords-here")
        user = self.user_from_username(name) if authorized else self.find_user(name)
        if user is not None:
            records.set_roles(user.orm_user, roles, db=self.db)
        self.db.commit()

    def _discard(self, name: str) -> None:
        for row in (records.find_credentials(self.db, name), records.find_record(self.db, name)):
            if row is not None:
                self.db.delete(row)
        self.db.commit()
        self.audit("refused the sign-up of %s", name)

    def _check(self, name: str) -> None:
        if not self.has_account(name):
            raise self.fail("no-such-account")


class AccountPasswordHandler(AccountApi):
    """A new first password for somebody who has forgotten theirs."""

    @managing_people
    async def post(self, name: str) -> None:
        """Set a random password that must be changed at the next sign-in; the person is signed out everywhere."""
        if records.find_credentials(self.db, name) is None:
            raise self.fail("no-such-account")
        await self.confirm(self.read_body())
        password = passwords.make_first_password()
        hashed = await passwords.hash_password(password)
        if records.find_credentials(self.db, name) is None:  # deleted meanwhile
            raise self.fail("no-such-account")
        records.set_password(self.db, name, hashed=hashed, set_by=self.current_user.name)
        self.db.commit()
        self.audit("set a new first password for %s", name)
        user = self.find_user(name)
        if user is not None:
            await shut_out(self, user)
        self.write(json.dumps({"name": name, "password": password}))


HANDLERS: list[tuple[str, type[APIHandler]]] = [
    (r"/api/datahall/accounts", AccountListHandler),
    (r"/api/datahall/accounts/([^/]+)", AccountHandler),
    (r"/api/datahall/accounts/([^/]+)/password", AccountPasswordHandler),
]
