"""The form with which anybody reports an error, in data or an app, or asks for data; and where writers see the answer.

No account is needed. Floods are kept away by limits, a field that stays empty and the seconds that writing takes.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from datahall_hub.app_life.published_apps import name_use
from datahall_hub.client_addresses import find_client
from datahall_hub.services.hall.addresses import BASE, page_path
from datahall_hub.services.hall.app_desk.app_page import get_app
from datahall_hub.services.hall.faults import NotFound
from datahall_hub.services.hall.hall import Hall, MaybePerson, TheHall
from datahall_hub.services.hall.languages import Language
from datahall_hub.services.hall.person import Person
from datahall_hub.services.hall.sign_in import check_form
from datahall_hub.services.hall.voices.flood_gate import MOST_WAITING
from datahall_hub.services.hall.voices.subjects import find_subject_title, require_dataset
from datahall_hub.services.hall.voices.voice import REASONS, STATES, Draft, Kind
from datahall_hub.services.hall.voices.writing import LONGEST, Writing, check_writing
from datahall_hub.services.hall.wording import N_

router = APIRouter(prefix=BASE, include_in_schema=False)

Text = Annotated[str, Form(max_length=20_000)]  # what is too long comes back to be shortened, not lost
Word = Annotated[str, Form(max_length=500)]
Token = Annotated[str, Path(max_length=100)]
TOO_SOON = N_("This was sent sooner than anybody writes, or a day after the page was loaded. Please send it once more.")
FILLED = N_("The field that stays empty was filled in. Please empty it and send this once more.")
TOO_MANY = N_("Too much was written from your network at once. Your text is kept here: send it in some minutes.")
FULL = N_("So many messages wait for an answer that no more are taken today. Please come back tomorrow.")
NOT_FOUND = N_("There is no message at this address.")
GONE = N_("It may have been withdrawn, or deleted after the time that the hall keeps such messages.")


@router.get("/{language}/voices/new")
async def show_form(
    request: Request,
    hall: TheHall,
    language: Language,
    person: MaybePerson,
    dataset: Annotated[str, Query(max_length=300)] = "",
    app: Annotated[str, Query(max_length=100)] = "",
    title: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Show the form: with a dataset or an app to report an error in it, without to ask for data; anybody may."""
    await run_in_threadpool(_check_subject, hall, dataset=dataset, app=app)
    writing = Writing(title=title[: LONGEST["title"]])
    return _form_page(request, hall, language=language, person=person, dataset=dataset, app=app, writing=writing)


@router.post("/{language}/voices/new")
async def send(
    request: Request,
    hall: TheHall,
    language: Language,
    person: MaybePerson,
    dataset: Annotated[str, Form(max_length=300)] = "",
    app: Annotated[str, Form(max_length=100)] = "",
    title: Word = "",
    text: Text = "",
    name: Word = "",
    email: Word = "",
    website: Word = "",
    stamp: Word = "",
    csrf: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Take what somebody tells, and lead to the address at which they see what comes of it; anybody may."""
    check_form(request, hall, csrf=csrf, person=person)
    await run_in_threadpool(_check_subject, hall, dataset=dataset, app=app)
    kind: Kind = "problem" if app else "report" if dataset else "request"
    subject = name_use(app) if app else dataset
    place = find_client(request.headers.get("x-forwarded-for", ""))
    writing = Writing(title, text, name, email)
    checked = await run_in_threadpool(
        check_writing, writing, kind=kind, dataset=subject or None, language=language
    )  # fmt: skip
    refusal = "" if isinstance(checked, Writing) else await _find_refusal(hall, place, stamp=stamp, trap=website)
    if isinstance(checked, Draft) and not refusal:
        hall.gate.note(place)
        _, token = await run_in_threadpool(hall.voices.add, checked)
        return RedirectResponse(page_path(f"voices/mine/{token}", language=language), status_code=303)
    writing = checked if isinstance(checked, Writing) else writing
    return _form_page(
        request,
        hall,
        language=language,
        person=person,
        dataset=dataset,
        app=app,
        writing=writing,
        refusal=refusal,
        stamp=stamp,
    )


@router.get("/{language}/voices/mine/{token}")
async def show_own(request: Request, hall: TheHall, language: Language, person: MaybePerson, token: Token) -> Response:
    """Show what came of a message; whoever has its address may."""
    voice = await run_in_threadpool(hall.voices.find_own, token)
    if voice is None:
        raise NotFound(NOT_FOUND, hint=GONE, code="unknown-voice")
    answer = hall.renderer.page(
        request,
        "voice_own.html",
        language=language,
        person=person,
        voice=voice,
        token=token,
        all_states=STATES,
        reasons=REASONS,
        days=hall.settings.voices_days,
        title_of=lambda subject: find_subject_title(subject, apps=hall.apps, language=language),
    )
    answer.headers.update({"cache-control": "private, no-store", "referrer-policy": "no-referrer"})
    return answer


@router.post("/{language}/voices/mine/{token}")
async def withdraw(
    request: Request,
    hall: TheHall,
    language: Language,
    person: MaybePerson,
    token: Token,
    csrf: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Take a message back, or off what is public its writer's name; whoever has its address may."""
    check_form(request, hall, csrf=csrf, person=person)
    await run_in_threadpool(hall.voices.withdraw, token)
    return RedirectResponse(f"{page_path('voices/', language=language)}?done=withdrawn", status_code=303)


def _check_subject(hall: Hall, *, dataset: str, app: str) -> None:
    """Refuse what the hall does not have; an app goes before a dataset."""
    if app:
        get_app(hall, app)
    elif dataset:
        require_dataset(dataset)


async def _find_refusal(hall: Hall, place: str, *, stamp: str, trap: str) -> str:
    if trap:
        return FILLED
    if hall.gate.is_too_soon(stamp):
        return TOO_SOON
    if hall.gate.is_closed(place):
        return TOO_MANY
    return FULL if await run_in_threadpool(hall.voices.count_waiting) >= MOST_WAITING else ""


def _form_page(
    request: Request,
    hall: Hall,
    *,
    language: str,
    person: Person | None,
    dataset: str,
    app: str,
    writing: Writing,
    refusal: str = "",
    stamp: str = "",
) -> Response:
    is_flood = refusal in {TOO_MANY, FULL}
    # A form that was sent too soon keeps its stamp: the second try comes later. A forged or old one gets a new one.
    age = hall.seal.stamp_age(stamp)
    subject = name_use(app) if app else dataset
    return hall.renderer.page(
        request,
        "voice_form.html",
        language=language,
        person=person,
        status=429 if is_flood else 422 if refusal or writing.problems else 200,
        dataset=dataset,
        app=app,
        subject_title=find_subject_title(subject, apps=hall.apps, language=language) if subject else "",
        writing=writing,
        refusal=refusal,
        stamp=stamp if age is not None else hall.gate.make_stamp(),
        longest=LONGEST,
        days=hall.settings.voices_days,
    )
