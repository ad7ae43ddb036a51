"""The page by which students come into a class: with a code, and an account of their own that it makes for them.

A code stands for the teacher's word, so that nobody has to approve whoever has one; wrong ones are counted. The new
account and its place in the class appear together or not at all.
"""

from __future__ import annotations

from typing import Any

from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User

from datahall_hub import account_records as records
from datahall_hub import passwords
from datahall_hub.account_pages import BAD_NAME, NAME_TAKEN, AccountPage
from datahall_hub.accounts import find_address
from datahall_hub.class_api import ERRORS
from datahall_hub.class_life import class_book as book
from datahall_hub.class_life import roster_book
from datahall_hub.class_life.faults import ClassError, NoSuchCode
from datahall_hub.class_life.join_codes import read_code, show_code
from datahall_hub.class_life.records import LONGEST_NAME, SchoolClass, read_name
from datahall_hub.class_life.rosters import LONGEST_NUMBER
from datahall_hub.join_guesses import find_join_guesses
from datahall_hub.page_templates import translate
from datahall_hub.user_names import is_valid_name

STUDENT = "student"


class JoinHandler(AccountPage):
    """Asks for a join code, then lets whoever has one into the class."""

    async def get(self) -> None:
        """Show the form for the code, or the class that the code in the address opens."""
        typed = self.get_query_argument("code", "")
        if not typed.strip():
            await self.show("join.html")
            return
        found = await self._find_class(typed)
        if found is not None:
            await self._show_class(found, typed)

    async def post(self) -> None:
        """Let somebody into the class: who is signed in, or who makes an account with it."""
        typed = self.form_value("code")
        found = await self._find_class(typed)
        if found is None:
            return
        try:
            user = await self._join(found, typed)
        except ClassError as error:
            self.db.rollback()
            await self._show_class(found, typed, status=ERRORS[error.code][0], problem=self._say(error))
            return
        if user is not None:
            self.redirect(f"{self.hub.base_url}user-redirect/lab")

    async def _find_class(self, typed: str) -> SchoolClass | None:
        """Return the class that a code opens, or answer that it opens none."""
        guesses, place = find_join_guesses(self), find_address(self)
        if guesses.is_blocked(place):
            problem = translate(self, ERRORS["too-many-attempts"][1])
            await self.show("join.html", status=429, problem=problem, code=typed)
            return None
        try:
            return book.find_class_by_code(self.db, typed)
        except NoSuchCode as error:
            guesses.note(place)
            await self.show("join.html", status=404, problem=self._say(error), code=typed)
            return None

    async def _join(self, found: SchoolClass, typed: str) -> User | None:
        """Return who is in the class now, or answer what is wrong with a new account."""
        shown_name = read_name(self.form_value("shown_name"), field="shown_name")
        number = read_name(self.form_value("number"), field="number", longest=LONGEST_NUMBER)
        user: User | None = self.current_user
        name = user.name if user is not None else await self._add_account(found, typed)
        if name is None:
            return None
        book.join_class(self.db, found, person=name, shown_name=shown_name)
        roster_book.claim(self.db, found.id, person=name, name=shown_name, number=number)
        if user is None:
            user = self.user_from_username(name)  # which commits: the account and its place in the class at once
        if not records.roles_of(user.orm_user):
            records.set_roles(user.orm_user, [STUDENT], db=self.db)
        self.db.commit()
        self.log.info("classes: %s has joined the class %s", name, found.id)
        if self.current_user is None:
            self._sign_in(user)
        return user

    async def _add_account(self, found: SchoolClass, typed: str) -> str | None:
        """Add credentials and return their name, or answer what is wrong with them."""
        name = self.authenticator.normalize_username(self.form_value("username").strip())
        password_problem = self.find_password_problem(name=name)
        problem = self._find_name_problem(name) or password_problem
        if problem is None:
            hashed = await passwords.hash_password(self.form_value("new_password"))
            problem = self._find_name_problem(name)  # again: somebody may have taken it meanwhile
        if problem is not None:
            is_of_name = problem != password_problem
            await self._show_class(found, typed, status=422, problem=problem, is_of_name=is_of_name)
            return None
        records.add_account(self.db, name, hashed=hashed, authorized=True)
        return name

    def _sign_in(self, user: User) -> None:
        self._jupyterhub_user = user
        self.set_login_cookie(user)
        self.remember_browser(user.name)

    def _find_name_problem(self, name: str) -> str | None:
        if not is_valid_name(name):
            return translate(self, BAD_NAME)
        return translate(self, NAME_TAKEN) if records.is_taken(self.db, name) else None

    def _say(self, error: ClassError) -> str:
        return translate(self, ERRORS[error.code][1], field=getattr(error, "field", ""))

    async def _show_class(self, found: SchoolClass, typed: str, *, status: int = 200, **values: Any) -> None:
        typed_before = {field: self.form_value(field) for field in ("username", "shown_name", "number")}
        await self.show(
            "join.html",
            status=status,
            school_class=found,
            code=show_code(read_code(typed)),
            longest_name=LONGEST_NAME,
            longest_number=LONGEST_NUMBER,
            **typed_before,
            **values,
        )


HANDLERS: list[tuple[str, type[BaseHandler]]] = [(r"/join", JoinHandler)]
