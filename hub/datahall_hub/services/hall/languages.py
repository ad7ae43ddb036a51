"""One address per language: addresses without one lead to the reader's, and a switch is remembered."""

from __future__ import annotations

from typing import Literal
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from datahall_hub.services.hall.addresses import BASE, origin_of, page_path, split_language
from datahall_hub.services.hall.hall import TheHall, wanted_language
from datahall_hub.translations import COOKIE, LANGUAGES

router = APIRouter(prefix=BASE, include_in_schema=False)

Language = Literal["en", "zh"]
YEAR = 365 * 24 * 3600


@router.get("")
@router.get("/")
@router.get("/datasets")
@router.get("/datasets/")
@router.get("/datasets/{theme}/{name}")
@router.get("/apps")
@router.get("/apps/")
@router.get("/people")
@router.get("/people/")
@router.get("/voices")
@router.get("/voices/")
@router.get("/voices/{number}")
@router.get("/voices/mine/{token}")
@router.get("/en")
@router.get("/zh")
@router.get("/{language}/datasets")
@router.get("/{language}/apps")
@router.get("/{language}/people")
@router.get("/{language}/voices")
async def lead_to_language(request: Request, hall: TheHall) -> Response:
    """Lead to the same page under its full address; anybody may."""
    named, _ = split_language(request.url.path)
    return redirect_to(request, hall, language=named or wanted_language(request))


@router.get("/datasets/{theme}")
@router.get("/datasets/{theme}/")
@router.get("/{language}/datasets/{theme}")
@router.get("/{language}/datasets/{theme}/")
async def lead_to_theme(request: Request, theme: str) -> Response:
    """Lead to the datasets of one domain; anybody may."""
    language = split_language(request.url.path)[0] or wanted_language(request)
    target = f"{page_path('datasets/', language=language)}?{urlencode({'theme': theme})}"
    return RedirectResponse(target, status_code=302, headers={"vary": "Cookie, Accept-Language"})


@router.get("/datasets/{theme}/{name}/")
@router.get("/{language}/datasets/{theme}/{name}/")
async def lead_to_dataset(request: Request) -> Response:
    """Lead to the dataset's one address, which has no slash at its end; anybody may."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{request.url.path.rstrip('/')}{query}", status_code=308)


def redirect_to(request: Request, hall: TheHall, *, language: str) -> RedirectResponse:
    """Return a redirect to the page of `request` in `language`; a wish in the address is remembered."""
    _, path = split_language(request.url.path)
    if path in {"datasets", "apps", "people", "voices"}:
        path += "/"
    query = [(key, value) for key, value in parse_qsl(request.url.query) if key != "language"]
    target = page_path(path, language=language) + (f"?{urlencode(query)}" if query else "")
    answer = RedirectResponse(
        target, status_code=302, headers={"vary": "Cookie, Accept-Language", "cache-control": "private, no-cache"}
    )
    if request.query_params.get("language") in LANGUAGES:
        secure = origin_of(request.headers, settings=hall.settings).startswith("https:")
        answer.set_cookie(COOKIE, language, max_age=YEAR, path="/", samesite="lax", secure=secure)
    return answer


class LanguageSwitch:
    """Turn ``?language=zh`` on any page into that page's own address, and remember the choice."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; called by the server."""
        if scope["type"] == "http" and b"language=" in scope["query_string"] and scope["method"] == "GET":
            request = Request(scope)
            wish = request.query_params.get("language")
            if wish in LANGUAGES and split_language(request.url.path)[0] is not None:
                await redirect_to(request, scope["app"].state.hall, language=str(wish))(scope, receive, send)
                return
        await self.app(scope, receive, send)
