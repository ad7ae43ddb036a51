"""The people page: approve sign-ups, give roles, make accounts, for whoever may manage people.

Everything is done at the hub with the token of the person who asks, so the hub decides and notes who did it.
A first password is shown once, in the answer to the form, and is kept nowhere. Where the hub asks for the person's
own password, the page comes back with one form that says what is to be confirmed, and asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from datahall_hub.roles import DEFAULT_ROLE, OWN_SERVER_RIGHT, RIGHTS, ROLES
from datahall_hub.services.hall.addresses import BASE, page_path
from datahall_hub.services.hall.faults import Fault, NotAllowed, Unavailable
from datahall_hub.services.hall.hall import HUB_AWAY, Hall, MaybePerson, TheHall, ThePerson
from datahall_hub.services.hall.hub_api import HubRefused, HubUnreachable
from datahall_hub.services.hall.languages import Language
from datahall_hub.services.hall.person import Person
from datahall_hub.services.hall.sign_in import check_form
from datahall_hub.services.hall.wording import N_, Words

router = APIRouter(prefix=BASE, include_in_schema=False)

ACCOUNTS = "/datahall/accounts"
RIGHT = "manage-people"
# What the holders of a right may do already where the right itself comes later.
ALREADY = {"publish-cards": N_("Answer reports of errors and requests for data; have a portal harvested at once.")}
# Rights that roles carry already, for which this version has no page yet; the page says so.
COMING_LATER = frozenset({"publish-cards"})
PAGE_SIZE = 50
DONE = {
    "approve": N_("{name} may sign in now, as {roles}."),
    "refuse": N_("The sign-up of {name} was refused."),
    "change": N_("The roles of {name} are saved."),
    "suspend": N_("{name} is signed out and may not sign in any more."),
    "delete": N_("The account of {name} is deleted."),
}
ASKS = {
    "create": N_("Make an account {name} with the roles: {roles}"),
    "reset": N_("Give {name} a new first password"),
    "approve": N_("Let {name} sign in with the roles: {roles}"),
    "change": N_("Change the roles of {name} to: {roles}"),
    "suspend": N_("Sign {name} out and suspend the account"),
    "delete": N_("Delete the account of {name}"),
}
ASKING_CODES = frozenset({"password-needed", "wrong-password", "too-many-attempts"})
NOT_CONFIRMED = N_("The account is not deleted. Type exactly this user name to confirm.")

Name = Annotated[str, Form(min_length=1, max_length=100)]


@dataclass(frozen=True)
class FirstPassword:
    """A password that its owner must change, to be shown once."""

    name: str
    password: str
    roles: list[str]


@dataclass(frozen=True)
class Wish:
    """What a form of the page asks for; `password` is the asker's own."""

    action: str
    name: str
    roles: list[str]
    confirmation: str = ""
    password: str = field(default="", repr=False)

    @property
    def question(self) -> str:
        """What is to be confirmed, to be translated."""
        return ASKS[self.action]

    def role_titles(self, language: str) -> str:
        """Return what the roles are called, with the one that the hub gives where none is named."""
        takes_default = self.action in {"approve", "create"} and not self.roles
        return role_titles([DEFAULT_ROLE] if takes_default else self.roles, language=language)


@dataclass(frozen=True)
class View:
    """What the page shows beside the accounts: the outcome of a form, and which of many people."""

    done: str = ""
    name: str = ""
    roles: tuple[str, ...] = ()  # those that the outcome has to do with
    problem: str = ""
    wish: Wish | None = None  # waits for the person's own password
    status: int = 200
    first_password: FirstPassword | None = None
    q: str = ""
    page: int = 1


def role_titles(roles: Iterable[str], *, language: str) -> str:
    """Return what `roles` are called, in the order of the table of roles; a dash for none."""
    titles = [role.title[language] for role in ROLES if role.id in set(roles)]
    return ("、" if language == "zh" else ", ").join(titles) or "–"


@router.get("/{language}/people/")
async def show_people(
    request: Request,
    hall: TheHall,
    language: Language,
    person: MaybePerson,
    done: Annotated[str, Query(max_length=20)] = "",
    name: Annotated[str, Query(max_length=100)] = "",
    role: Annotated[list[str] | None, Query(max_length=10)] = None,
    q: Annotated[str, Query(max_length=100)] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """Show sign-ups and accounts; whoever may manage people."""
    if person is None:
        target = page_path("people/", language=language)
        return RedirectResponse(f"{BASE}/sign-in?{urlencode({'next': target})}", status_code=302)
    view = View(done=done, name=name, roles=tuple(role or ()), q=q.strip(), page=page)
    return await _people_page(request, hall, language=language, person=person, view=view)


@router.post("/{language}/people/")
async def change_people(
    request: Request,
    hall: TheHall,
    language: Language,
    person: ThePerson,
    action: Annotated[str, Form(max_length=20)],
    name: Name,
    roles: Annotated[list[str] | None, Form(max_length=10)] = None,
    confirmation: Annotated[str, Form(max_length=100)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    csrf: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Do what a form of the page asks; whoever may manage people."""
    check_form(request, hall, csrf=csrf, person=person)
    _check_right(person)
    if action == "delete" and confirmation.strip() != name.strip():
        view = View(problem=Words(language).text(NOT_CONFIRMED), name=name, status=422)
        return await _people_page(request, hall, language=language, person=person, view=view)
    wish = Wish(action=action, name=name.strip(), roles=roles or [], confirmation=confirmation, password=password)
    try:
        outcome = await _act(hall, person, wish)
    except HubRefused as refusal:
        view = _view_of_refusal(refusal, wish, language=language)
        return await _people_page(request, hall, language=language, person=person, view=view)
    except HubUnreachable as error:
        raise Unavailable(HUB_AWAY, hint=N_("Nothing was changed, or not all of it. Load the page again.")) from error
    if name == person.name:
        hall.hub.forget(person.token)
    if isinstance(outcome, FirstPassword):
        view = View(first_password=outcome)
        return await _people_page(request, hall, language=language, person=person, view=view)
    query = urlencode({"done": action, "name": name, "role": outcome}, doseq=True)
    return RedirectResponse(f"{page_path('people/', language=language)}?{query}", status_code=303)


def _view_of_refusal(refusal: HubRefused, wish: Wish, *, language: str) -> View:
    problem = refusal.messages.get(language, refusal.messages["en"])
    if refusal.code not in ASKING_CODES or wish.action not in ASKS:
        return View(problem=problem, name=wish.name, status=422)
    is_first = refusal.code == "password-needed"  # nothing is wrong yet
    return View(problem="" if is_first else problem, name=wish.name, wish=wish, status=refusal.status)


async def _act(hall: Hall, person: Person, wish: Wish) -> FirstPassword | list[str]:
    """Do what is wished; return the first password that this made, else the roles that somebody was let in with."""
    account = f"{ACCOUNTS}/{quote(wish.name, safe='')}"

    async def ask(method: str, path: str, **body: Any) -> Any:
        return await hall.hub.call(method, path, token=person.token, json={**body, "password": wish.password})

    match wish.action:
        case "create":
            made = await ask("POST", ACCOUNTS, name=wish.name, roles=wish.roles)
            return FirstPassword(made["name"], made["password"], made["roles"])
        case "reset":
            made = await ask("POST", f"{account}/password")
            return FirstPassword(made["name"], made["password"], [])
        case "approve":
            return list((await ask("POST", account, authorized=True, roles=wish.roles))["roles"])
        case "change":
            await ask("POST", account, roles=wish.roles)
        case "suspend":
            await ask("POST", account, authorized=False)
        case "refuse" | "delete":
            await ask("DELETE", account)
        case _:
            raise Fault(N_("The form is not one of this page."), code="unknown-action")
    return []


async def _people_page(request: Request, hall: Hall, *, language: str, person: Person, view: View) -> Response:
    _check_right(person)
    accounts = await _load_accounts(hall, person)
    # Whoever signs up has no role before the approval; whoever was suspended keeps theirs.
    pending = [each for each in accounts if each["waiting"]]
    hall.hub.note_waiting(person.token, len(pending))
    person = replace(person, waiting=len(pending))
    found = [each for each in accounts if each["authorized"] and view.q.casefold() in each["name"].casefold()]
    pages = max(1, -(-len(found) // PAGE_SIZE))
    page = min(view.page, pages)
    answer = hall.renderer.page(
        request,
        "people.html",
        language=language,
        person=person,
        status=view.status,
        pending=pending,
        suspended=[each for each in accounts if not each["authorized"] and not each["waiting"]],
        people=found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE],
        total=len(found),
        page=page,
        pages=pages,
        runs_without_walls=hall.settings.unsafe_no_sandbox,
        roles=ROLES,
        rights=(OWN_SERVER_RIGHT, *RIGHTS),
        coming_later=COMING_LATER,
        already=ALREADY,
        default_role=DEFAULT_ROLE,
        titles_of=lambda held: role_titles(held, language=language),
        done=DONE.get(view.done, ""),
        view=view,
        name=view.name,
        problem=view.problem,
        first_password=view.first_password,
        query=lambda number: "?" + urlencode({"q": view.q, "page": number} if view.q else {"page": number}),
    )
    answer.headers["cache-control"] = "private, no-store"
    return answer


async def _load_accounts(hall: Hall, person: Person) -> list[dict[str, Any]]:
    try:
        accounts: list[dict[str, Any]] = await hall.hub.call("GET", ACCOUNTS, token=person.token)
    except HubUnreachable as error:
        raise Unavailable(HUB_AWAY, hint=N_("Try again in a moment.")) from error
    except HubRefused as error:
        raise _not_allowed() from error
    return accounts


def _check_right(person: Person) -> None:
    if not person.may(RIGHT):
        raise _not_allowed()


def _not_allowed() -> NotAllowed:
    return NotAllowed(
        N_("Only administrators may see and change accounts."),
        hint=N_("Ask an administrator of this hall, or sign in as one."),
    )
