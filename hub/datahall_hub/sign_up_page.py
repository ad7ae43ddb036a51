"""The page that asks for an account; an admin approves it.

How many may wait is bounded, in all and from one place, so that a script cannot fill the list for everybody.
"""

from __future__ import annotations

from typing import Any

from jupyterhub.handlers import BaseHandler

from datahall_hub import account_records as records
from datahall_hub import passwords
from datahall_hub.account_pages import BAD_NAME, NAME_TAKEN, AccountPage
from datahall_hub.accounts import find_address
from datahall_hub.page_templates import translate
from datahall_hub.user_names import is_valid_name

MOST_WAITING = 500  # sign-ups; more are not somebody's class but somebody's script
LONGEST_ABOUT = 300


def _(message: str) -> str:
    """Mark `message` for translation; it is translated when it is shown."""
    return message


TOO_MANY_WAITING = _("Too many sign-ups are waiting for approval. Try again later, or ask an administrator.")
TOO_MANY_FROM_HERE = _(
    "Too many sign-ups from your network are waiting for approval. Ask an administrator to decide about them, "
    "or try again tomorrow."
)


class SignUpHandler(AccountPage):
    """Asks for an account; an admin approves it."""

    async def get(self) -> None:
        """Show the form."""
        await self.show("signup.html", longest_about=LONGEST_ABOUT)

    async def post(self) -> None:
        """Note the wish for an account, or say what is wrong with it."""
        name = self.authenticator.normalize_username(self.form_value("username").strip())
        about = self.form_value("about").strip()[:LONGEST_ABOUT]
        password_problem = self.find_password_problem(name=name)
        problem = self._find_problem(name) or password_problem
        if problem is None:
            hashed = await passwords.hash_password(self.form_value("new_password"))
            problem = self._find_problem(name)  # again: somebody may have taken it meanwhile
        values: dict[str, Any] = {
            "username": self.form_value("username"),
            "about": about,
            "longest_about": LONGEST_ABOUT,
        }
        if problem is not None:
            is_of_name = problem != password_problem
            await self.show("signup.html", status=422, problem=problem, is_of_name=is_of_name, **values)
            return
        records.add_account(self.db, name, hashed=hashed, authorized=False, about=about)
        self.db.commit()
        self.authenticator.sign_ups.note(name, place=find_address(self))
        self.log.info("accounts: %s asks for an account", name)
        await self.show("signup.html", done=True, **(values | {"username": name}))

    def _find_problem(self, name: str) -> str | None:
        if not is_valid_name(name):
            return translate(self, BAD_NAME)
        if records.is_taken(self.db, name):
            return translate(self, NAME_TAKEN)
        waiting = records.find_waiting(self.db)
        if len(waiting) >= MOST_WAITING:
            return translate(self, TOO_MANY_WAITING)
        reached = self.authenticator.sign_ups.is_reached(find_address(self), waiting=waiting)
        return translate(self, TOO_MANY_FROM_HERE) if reached else None


HANDLERS: list[tuple[str, type[BaseHandler]]] = [(r"/signup", SignUpHandler)]
