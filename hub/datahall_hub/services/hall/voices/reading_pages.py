"""The pages on which everybody reads what was asked and answered, and stewards see besides what waits for them."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from datahall_hub.client_addresses import find_client
from datahall_hub.services.hall.addresses import BASE, page_path
from datahall_hub.services.hall.faults import NotAllowed, NotFound, NotSignedIn
from datahall_hub.services.hall.hall import Hall, MaybePerson, TheHall
from datahall_hub.services.hall.languages import Language
from datahall_hub.services.hall.person import Person
from datahall_hub.services.hall.sign_in import check_form
from datahall_hub.services.hall.voices.answering import PROBLEMS, AnswerForm
from datahall_hub.services.hall.voices.subjects import find_subject_title
from datahall_hub.services.hall.voices.voice import EDITED, KINDS, PUBLIC_STATES, REASONS, STATES, Voice
from datahall_hub.services.hall.wording import N_, Words

router = APIRouter(prefix=BASE, include_in_schema=False)

RIGHT = "publish-cards"  # whoever may change a dataset's card answers for it
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/{language}/voices/")
async def show_voices(
    request: Request,
    hall: TheHall,
    language: Language,
    person: MaybePerson,
    kind: Annotated[str, Query(max_length=20)] = "",
    state: Annotated[str, Query(max_length=20)] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Show what was asked and answered; anybody may. What waits, and what is spam, is for stewards."""
    kind, state = (kind if kind in KINDS else ""), (state if state in STATES else "")
    if state and not STATES[state].is_public:
        check_steward(person)
    states = (state,) if state else PUBLIC_STATES
    found = await run_in_threadpool(hall.voices.list_page, states=states, kind=kind, page=page)
    counts = await run_in_threadpool(hall.voices.count_states)
    answer = hall.renderer.page(
        request,
        "voices.html",
        language=language,
        person=person,
        found=found,
        counts=counts,
        kind=kind,
        state=state,
        done=done,
        kinds=KINDS,
        states=[each for each in STATES.values() if counts.get(each.id) and (each.is_public or is_steward(person))],
        all_states=STATES,
        title_of=lambda subject: find_subject_title(subject, apps=hall.apps, language=language),
        query=lambda **change: _query({"kind": kind, "state": state}, change),
    )
    if is_steward(person):
        answer.headers["cache-control"] = "private, no-store"
    return answer


@router.get("/{language}/voices/{number}")
async def show_voice(
    request: Request,
    hall: TheHall,
    language: Language,
    person: MaybePerson,
    number: Number,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Show one report or request with its answer; anybody may, a steward also what is not public."""
    voice = await get_voice(hall, number, person=person)
    return await voice_page(request, hall, language=language, person=person, voice=voice, done=done)


@router.post("/{language}/voices/{number}/support")
async def support(
    request: Request,
    hall: TheHall,
    language: Language,
    person: MaybePerson,
    number: Number,
    csrf: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Count that somebody needs the same, once a day from each address; anybody may."""
    check_form(request, hall, csrf=csrf, person=person)
    voice = await get_voice(hall, number, person=None)
    place = find_client(request.headers.get("x-forwarded-for", ""))
    if voice.kind == "request" and hall.marks.has_room(f"support {number}", place=place):
        await run_in_threadpool(hall.voices.support, number)
    return RedirectResponse(f"{page_path(f'voices/{number}', language=language)}?done=support", status_code=303)


async def get_voice(hall: Hall, number: int, *, person: Person | None) -> Voice:
    """Return a voice that `person` may read; what is not public does not exist for others."""
    voice = await run_in_threadpool(hall.voices.find, number)
    if voice is None or not (voice.is_public or is_steward(person)):
        raise NotFound(
            N_("There is no public message with the number {number}."),
            hint=N_("What a steward has not looked at yet is seen by its writer alone, at an address of its own."),
            code="unknown-voice",
            number=number,
        )
    return voice


async def voice_page(
    request: Request,
    hall: Hall,
    *,
    language: str,
    person: Person | None,
    voice: Voice,
    done: str = "",
    form: AnswerForm | None = None,
    problem: str = "",
) -> Response:
    """Return the page of one voice; for stewards with the form to answer it, as it was filled in."""
    may_answer = is_steward(person)
    edits = await run_in_threadpool(hall.voices.list_edits, voice.number) if may_answer else []
    answer = hall.renderer.page(
        request,
        "voice.html",
        language=language,
        person=person,
        status=422 if problem else 200,
        voice=voice,
        all_states=STATES,
        reasons=REASONS,
        kinds=KINDS,
        edits=edits,
        edited=EDITED,
        tell_edit=lambda field, value: _tell_edit(field, value, words=Words(language)),
        may_answer=may_answer,
        done=done,
        form=form or _form_of(voice),
        problem=PROBLEMS.get(problem, ""),
        problem_field=problem,
        title_of=lambda subject: find_subject_title(subject, apps=hall.apps, language=language),
    )
    if may_answer:
        answer.headers["cache-control"] = "private, no-store"
    return answer


def is_steward(person: Person | None) -> bool:
    """Tell whether somebody may answer."""
    return person is not None and person.may(RIGHT)


def check_steward(person: Person | None) -> Person:
    """Return the steward who asks; refuse everybody else."""
    if person is None:
        raise NotSignedIn(N_("This needs an account."), hint=N_("Sign in as a data steward."))
    if not person.may(RIGHT):
        raise NotAllowed(
            N_("Only data stewards see what is not public yet, and answer."),
            hint=N_("Ask an administrator of this hall, or sign in as a data steward."),
        )
    return person


def _form_of(voice: Voice) -> AnswerForm:
    return AnswerForm(
        state="open" if voice.state == "waiting" else voice.state,
        reason=voice.reason,
        version=voice.version,
        duplicate_of=str(voice.duplicate_of or ""),
        opened_as=voice.opened_as,
        answer_en=voice.answer_en,
        answer_zh=voice.answer_zh,
        shown_text=voice.public_text,
        title=voice.title,
    )


def _query(now: dict[str, str], change: dict[str, object]) -> str:
    values = {name: value for name, value in {**now, **change}.items() if value}
    return "?" + urlencode(values) if values else "?"


def _tell_edit(field: str, value: object, *, words: Words) -> str:
    """Return a value that a steward changed as people read it; a dash for none."""
    if field == "state" and value in STATES:
        return words.text(STATES[str(value)].title)
    if field == "reason" and value in REASONS:
        return words.text(REASONS[str(value)])
    return str(value or "–")
