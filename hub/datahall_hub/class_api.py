"""The API of classes: a teacher's pages make and change them, students join by a code.

JSON, for whoever is signed in, with their own token; making a class needs the right ``make-classes``, everything else
a place in the class. Each change writes one line into the hub's log. Errors bear a stable code and a message in both
languages.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from jupyterhub import orm
from tornado import web

from datahall_hub.account_requests import ERRORS as ACCOUNT_ERRORS
from datahall_hub.account_requests import HallApi
from datahall_hub.accounts import find_address
from datahall_hub.class_life import class_book as book
from datahall_hub.class_life import roster_book
from datahall_hub.class_life.faults import BadValue, ClassError
from datahall_hub.class_life.join_codes import show_code
from datahall_hub.class_life.records import Part, SchoolClass, read_name, read_plan
from datahall_hub.class_life.rosters import LONGEST_NUMBER, read_roster
from datahall_hub.class_start import list_readiness, start_everyone
from datahall_hub.join_guesses import find_join_guesses
from datahall_hub.roles import SCOPE_PREFIX
from datahall_hub.user_names import normalize_name

Method = TypeVar("Method", bound=Callable[..., Any])


def _(message: str) -> str:
    """Mark `message` for translation."""
    return message


ERRORS = {
    "bad-request": ACCOUNT_ERRORS["bad-request"],
    "too-many-attempts": (429, _("Too many wrong join codes. Wait a minute, then try again.")),
    "may-not-make-classes": (403, _("Only teachers may make classes.")),
    "no-such-class": (404, _("There is no such class, or you are not in it.")),
    "not-allowed": (403, _("Only who teaches this class may do this.")),
    "no-such-join-code": (404, _("No class has this join code. It may have ended: ask your teacher for the new one.")),
    "no-such-person": (404, _("There is no account of this name.")),
    "class-full": (409, _("As many students are in this class as may be. Ask your teacher.")),
    "last-teacher": (409, _("This is the last teacher of the class. Give somebody else the part first.")),
    "class-ended": (409, _("This class is archived: nothing in it can be changed.")),
    "bad-value": (422, _("This cannot be a value of “%(field)s”.")),
}


def in_class(*parts: Part) -> Callable[[Method], Method]:
    """Open a method to whoever is one of `parts` in the class of the address; it gets the class in place of the id."""

    def guard(method: Method) -> Method:
        @wraps(method)
        async def guarded(self: ClassApi, class_id: str, *names: str) -> Any:
            try:
                found, part = book.find_class(self.db, class_id, person=self.asker)
                if part not in parts:
                    raise self.fail("not-allowed")
                self.part = part
                return await method(self, found, *names)
            except ClassError as error:
                self.db.rollback()
                raise self.fail_by(error) from error

        return cast(Method, guarded)

    return guard


class ClassApi(HallApi):
    """What the addresses below share."""

    topic = "classes"
    errors = ERRORS
    part: Part

    @property
    def asker(self) -> str:
        """The user name of whoever asks."""
        if self.current_user is None or not isinstance(getattr(self.current_user, "orm_user", None), orm.User):
            raise web.HTTPError(403)
        return str(self.current_user.name)

    def fail_by(self, error: ClassError) -> web.Finish:
        """Answer with what could not be done; raise what this returns."""
        return self.fail(error.code, **({"field": error.field} if isinstance(error, BadValue) else {}))

    def tell(self, found: SchoolClass, part: Part) -> dict[str, Any]:
        """Return what somebody who is `part` in a class may know of it at a glance."""
        plan = found.plan
        return {
            "id": found.id,
            "title": plan.title,
            "begins": plan.begins.isoformat() if plan.begins else None,
            "ends": plan.ends.isoformat() if plan.ends else None,
            "time_zone": plan.time_zone,
            "datasets": list(plan.datasets),
            "archived": found.archived is not None,
            "part": part,
        }

    def tell_staff(self, found: SchoolClass) -> dict[str, Any]:
        """Return all that staff may know of a class."""
        code = book.find_code(self.db, found.id)
        return {
            **self.tell(found, self.part),
            "memory_limit": found.plan.memory_limit,
            "allows_nicknames": found.plan.allows_nicknames,
            "join_code": {"code": show_code(code.code), "ends": f"{code.ends.isoformat(timespec='seconds')}Z"}
            if code
            else None,
            "people": [
                {"person": each.person, "part": each.part, "shown_name": each.shown_name}
                for each in book.list_people(self.db, found.id)
            ],
            "roster": [
                {"name": each.name, "number": each.number, "person": each.person}
                for each in roster_book.list_roster(self.db, found.id)
            ],
        }


class ClassListHandler(ClassApi):
    """One's own classes, and new ones."""

    async def get(self) -> None:
        """List the classes that whoever asks is in, the newest first."""
        self.write(json.dumps([self.tell(*each) for each in book.list_classes(self.db, self.asker)]))

    async def post(self) -> None:
        """Make a class with a join code; whoever asks teaches it."""
        if not self.has_scope(f"{SCOPE_PREFIX}make-classes"):
            raise self.fail("may-not-make-classes")
        try:
            plan = read_plan(self.read_body())
        except ClassError as error:
            raise self.fail_by(error) from error
        made = book.make_class(self.db, plan, by=self.asker)
        book.renew_code(self.db, made, by=self.asker)
        self.db.commit()
        self.audit("made the class %s", made.id)
        self.part = Part.TEACHER
        self.set_status(201)
        self.write(json.dumps(self.tell_staff(made)))


class ClassHandler(ClassApi):
    """One class."""

    @in_class(*Part)
    async def get(self, found: SchoolClass) -> None:
        """Return it: to students what it is, to staff who is in it, too."""
        whole = self.part is not Part.STUDENT
        self.write(json.dumps(self.tell_staff(found) if whole else self.tell(found, self.part)))

    @in_class(Part.TEACHER)
    async def post(self, found: SchoolClass) -> None:
        """Change what the body names of it."""
        changed = book.change_class(self.db, found, read_plan(self.read_body(), before=found.plan))
        self.db.commit()
        self.audit("changed the class %s", found.id)
        self.write(json.dumps(self.tell_staff(changed)))

    @in_class(Part.TEACHER)
    async def delete(self, found: SchoolClass) -> None:
        """Archive it."""
        book.archive_class(self.db, found)
        self.db.commit()
        self.audit("archived the class %s", found.id)
        self.set_status(204)


class ClassCodeHandler(ClassApi):
    """The join code of a class."""

    @in_class(Part.TEACHER, Part.ASSISTANT)
    async def post(self, found: SchoolClass) -> None:
        """Renew it."""
        book.renew_code(self.db, found, by=self.asker)
        self.db.commit()
        self.audit("renewed the join code of the class %s", found.id)
        self.write(json.dumps(self.tell_staff(found)))

    @in_class(Part.TEACHER, Part.ASSISTANT)
    async def delete(self, found: SchoolClass) -> None:
        """End it: nobody comes in until it is renewed."""
        book.withdraw_code(self.db, found)
        self.db.commit()
        self.audit("ended the join code of the class %s", found.id)
        self.write(json.dumps(self.tell_staff(found)))


class ClassPersonHandler(ClassApi):
    """Somebody in a class."""

    @in_class(Part.TEACHER)
    async def put(self, found: SchoolClass, name: str) -> None:
        """Give somebody with an account a part in it."""
        name, part = normalize_name(name), self.read_body().get("part")
        if part not in list(Part):
            raise BadValue("part")
        if orm.User.find(self.db, name) is None:
            raise self.fail("no-such-person")
        book.set_part(self.db, found, person=name, part=Part(part))
        self.db.commit()
        self.audit("made %s a %s of the class %s", name, part, found.id)
        self.write(json.dumps(self.tell_staff(found)))

    @in_class(Part.TEACHER)
    async def delete(self, found: SchoolClass, name: str) -> None:
        """Take somebody out of it."""
        book.remove_person(self.db, found, person=normalize_name(name))
        roster_book.release(self.db, found.id, person=normalize_name(name))
        self.db.commit()
        self.audit("took %s out of the class %s", name, found.id)
        self.write(json.dumps(self.tell_staff(found)))


class ClassRosterHandler(ClassApi):
    """Who is expected in a class."""

    @in_class(Part.TEACHER, Part.ASSISTANT)
    async def put(self, found: SchoolClass) -> None:
        """Replace the roster by the ``lines`` of the body, each a list of cells; say what was not understood."""
        lines = self.read_body().get("lines")
        if not isinstance(lines, list) or not all(_is_line(line) for line in lines):
            raise BadValue("roster")
        read = read_roster(lines)
        roster_book.replace_roster(self.db, found, read)
        self.db.commit()
        self.audit("set the roster of the class %s: %s students", found.id, len(read.rows))
        told = {"repeated": read.repeated, "same_names": read.same_names, "nameless": read.nameless}
        self.write(json.dumps({**self.tell_staff(found), "findings": told}))


class ClassStartHandler(ClassApi):
    """The bell of a class."""

    @in_class(Part.TEACHER, Part.ASSISTANT)
    async def get(self, found: SchoolClass) -> None:
        """Return how far each student's workbench is."""
        self.write(json.dumps(list_readiness(self, book.list_people(self.db, found.id))))

    @in_class(Part.TEACHER, Part.ASSISTANT)
    async def post(self, found: SchoolClass) -> None:
        """Start the workbench of each student who has none running; answers at once."""
        book.require_open(found)
        students = [each for each in book.list_people(self.db, found.id) if each.part is Part.STUDENT]
        asked = await start_everyone(self, students)
        self.audit("rang the bell of the class %s: %s of %s start", found.id, asked, len(students))
        self.set_status(202)
        self.write(json.dumps(list_readiness(self, students)))


class JoinHandler(ClassApi):
    """The way into a class for whoever has an account."""

    async def post(self) -> None:
        """Let whoever asks into the class of the ``code``; being in it already is fine."""
        body, guesses = self.read_body(), find_join_guesses(self)
        place = find_address(self)
        if guesses.is_blocked(place):
            raise self.fail("too-many-attempts")
        try:
            found = book.find_class_by_code(self.db, str(body.get("code", "")))
            name = read_name(body.get("shown_name", ""))
            number = read_name(body.get("number", ""), field="number", longest=LONGEST_NUMBER)
            part = book.join_class(self.db, found, person=self.asker, shown_name=name)
            roster_book.claim(self.db, found.id, person=self.asker, name=name, number=number)
        except ClassError as error:
            self.db.rollback()
            if error.code == "no-such-join-code":
                guesses.note(place)
            raise self.fail_by(error) from error
        self.db.commit()
        self.audit("joined the class %s", found.id)
        self.write(json.dumps(self.tell(found, part)))


def _is_line(line: Any) -> bool:
    return isinstance(line, list) and all(isinstance(cell, str) for cell in line)


HANDLERS: list[tuple[str, type[HallApi]]] = [
    (r"/api/datahall/classes", ClassListHandler),
    (r"/api/datahall/classes/([0-9a-f]+)", ClassHandler),
    (r"/api/datahall/classes/([0-9a-f]+)/code", ClassCodeHandler),
    (r"/api/datahall/classes/([0-9a-f]+)/people/([^/]+)", ClassPersonHandler),
    (r"/api/datahall/classes/([0-9a-f]+)/roster", ClassRosterHandler),
    (r"/api/datahall/classes/([0-9a-f]+)/start", ClassStartHandler),
    (r"/api/datahall/join", JoinHandler),
]
