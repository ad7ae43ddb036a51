"""The hall's application: which modules serve which addresses, and what every answer has in common."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from datahall_hub import __version__
from datahall_hub.services.hall import (
    api,
    cards,
    citations,
    data,
    dataset_page,
    datasets_page,
    exports,
    harvested,
    harvests_page,
    home_page,
    languages,
    live,
    notebooks,
    people,
    sign_in,
    static_files,
)
from datahall_hub.services.hall.addresses import BASE, split_language
from datahall_hub.services.hall.allowed_methods import find_methods
from datahall_hub.services.hall.api_v1 import routes as api_v1_routes
from datahall_hub.services.hall.app_desk import api as app_api
from datahall_hub.services.hall.app_desk import (
    app_page,
    gallery_page,
    own_apps_page,
    queue_page,
    review_page,
    version_preview,
)
from datahall_hub.services.hall.app_desk.mover import Mover
from datahall_hub.services.hall.ckan import routes as ckan_routes
from datahall_hub.services.hall.class_desk import class_pages
from datahall_hub.services.hall.faults import Fault, NotFound, Unavailable
from datahall_hub.services.hall.hall import Hall, find_person, wanted_language
from datahall_hub.services.hall.hub_api import HubUnreachable
from datahall_hub.services.hall.security import HEADERS, HeadAsGet, SecurityHeaders
from datahall_hub.services.hall.voices import answering_page, keeping, reading_pages, writing_page
from datahall_hub.services.hall.wording import N_, Words
from datahall_hub.settings import Settings

log = logging.getLogger("datahall.hall")

LARGEST_BODY = 64 * 1024  # bytes; nobody sends the hall more than a form
# In this order: “mine” is no app.
APPS = (gallery_page, own_apps_page, queue_page, review_page, version_preview, app_page)
VOICES = (writing_page, answering_page, reading_pages)  # in this order: “new” is no number
ROUTERS = (  # asked in this order: those that are asked many times a second come first
    dataset_page,
    datasets_page,
    data,
    api_v1_routes,
    ckan_routes,
    sign_in,
    static_files,
    app_api,
    api,
    cards,
    citations,
    notebooks,
    live,
    harvested,
    exports,
    languages,
    home_page,
    harvests_page,
    people,
    class_pages,
    *APPS,
    *VOICES,
)


def build_app(settings: Settings) -> FastAPI:
    """Return the hall for `settings`."""
    hall = Hall(settings)

    @asynccontextmanager
    async def run(_app: FastAPI) -> AsyncIterator[None]:
        warming = asyncio.create_task(asyncio.to_thread(warm_up))
        hall.uses.start()
        forgetting = asyncio.create_task(keeping.keep_forgetting(hall.voices, days=settings.voices_days))
        mover = Mover(hall.desk, trials=hall.trials, fetch=hall.fetch, patience=settings.apps_start_timeout)
        moving = [
            asyncio.create_task(mover.keep_moving()),
            asyncio.create_task(mover.submit_shipped(settings.apps_folder)),
        ]
        yield
        for task in (forgetting, *moving):
            task.cancel()
        await asyncio.to_thread(hall.uses.stop)
        await warming
        await hall.close()

    app = FastAPI(
        title="Datahall",
        version=__version__,
        description="Open datasets: search them, read their cards, download their rows.",
        openapi_url=f"{BASE}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # such redirects repeat whatever Host was sent
        max_body_size=LARGEST_BODY,
        lifespan=run,
    )
    app.state.hall = hall
    for module in ROUTERS:
        app.include_router(module.router)
    app.include_router(exports.top_router)
    app.add_exception_handler(Fault, answer_fault)
    app.add_exception_handler(HubUnreachable, answer_fault)
    app.add_exception_handler(HTTPException, answer_fault)
    app.add_exception_handler(RequestValidationError, answer_fault)
    app.add_exception_handler(Exception, answer_fault)
    app.add_middleware(languages.LanguageSwitch)
    app.add_middleware(HeadAsGet)
    app.add_middleware(SecurityHeaders)
    return app


def warm_up() -> None:
    """Read what the first visitor would otherwise wait for; called once in a thread, after the hall has started."""
    import datahall
    import polars  # noqa: F401 half a second

    with contextlib.suppress(datahall.DatahallError, OSError):  # a page says what is wrong with the cards
        datahall.search("data")
    # What is there by now stays: walking through it again and again took a third of the time of a download's answers.
    gc.collect()
    gc.freeze()


async def answer_fault(request: Request, error: Exception) -> Response:
    """Answer an error: a page in the reader's language, or JSON where a program asks."""
    fault = _to_fault(error)
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}  # such as Allow
    if "Allow" in headers:
        headers["Allow"] = ", ".join(sorted(find_methods(request.app.routes, request.url.path)))
    named, path = split_language(request.url.path)
    language = named or wanted_language(request)
    words = Words(language)
    if named is None and not _is_page(request, path):
        content = {"error": {"code": fault.code, "message": fault.message(words), "hint": fault.hint(words)}}
        headers |= {"access-control-allow-origin": "*", "vary": "Cookie, Accept-Language", **fault.headers}
        return JSONResponse(content, status_code=fault.status, headers=headers)
    hall: Hall = request.app.state.hall
    person = None if fault.status >= 500 else await find_person(request, hall)
    answer = hall.renderer.page(
        request,
        "error.html",
        language=language,
        person=person,
        status=fault.status,
        heading=words.text(fault.heading),
        message=fault.message(words),
        hint=fault.hint(words),
        near=fault.near,
        needs_sign_in=fault.status == 401,
    )
    answer.headers.update(headers | fault.headers)
    answer.headers.update(HEADERS)  # an unforeseen error is answered outside of the layer that puts them on
    return answer


def _is_page(request: Request, path: str) -> bool:
    """Tell whether a browser asks for a page, rather than a program for data."""
    first = path.split("/", 1)[0]
    is_data = first in {"api", "health", "openapi.json"} or "/data." in path or exports.is_document(path)
    return not is_data and "text/html" in request.headers.get("accept", "")


def _to_fault(error: Exception) -> Fault:
    if isinstance(error, Fault):
        return error
    if isinstance(error, RequestValidationError):
        return _invalid(error)
    if isinstance(error, HubUnreachable):
        return Unavailable(N_("The hub does not answer at the moment."), hint=N_("Try again in a moment."))
    if isinstance(error, HTTPException):
        return _of_status(error)
    log.error("an error nobody foresaw", exc_info=error)
    fault = Fault(
        N_("Something went wrong here, and it is not your doing."),
        hint=N_("Try again; if it stays so, tell the operator what you were doing."),
        code="internal",
    )
    fault.status, fault.heading = 500, N_("An error of the hall")
    fault.ends_connection = True
    return fault


def _invalid(error: RequestValidationError) -> Fault:
    places = [detail["loc"] for detail in error.errors()]
    if any(place[0] == "path" for place in places):
        return NotFound(N_("There is no such page."), hint=N_("Check the address, or search."))
    if any(detail["type"] == "string_too_long" and detail["loc"][-1] == "q" for detail in error.errors()):
        return _too_long()
    unknown = any(detail["type"] == "extra_forbidden" for detail in error.errors())
    allowed = [str(detail["ctx"]["expected"]) for detail in error.errors() if "expected" in detail.get("ctx", {})]
    fault = Fault(
        N_("The request cannot be understood: {places}."),
        hint=N_("There is no such parameter; openapi.json names those that there are.")
        if unknown
        else N_("Possible values: {allowed}.")
        if allowed
        else N_("Correct it and try again."),
        code="invalid-request",
        allowed="; ".join(allowed),
        places=", ".join(str(place[-1]) for place in places),
    )
    fault.status = 422
    return fault


def _too_long() -> Fault:
    fault = Fault(
        N_("These words are too many to search for: 200 characters are the most."),
        hint=N_("Search for a few of them."),
        code="search-too-long",
    )
    fault.status = 422
    return fault


def _of_status(error: HTTPException) -> Fault:
    if error.status_code == 404:
        return NotFound(N_("There is no such page."), hint=N_("Check the address, or search."))
    fault = Fault(N_("The hall does not accept this request."), code=f"http-{error.status_code}")
    fault.status = error.status_code
    return fault
