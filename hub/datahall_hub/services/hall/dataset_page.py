"""A dataset's page: what a row is, what one may do with it, how it looks, how to get and cite it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Annotated, Any

import datahall
from datahall import Dataset, Quality
from datahall._entries.entry import Entry
from datahall._field_words import FIELD_WORDS
from datahall._first_rows import find_preview
from datahall._index import open_index
from datahall._index.place_titles import title_place
from datahall._messages import translate
from datahall._notebooks import write_dataset_lines
from datahall.uses import load_use
from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from datahall_hub.services.hall.addresses import BASE, base_url, dataset_path
from datahall_hub.services.hall.arrival import find_arrival, may_read_reason
from datahall_hub.services.hall.chart_view import view_chart
from datahall_hub.services.hall.citations import list_forms
from datahall_hub.services.hall.field_values import view_field_values
from datahall_hub.services.hall.hall import Hall, MaybePerson, TheHall, ThePerson
from datahall_hub.services.hall.harvested_page import describe_harvested, describe_size
from datahall_hub.services.hall.home_page import theme_titles
from datahall_hub.services.hall.json_ld import describe_dataset, describe_entry, to_script
from datahall_hub.services.hall.languages import Language
from datahall_hub.services.hall.live import load_live
from datahall_hub.services.hall.neighbours import find_joins, find_related
from datahall_hub.services.hall.parts import list_parts
from datahall_hub.services.hall.records import get_record, is_web_address
from datahall_hub.services.hall.shelf import get_dataset, get_version, load_version_record
from datahall_hub.services.hall.sign_in import check_form
from datahall_hub.services.hall.sizes import measure_sizes
from datahall_hub.services.hall.snippets import write_snippets
from datahall_hub.services.hall.voices.subjects import find_voices
from datahall_hub.services.hall.voices.voice import STATES

router = APIRouter(prefix=BASE, include_in_schema=False)

HARVESTED = "harvested"  # stands in place of a domain in the ids of other portals' datasets


@router.get("/{language}/datasets/{theme}/{name}")
async def show_dataset(
    request: Request,
    hall: TheHall,
    language: Language,
    person: MaybePerson,
    theme: str,
    name: str,
    version: Annotated[str | None, Query(max_length=40)] = None,
) -> Response:
    """Show a dataset, in its newest version or the one asked for; anybody may."""
    if theme == HARVESTED:
        id, base = f"{theme}/{name}", base_url(request.headers, settings=hall.settings)

        voices = await run_in_threadpool(find_voices, hall.voices, id)  # who waits for a database keeps nobody waiting

        def render_harvested() -> Response:
            values = _describe_harvested(id, language=language, base=base) | {"voices": voices}
            return hall.renderer.page(request, "harvested.html", language=language, person=person, **values)

        return await hall.page_threads.make(render_harvested)
    dataset, found = await hall.page_threads.make(_find_version, f"{theme}/{name}", version)
    arrival = await find_arrival(hall, dataset, present=found is not None, person=person)
    voices = await run_in_threadpool(find_voices, hall.voices, dataset.id)

    def render() -> Response:
        values = _describe(request, hall, dataset, language=language, version=found)
        return hall.renderer.page(
            request,
            "dataset.html",
            language=language,
            person=person,
            arrival=arrival,
            is_told_why=may_read_reason(person),
            voices=voices,
            voice_states=STATES,
            subject_id=dataset.id,
            asked_version=version,
            **values,
        )

    return await hall.page_threads.make(render)


def _find_version(dataset_id: str, version: str | None) -> tuple[Dataset, str | None]:
    dataset = get_dataset(dataset_id)
    return dataset, get_version(dataset, version)


def _describe_harvested(dataset_id: str, *, language: str, base: str) -> dict[str, Any]:
    stored = get_record(dataset_id)
    described = describe_harvested(stored, language=language, base=base)
    brought = described["brought"]
    return {
        **described,
        "json_ld": to_script(describe_entry(described["entry"], language=language, base_url=base)),
        "related": find_related(dataset_id),
        "replacement": _find_entry(described["entry"].replaced_by),
        "chart": brought.chart if brought else None,
        "quality": brought.quality if brought else None,
        "joins": brought.joins if brought else (),
        "card_fields": brought.fields if brought else (),
        "primary_key": (),
        "field_values": brought.field_values if brought else {},
        "field_types": {name: translate(word, language=language) for name, word in FIELD_WORDS.items()},
        "subject_id": dataset_id,
        "voice_states": STATES,
        "is_web_address": is_web_address,
        "size_of": describe_size,
        "formats": datahall.formats(),
        "licenses": datahall.licenses(),
        "access_levels": datahall.access_levels(),
        "themes": theme_titles(),
    }


@router.post("/{language}/datasets/{theme}/{name}/fetch")
async def fetch_again(
    request: Request,
    hall: TheHall,
    language: Language,
    person: ThePerson,
    theme: str,
    name: str,
    csrf: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Ask for the data once more, and show the page again; anybody who has signed in may."""
    check_form(request, hall, csrf=csrf, person=person)
    dataset = await run_in_threadpool(get_dataset, f"{theme}/{name}")
    await hall.fetch.fetch([dataset.id], asker=person.name)
    return RedirectResponse(dataset_path(dataset.id, language=language), status_code=303)


def _find_entry(dataset_id: str | None) -> Entry | None:
    return open_index().get(dataset_id) if dataset_id else None


@lru_cache(maxsize=2_000)
def _assess(pinned: Dataset, _card: int, today: date) -> Quality:
    """Return the report of a version, which changes with its card and with the day; the kept dataset holds its card."""
    return pinned.known_quality(today=today)


def _describe(request: Request, hall: Hall, dataset: Dataset, *, language: str, version: str | None) -> dict[str, Any]:
    card = dataset.card
    pinned = datahall.dataset(f"{dataset.id}@{version}") if version else dataset
    is_readable = version is not None and card.access == "open"
    base = base_url(request.headers, settings=hall.settings)
    citation = pinned.cite()
    files = list_parts(dataset, version, base=base).parts if version and is_readable else []
    linked = describe_dataset(dataset, language=language, base_url=base, version=version)
    return {
        "dataset": dataset,
        "card": card,
        "version": version,
        "versions": [load_version_record(dataset.id, each) for each in dataset.versions()],
        "record": load_version_record(dataset.id, version) if version else None,
        "preview": find_preview(dataset.id, version) if version and is_readable else None,
        "chart": view_chart(pinned, language=language) if version and is_readable else None,
        "field_values": view_field_values(pinned, language=language) if version and is_readable else {},
        "is_readable": is_readable,
        "live": load_live(dataset) if is_readable else None,
        "files": files,
        "sizes": measure_sizes(dataset.id, version) if version and is_readable else {},
        "citation": citation,
        "quality": _assess(pinned, id(card), datetime.now(UTC).date()),
        "citation_forms": list_forms(citation),
        "snippet": write_dataset_lines(dataset, version=version, language=language),
        "snippets": write_snippets(
            dataset, version=version, base=base, parts=[file.url for file in files], language=language
        )
        if version and is_readable
        else [],
        "joins": find_joins(dataset, language=language) if is_readable else [],
        "related": find_related(dataset.id),
        "replacement": _find_entry(card.replaced_by),
        "licenses": datahall.licenses(),
        "access_levels": datahall.access_levels(),
        "use": load_use(dataset.id),
        "json_ld": to_script(linked),
        "apps": [app for app in hall.apps.list_all() if dataset.id in {use.id for use in app.list_datasets()}],
        "themes": theme_titles(),
        "places": [title_place(code, language=language) for code in card.spatial],
        "license": datahall.licenses()[card.license],
        "publisher": datahall.publishers()[card.publisher],
        "access": datahall.access_levels()[card.access],
        "frequency": datahall.frequencies()[card.frequency],
        "goals": [datahall.goals()[goal] for goal in card.goals],
        "field_types": {name: translate(word, language=language) for name, word in FIELD_WORDS.items()},
        "card_fields": card.fields,
        "primary_key": card.primary_key,
    }
