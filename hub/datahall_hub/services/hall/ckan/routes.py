"""Where CKAN's clients call: GET and POST, parameters in the address, a form or JSON; CKAN's envelope around all."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, quote

from datahall._exports.ckan import read_package_name
from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from datahall_hub.client_addresses import find_client
from datahall_hub.services.hall.addresses import BASE, base_url, dataset_path
from datahall_hub.services.hall.api_v1.models import ErrorAnswer
from datahall_hub.services.hall.ckan.actions import ACTIONS, Call, is_large
from datahall_hub.services.hall.ckan.arguments import Arguments
from datahall_hub.services.hall.ckan.faults import CkanFault
from datahall_hub.services.hall.hall import TheHall, wanted_language
from datahall_hub.services.hall.turns import Turns
from datahall_hub.services.hall.wording import N_, Words
from datahall_hub.translations import LANGUAGES

router = APIRouter(prefix=BASE, tags=["ckan"])

Name = Annotated[str, Path(description="the action", json_schema_extra={"enum": list(ACTIONS)})]


class Answer(BaseModel):
    """CKAN's envelope around what an action returns."""

    help: str
    success: Literal[True]
    result: Any


class Refusal(BaseModel):
    """CKAN's envelope around why there is no result; `__type` and `message`, and what is wrong by parameter."""

    help: str
    success: Literal[False]
    error: dict[str, Any]


_ANSWERS: dict[str, Any] = {
    "response_model": Answer,
    "responses": {
        400: {"model": Refusal, "description": "No such action, or a body that cannot be read."},
        404: {"model": Refusal, "description": "There is no such thing."},
        409: {"model": Refusal, "description": "A parameter is missing, or cannot be understood."},
        413: {"description": "The body is too long."},
        422: {"model": ErrorAnswer, "description": "Not sent by any action."},
        503: {"model": ErrorAnswer, "description": "Too many large answers are asked for; ask again in a moment."},
    },
}

MOST_PARAMETERS = 200
_HUNG_UP = 499  # as logs know it; nobody is there to read it
_OTHERS = ["DELETE", "OPTIONS", "PATCH", "PUT", "TRACE"]


@router.get("/api/3/action/{name}", **_ANSWERS)
@router.post("/api/3/action/{name}", **_ANSWERS)
@router.get("/api/action/{name}", include_in_schema=False)
@router.post("/api/action/{name}", include_in_schema=False)
async def call_action(request: Request, hall: TheHall, name: Name) -> Response:
    """Call an action of CKAN's API that reads; anybody may."""
    base = base_url(request.headers, settings=hall.settings)
    language, is_shared = wanted_language(request), request.method == "GET"
    content: dict[str, Any] = {"help": f"{base}/api/3/action/help_show?name={quote(name[:100])}"}
    try:
        if name not in ACTIONS:
            raise CkanFault(N_("Action name not known: {name}"), name=name[:100])
        values = await _read_values(request)
        language = _choose_language(values, otherwise=language)
        call = Call(Arguments(values), base_url=base, language=language)
        make = partial(_answer_call, name, call, content, is_shared=is_shared)
        return await (answer_in_turn(request, hall.turns, make) if is_large(name, call) else run_in_threadpool(make))
    except CkanFault as fault:
        content |= {"success": False, "error": fault.as_error(Words(language))}
        return _answer(content, status=fault.status, is_shared=is_shared)


@router.api_route("/api/3/action/{name}", methods=_OTHERS, include_in_schema=False)
@router.api_route("/api/action/{name}", methods=_OTHERS, include_in_schema=False)
async def refuse_method() -> Response:
    """Say which methods there are, since the framework would name only one of them; anybody may ask."""
    raise HTTPException(405, headers={"allow": "GET, POST"})


@router.get("/api/3")
def show_version() -> dict[str, int]:
    """Return which version of CKAN's API this is, by which some clients know it; anybody may."""
    return {"version": 3}


@router.get("/dataset/{name}", include_in_schema=False)
async def lead_to_dataset(request: Request, name: str) -> Response:
    """Lead from the address that CKAN's clients make of a name to the dataset's page; anybody may."""
    target = dataset_path(read_package_name(name[:300]), language=wanted_language(request))
    return RedirectResponse(target, status_code=302, headers={"vary": "Cookie, Accept-Language"})


async def _read_values(request: Request) -> dict[str, Any]:
    """Return the parameters of the address and of the body."""
    values = _gather(request.query_params.multi_items())
    if request.method == "POST":
        try:
            body = (await request.body()).decode()
        except UnicodeDecodeError as error:
            raise CkanFault(N_("The body is not text in UTF-8.")) from error
        values |= _read_body(body.strip())
    if len(values) > MOST_PARAMETERS:
        raise CkanFault(N_("There are too many parameters: {most} are the most."), most=MOST_PARAMETERS)
    return values


def _read_body(body: str) -> dict[str, Any]:
    """Return the parameters in a body: JSON whatever its type is called, as CKAN has it, else a form."""
    if not body.startswith(("{", "[", '"')):
        try:
            return _gather(parse_qsl(body, keep_blank_values=True, max_num_fields=MOST_PARAMETERS))
        except ValueError as error:
            raise CkanFault(N_("The form in the body cannot be read.")) from error
    try:
        values = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise CkanFault(N_("The body is not JSON: {reason}"), reason=str(error)[:100]) from error
    if not isinstance(values, dict):
        raise CkanFault(N_("The body is JSON, but no object with parameters."))
    return values


def _gather(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Return each name with its value, or with the list of its values where there are several."""
    values: dict[str, Any] = {}
    for name, value in pairs:
        if name in values:
            earlier = values[name]
            values[name] = [*(earlier if isinstance(earlier, list) else [earlier]), value]
        else:
            values[name] = value
    return values


def _choose_language(values: dict[str, Any], *, otherwise: str) -> str:
    wish = values.get("lang")
    return wish if isinstance(wish, str) and wish in LANGUAGES else otherwise


async def answer_in_turn(request: Request, turns: Turns, make: Callable[[], Response]) -> Response:
    """Answer when it is this client's turn; for one that has hung up meanwhile nothing is made."""
    async with turns.take(find_client(request.headers.get("x-forwarded-for", ""))):
        if await request.is_disconnected():
            return Response(status_code=_HUNG_UP)
        return await run_in_threadpool(make)


def _answer_call(name: str, call: Call, content: dict[str, Any], *, is_shared: bool) -> Response:
    return _answer(content | {"success": True, "result": ACTIONS[name](call)}, status=200, is_shared=is_shared)


def _answer(content: dict[str, Any], *, status: int, is_shared: bool) -> Response:
    headers = {"cache-control": "public, no-cache", "vary": "Cookie, Accept-Language"}
    if is_shared:  # scripts of other sites may read, as far as an address says all
        headers["access-control-allow-origin"] = "*"
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    return Response(body, status_code=status, media_type="application/json;charset=utf-8", headers=headers)
