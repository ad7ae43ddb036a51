"""One's classes, and the page of one: join code, people, roster, and the bell with its board.

Everything is done at the hub with the token of the person who asks, so the hub decides and notes who did it.
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, File, Form, Path, Query, Request, UploadFile
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from datahall_hub.class_life.records import LONGEST_TITLE, Part
from datahall_hub.services.hall.addresses import BASE, HUB, origin_of, page_path
from datahall_hub.services.hall.app_desk.qr_code import draw_qr_code
from datahall_hub.services.hall.class_desk.roster_files import read_lines, split_lines
from datahall_hub.services.hall.faults import Fault, NotFound, Unavailable
from datahall_hub.services.hall.hall import HUB_AWAY, Hall, MaybePerson, TheHall, TheReader
from datahall_hub.services.hall.hub_api import HubRefused, HubUnreachable
from datahall_hub.services.hall.languages import Language
from datahall_hub.services.hall.person import Person
from datahall_hub.services.hall.sign_in import check_form
from datahall_hub.services.hall.wording import N_, Words

router = APIRouter(prefix=BASE, include_in_schema=False)

PLACE = "classes/"
CLASSES = "/datahall/classes"
MAKE_RIGHT = "make-classes"
NO_PLAN = {"title": "", "begins": "", "ends": ""}
PARTS = {Part.TEACHER: N_("Teacher"), Part.ASSISTANT: N_("Assistant"), Part.STUDENT: N_("Student")}
STATES = {"off": N_("not started"), "starting": N_("starting"), "ready": N_("ready"), "failed": N_("failed")}
DONE = {
    "made": N_("The class is made. Show its join code to your students."),
    "changed": N_("The class is changed."),
    "renewed": N_("The class has a new join code; the former one opens it no longer."),
    "ended": N_("The join code has ended: nobody comes in until you renew it."),
    "rung": N_("The workbenches start, one after the other."),
    "part": N_("The part of {person} is changed."),
    "removed": N_("{person} is no longer in the class."),
    "roster": N_("The list of students is kept."),
    "archived": N_("The class is archived."),
}

ClassId = Annotated[str, Path(pattern="^[0-9a-f]{1,16}$")]
Title = Annotated[str, Form(max_length=LONGEST_TITLE)]
Text = Annotated[str, Form(max_length=60)]


@router.get("/{language}/classes/")
async def show_classes(request: Request, hall: TheHall, language: Language, person: MaybePerson) -> Response:
    """Show the classes that somebody is in, and the form that makes one; visitors sign in first."""
    if person is None:
        target = page_path(PLACE, language=language)
        return RedirectResponse(f"{BASE}/sign-in?{urlencode({'next': target})}", status_code=302)
    return await _classes_page(request, hall, language=language, person=person)


@router.post("/{language}/classes/")
async def make_class(
    request: Request,
    hall: TheHall,
    language: Language,
    person: TheReader,
    title: Title = "",
    begins: Text = "",
    ends: Text = "",
    time_zone: Text = "UTC",
    csrf: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Make a class; whoever holds the right."""
    check_form(request, hall, csrf=csrf, person=person)
    plan = {"title": title, "begins": begins, "ends": ends, "time_zone": time_zone or "UTC"}
    try:
        made = await _call(hall, person, "POST", CLASSES, plan)
    except HubRefused as refusal:
        return await _classes_page(request, hall, language=language, person=person, refusal=refusal, plan=plan)
    return _lead_to(made["id"], language=language, done="made")


@router.get("/{language}/classes/{class_id}")
async def show_class(
    request: Request,
    hall: TheHall,
    language: Language,
    class_id: ClassId,
    person: TheReader,
    done: Annotated[str, Query(max_length=20)] = "",
    name: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Show a class to whoever is in it."""
    return await _class_page(request, hall, class_id, language=language, person=person, done=done, name=name)


@router.get("/{language}/classes/{class_id}/join.svg")
async def show_qr_code(
    request: Request, hall: TheHall, language: Language, class_id: ClassId, person: TheReader
) -> Response:
    """Return the QR code of the address that joins the class."""
    found = await _find(hall, person, class_id)
    picture = draw_qr_code(_join_address(request, hall, found))
    return Response(picture, media_type="image/svg+xml", headers={"cache-control": "private, no-store"})


@router.post("/{language}/classes/{class_id}")
async def change_class(
    request: Request,
    hall: TheHall,
    language: Language,
    class_id: ClassId,
    person: TheReader,
    action: Annotated[str, Form(max_length=20)],
    name: Annotated[str, Form(max_length=100)] = "",
    part: Text = "",
    title: Title = "",
    begins: Text = "",
    ends: Text = "",
    time_zone: Text = "",
    lines: Annotated[str, Form(max_length=60_000)] = "",
    file: Annotated[UploadFile | None, File()] = None,
    csrf: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Do what a form of the page asks."""
    check_form(request, hall, csrf=csrf, person=person)
    path = f"{CLASSES}/{class_id}"
    somebody = f"{path}/people/{quote(name.strip(), safe='')}"
    plan = {"title": title, "begins": begins, "ends": ends, "time_zone": time_zone}
    wishes: dict[str, tuple[str, str, str, Any]] = {
        "change": ("POST", path, "changed", plan),
        "archive": ("DELETE", path, "archived", None),
        "renew": ("POST", f"{path}/code", "renewed", None),
        "end": ("DELETE", f"{path}/code", "ended", None),
        "start": ("POST", f"{path}/start", "rung", None),
        "part": ("PUT", somebody, "part", {"part": part}),
        "remove": ("DELETE", somebody, "removed", None),
        "roster": ("PUT", f"{path}/roster", "roster", None),
    }
    if action not in wishes:
        raise Fault(N_("The form is not one of this page."), code="unknown-action")
    method, address, done, body = wishes[action]
    try:
        if action == "roster":
            body = {"lines": await _read_roster(lines, file)}
            told = await _call(hall, person, method, address, body)
            found = told["findings"]
            return await _class_page(
                request, hall, class_id, language=language, person=person, done=done, findings=found
            )
        await _call(hall, person, method, address, body)
    except HubRefused as refusal:
        return await _class_page(request, hall, class_id, language=language, person=person, refusal=refusal)
    return _lead_to(class_id, language=language, done=done, name=name.strip())


async def _read_roster(lines: str, file: UploadFile | None) -> list[list[str]]:
    content = await file.read() if file is not None and file.filename else b""
    return await run_in_threadpool(read_lines, content) if content else split_lines(lines)


async def _classes_page(
    request: Request,
    hall: Hall,
    *,
    language: str,
    person: Person,
    refusal: HubRefused | None = None,
    plan: dict[str, str] | None = None,
) -> Response:
    classes = await _call(hall, person, "GET", CLASSES)
    answer = hall.renderer.page(
        request,
        "classes.html",
        language=language,
        person=person,
        status=refusal.status if refusal else 200,
        classes=classes,
        may_make=person.may(MAKE_RIGHT),
        problem=_say(refusal, language=language),
        plan=plan or NO_PLAN,
        parts=PARTS,
        longest_title=LONGEST_TITLE,
    )
    answer.headers["cache-control"] = "private, no-store"
    return answer


async def _class_page(
    request: Request,
    hall: Hall,
    class_id: str,
    *,
    language: str,
    person: Person,
    done: str = "",
    name: str = "",
    findings: dict[str, Any] | None = None,
    refusal: HubRefused | None = None,
) -> Response:
    found = await _find(hall, person, class_id)
    is_staff = found["part"] != Part.STUDENT
    board = await _call(hall, person, "GET", f"{CLASSES}/{class_id}/start") if is_staff else []
    students = [each for each in board if each["part"] == Part.STUDENT]
    answer = hall.renderer.page(
        request,
        "class.html",
        language=language,
        person=person,
        status=refusal.status if refusal else 200,
        school_class=found,
        is_staff=is_staff,
        is_teacher=found["part"] == Part.TEACHER and not found["archived"],
        students=students,
        counts={state: sum(each["state"] == state for each in students) for state in STATES},
        states=STATES,
        parts=PARTS,
        join_address=_join_address(request, hall, found) if is_staff and found["join_code"] else "",
        roster_lines="\n".join(f"{each['name']}\t{each['number']}".rstrip() for each in found.get("roster", [])),
        expected=[each for each in found.get("roster", []) if not each["person"]],
        problem=_say(refusal, language=language),
        done=Words(language).text(DONE[done], person=name) if done in DONE else "",
        findings=findings,
        longest_title=LONGEST_TITLE,
    )
    answer.headers["cache-control"] = "private, no-store"
    return answer


async def _find(hall: Hall, person: Person, class_id: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = await _call(hall, person, "GET", f"{CLASSES}/{class_id}")
    except HubRefused as refusal:
        raise NotFound(
            N_("There is no such class, or you are not in it."),
            hint=N_("Join it with the code that your teacher shows."),
            code="no-such-class",
        ) from refusal
    return found


async def _call(hall: Hall, person: Person, method: str, path: str, body: Any = None) -> Any:
    try:
        return await hall.hub.call(method, path, token=person.token, json=body)
    except HubUnreachable as error:
        raise Unavailable(HUB_AWAY, hint=N_("Try again in a moment.")) from error


def _say(refusal: HubRefused | None, *, language: str) -> str:
    return refusal.messages.get(language, refusal.messages["en"]) if refusal is not None else ""


def _join_address(request: Request, hall: Hall, found: dict[str, Any]) -> str:
    code = (found.get("join_code") or {}).get("code", "")
    return f"{origin_of(request.headers, settings=hall.settings)}{HUB}/join?{urlencode({'code': code})}"


def _lead_to(class_id: str, *, language: str, done: str, name: str = "") -> Response:
    query = urlencode({"done": done, **({"name": name} if name else {})})
    return RedirectResponse(f"{page_path(f'{PLACE}{class_id}', language=language)}?{query}", status_code=303)
