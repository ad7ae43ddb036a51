"""Which portals the hall harvests: where each is, what its last harvest brought, and what could not be taken in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePath
from typing import Annotated, Any
from urllib.parse import quote

from datahall._messages import translate
from datahall._records.harvest_progress import HarvestProgress, find_progress
from datahall._records.missing_records import count_missing, list_missing
from datahall._records.outcomes import say_remark
from datahall._records.record_store import RecordStore, SourceState
from datahall._records.source_titles import title_source
from datahall._records.walking import ELSEWHERE
from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from datahall_hub.services.fetch.harvest_schedule import find_due, name_plans
from datahall_hub.services.hall.addresses import BASE, page_path
from datahall_hub.services.hall.faults import NotAllowed, NotFound
from datahall_hub.services.hall.fetch_client import hide_folders
from datahall_hub.services.hall.hall import MaybePerson, TheHall, ThePerson
from datahall_hub.services.hall.languages import Language
from datahall_hub.services.hall.sign_in import check_form
from datahall_hub.services.hall.wording import N_, Words, format_number
from datahall_hub.settings import HarvestPlan

router = APIRouter(prefix=BASE, include_in_schema=False)

RIGHT = "publish-cards"  # who may have a portal harvested now
MISSING_OF_PAGE = 100
LISTED = 200  # rejected records of a portal that the page lists
KINDS = {
    "ckan": "CKAN",
    "dcat-us": "DCAT-US (data.json)",
    "dcat": "DCAT",
    "frictionless": "Data Package",
    "socrata": "Socrata",
    "stac": "STAC",
    "sdmx": "SDMX",
    "datahall": "Datahall",
    "gov-cn": "GB/T 21063",
}


@dataclass(frozen=True)
class Portal:
    """A portal as the page shows it; texts are in the reader's language."""

    name: str
    title: str  # as it calls itself
    address: str
    link: str  # empty for a catalog that came in a file
    kind: str
    every: str
    records: int
    missing: int
    rejected: int
    succeeded: str
    is_part: bool  # a file with fewer records than its portal has
    failed: str
    failure: str
    next_try: str  # empty where it is harvested by hand
    reasons: tuple[tuple[str, str], ...]  # the rejected records, and why each was
    remarks: tuple[str, ...]
    brought: str  # what the last harvest that ended has brought
    is_planned: bool
    busy: str = ""  # running, or waiting
    progress: HarvestProgress | None = None  # of one that runs


@router.get("/{language}/harvests/")
async def show_harvests(request: Request, hall: TheHall, language: Language, person: MaybePerson) -> Response:
    """Show the portals and how their last harvests went; anybody may."""
    busy = await hall.fetch.find_busy_harvests() if hall.settings.harvests else {}
    portals = await run_in_threadpool(list_portals, hall.settings.harvests, language=language, busy=busy)
    may_begin = person is not None and bool(person.csrf) and person.may(RIGHT)
    return hall.renderer.page(
        request,
        "harvests.html",
        language=language,
        person=person,
        portals=portals,
        listed=LISTED,
        may_begin=may_begin,
        is_live=may_begin and bool(busy),
    )


@router.get("/{language}/harvests/{name}")
async def find_harvest(hall: TheHall, language: Language, name: str) -> Response:
    """Lead to a portal on the page of harvests; anybody may: who signs in in order to begin a harvest comes here."""
    known = await run_in_threadpool(RecordStore().list_sources)
    if name not in {*known, *name_plans(hall.settings.harvests)}:
        raise _unknown(name)
    return RedirectResponse(_address_of(name, language=language), status_code=302)


@router.get("/{language}/harvests/{name}/missing")
async def show_missing(
    request: Request,
    hall: TheHall,
    language: Language,
    person: MaybePerson,
    name: str,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> Response:
    """Show what a portal no longer has, which search does not find; anybody may."""
    values = await run_in_threadpool(_describe_missing, name, page=page, language=language)
    return hall.renderer.page(request, "missing.html", language=language, person=person, **values)


def _describe_missing(name: str, *, page: int, language: str) -> dict[str, Any]:
    store = RecordStore()
    if name not in store.list_sources():
        raise _unknown(name)
    total = count_missing(name, store=store)
    pages = max(1, -(-total // MISSING_OF_PAGE))
    page = min(page, pages)
    return {
        "name": name,
        "portal": title_source(name, language=language),
        "total": total,
        "page": page,
        "pages": pages,
        "records": list_missing(name, start=(page - 1) * MISSING_OF_PAGE, rows=MISSING_OF_PAGE, store=store),
    }


def _unknown(name: str) -> NotFound:
    return NotFound(
        N_("No portal is called {name} here."),
        name=name[:100],
        hint=N_("The page of harvests lists those that there are."),
    )


@router.post("/{language}/harvests/{name}")
async def begin_harvest(
    request: Request,
    hall: TheHall,
    language: Language,
    person: ThePerson,
    name: str,
    csrf: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Have a portal harvested now, and show how far that is; stewards and administrators may."""
    check_form(request, hall, csrf=csrf, person=person)
    if not person.may(RIGHT):
        raise NotAllowed(
            N_("Only data stewards and administrators may have a portal harvested."),
            hint=N_("Ask one of them, or wait for the next time."),
        )
    if name not in name_plans(hall.settings.harvests):
        raise NotFound(
            N_("No portal that is harvested again and again is called {name}."),
            name=name[:100],
            hint=N_("The page of harvests lists those that there are."),
        )
    await hall.fetch.begin_harvest(name)
    return RedirectResponse(_address_of(name, language=language), status_code=303)


def _address_of(name: str, *, language: str) -> str:
    return f"{page_path('harvests/', language=language)}#{quote(name)}"


def list_portals(
    plans: tuple[HarvestPlan, ...], *, language: str, busy: Mapping[str, str] | None = None
) -> list[Portal]:
    """Return the portals that were harvested and those that are to be; `busy` says what goes on now.

    First come those that are harvested again and again, each kind by name.
    """
    states = {state.name: state for state in RecordStore().sources()}
    planned, busy = name_plans(plans), busy or {}
    portals = [
        _describe(name, states.get(name), planned.get(name), language=language)
        for name in sorted({*states, *planned}, key=lambda name: (name not in planned, name))
    ]
    return [
        replace(each, busy=busy[each.name], progress=find_progress(each.name) if _is_new(each, busy, states) else None)
        if each.name in busy
        else each
        for each in portals
    ]


def _is_new(portal: Portal, busy: Mapping[str, str], states: Mapping[str, SourceState]) -> bool:
    """Say whether a harvest has begun of which the store already knows."""
    state = states.get(portal.name)
    return busy[portal.name] == "running" and state is not None and state.finished is None


def _describe(name: str, state: SourceState | None, plan: HarvestPlan | None, *, language: str) -> Portal:
    address = plan.address if plan is not None else state.address if state is not None else ""
    is_web = address.startswith(("http://", "https://"))
    result: dict[str, Any] = state.result if state is not None else {}
    failure = state.failure if state is not None else None
    return Portal(
        name=name,
        title=title_source(name, language=language),
        address=address if is_web else PurePath(address).name,  # where files lie here is nobody's business
        link=address if is_web else "",
        kind=KINDS.get(state.kind, state.kind) if state is not None else "",
        every=_say_period(plan.every, words=Words(language)) if plan is not None else "",
        records=state.records if state is not None else 0,
        missing=state.missing if state is not None else 0,
        rejected=result.get("rejected_count", 0),
        succeeded=_say_moment(state.succeeded if state is not None else None),
        is_part=any(reason == ELSEWHERE for _, reason, _ in result.get("remarks", [])),
        failed=_say_moment(state.failed if state is not None else None),
        failure=_say_failure(failure, language=language) if failure is not None and is_web else "",
        next_try=_say_next(plan, state),
        reasons=tuple(
            (each["id"], translate(each["reason"], language=language)) for each in result.get("rejected", [])[:LISTED]
        ),
        brought=_say_brought(result, words=Words(language)),
        is_planned=plan is not None,
        remarks=tuple(
            _hide_folders_of_files(say_remark(remark, language=language), is_web=is_web)
            for remark in result.get("remarks", [])
        ),
    )


def _hide_folders_of_files(told: str, *, is_web: bool) -> str:
    """Return what is told of a portal; harvests of files told where these lie, and stores remember it."""
    return told if is_web else hide_folders(told)


def _say_failure(failure: dict[str, str], *, language: str) -> str:
    """Return why a harvest failed; where the records lie on this machine is nobody's business."""
    told = failure.get(language, "")
    return hide_folders(told) if failure.get("code", "").startswith("records-") else told


def _say_brought(result: dict[str, Any], *, words: Words) -> str:
    """Return in a line what a harvest has brought; nothing where none has ended yet."""
    if not result:
        return ""
    counts = {word: format_number(result.get(word, 0)) for word in ("added", "updated", "unchanged")}
    return words.text(N_("{added} new, {updated} updated, {unchanged} unchanged"), **counts)


def _say_next(plan: HarvestPlan | None, state: SourceState | None) -> str:
    """Return when a portal is harvested next, as far as that is known and still to come."""
    due = find_due(plan, state) if plan is not None and state is not None else None
    return _say_moment(due) if due is not None and due > datetime.now(UTC) else ""


def _say_moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment is not None else ""


def _say_period(period: timedelta, *, words: Words) -> str:
    if period % timedelta(days=1):
        return words.count(N_("every hour"), N_("every {n} hours"), max(1, round(period / timedelta(hours=1))))
    return words.count(N_("every day"), N_("every {n} days"), period.days)
