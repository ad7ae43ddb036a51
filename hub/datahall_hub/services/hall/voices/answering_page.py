"""The form with which a steward answers in public."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from datahall_hub.services.hall.addresses import BASE, page_path
from datahall_hub.services.hall.hall import TheHall, ThePerson
from datahall_hub.services.hall.languages import Language
from datahall_hub.services.hall.sign_in import check_form
from datahall_hub.services.hall.voices.answering import AnswerForm, Lookups, check_answer
from datahall_hub.services.hall.voices.free_text import find_personal_data
from datahall_hub.services.hall.voices.reading_pages import Number, check_steward, get_voice, voice_page
from datahall_hub.services.hall.voices.subjects import has_dataset, has_version
from datahall_hub.services.hall.voices.voice_book import OutdatedAnswer

router = APIRouter(prefix=BASE, include_in_schema=False)

Short = Annotated[str, Form(max_length=300)]
Long = Annotated[str, Form(max_length=20_000)]  # what is too long for an answer comes back to be shortened


@router.post("/{language}/voices/{number}")
async def answer(
    request: Request,
    hall: TheHall,
    language: Language,
    person: ThePerson,
    number: Number,
    revision: Annotated[int, Form(ge=0, le=2**31 - 1)],
    state: Short,
    reason: Short = "",
    version: Short = "",
    duplicate_of: Short = "",
    opened_as: Short = "",
    answer_en: Long = "",
    answer_zh: Long = "",
    shown_text: Long = "",
    title: Short = "",
    without_name: bool = Form(default=False),
    has_looked: bool = Form(default=False),
    csrf: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Answer a report or request in public, or hide it; stewards may."""
    check_form(request, hall, csrf=csrf, person=person)
    check_steward(person)
    voice = await get_voice(hall, number, person=person)
    form = AnswerForm(
        state, reason, version, duplicate_of, opened_as, answer_en, answer_zh, shown_text, title,
        has_name=not without_name, has_looked=has_looked,
    )  # fmt: skip
    lookups = Lookups(has_version, has_dataset, hall.voices.find, find_personal_data)
    checked = await run_in_threadpool(check_answer, form, voice=voice, lookups=lookups)
    problem = checked if isinstance(checked, str) else ""
    if not isinstance(checked, str):
        try:
            await run_in_threadpool(hall.voices.answer, number, checked, by=person.name, revision=revision)
        except OutdatedAnswer:
            problem, voice = "outdated", await get_voice(hall, number, person=person)
    if problem:
        return await voice_page(
            request, hall, language=language, person=person, voice=voice, form=form, problem=problem
        )
    return RedirectResponse(f"{page_path(f'voices/{number}', language=language)}?done=answer", status_code=303)
