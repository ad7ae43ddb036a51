"""Signing in and out: the hub's OAuth, with this hall as its client.

Anybody may open these addresses. The state that the hub sends back must be the one in this browser's
sealed cookie, so nobody can be signed in as somebody else from another page.
"""

from __future__ import annotations

import secrets
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from datahall_hub.services.hall.addresses import BASE, HUB, is_inside, origin_of
from datahall_hub.services.hall.faults import NotAllowed, Unavailable
from datahall_hub.services.hall.hall import HUB_AWAY, Hall, TheHall, check_same_origin
from datahall_hub.services.hall.hub_api import AUTHORIZE, CALLBACK, CLIENT_ID, HubRefused, HubUnreachable
from datahall_hub.services.hall.person import Person
from datahall_hub.services.hall.sessions import COOKIE, LIFETIME, STATE_COOKIE, STATE_LIFETIME
from datahall_hub.services.hall.wording import N_

router = APIRouter(prefix=BASE, include_in_schema=False)

AGAIN = N_("Open the hall and sign in once more.")
SHORT_TEXT = Query(max_length=500)


@router.get("/sign-in")
async def begin_sign_in(
    request: Request, hall: TheHall, next_path: Annotated[str, Query(alias="next", max_length=2000)] = f"{BASE}/"
) -> Response:
    """Send the browser to the hub; anybody may."""
    state = secrets.token_urlsafe(24)
    query = {"client_id": CLIENT_ID, "redirect_uri": CALLBACK, "response_type": "code", "state": state}
    answer = RedirectResponse(f"{AUTHORIZE}?{urlencode(query)}", status_code=302, headers={"cache-control": "no-store"})
    target = next_path if is_inside(next_path) else f"{BASE}/"
    _set_cookie(
        answer, request, hall,
        name=STATE_COOKIE, value=hall.seal.close_state(state=state, next_path=target), lifetime=STATE_LIFETIME,
    )  # fmt: skip
    return answer


@router.get("/oauth_callback")
async def complete_sign_in(
    request: Request,
    hall: TheHall,
    code: Annotated[str, SHORT_TEXT] = "",
    state: Annotated[str, SHORT_TEXT] = "",
) -> Response:
    """Take the hub's answer; anybody may, but only with the state of this browser."""
    expected = hall.seal.open_state(request.cookies.get(STATE_COOKIE))
    if not code or expected is None or not secrets.compare_digest(state.encode(), expected[0].encode()):
        raise NotAllowed(N_("This sign-in was not begun in this browser, or too long ago."), hint=AGAIN)
    try:
        token = await hall.hub.exchange_code(code, secret=hall.client_secret())
    except HubUnreachable as error:
        raise Unavailable(HUB_AWAY, hint=AGAIN) from error
    except HubRefused as error:
        raise NotAllowed(N_("The hub did not confirm this sign-in."), hint=AGAIN) from error
    answer = RedirectResponse(expected[1], status_code=302, headers={"cache-control": "no-store"})
    _set_cookie(answer, request, hall, name=COOKIE, value=hall.seal.close_session(token), lifetime=LIFETIME)
    answer.delete_cookie(STATE_COOKIE, path=BASE)
    return answer


@router.post("/sign-out")
async def sign_out(request: Request, hall: TheHall, csrf: Annotated[str, Form(max_length=200)] = "") -> Response:
    """End the session here and at the hub; whoever holds it may."""
    session = hall.seal.open_session(request.cookies.get(COOKIE))
    if session is not None:
        check_same_origin(request, hall)
        check_csrf(csrf, expected=session.csrf)
        hall.hub.forget(session.token)
    answer = RedirectResponse(f"{HUB}/logout", status_code=303, headers={"cache-control": "no-store"})
    answer.delete_cookie(COOKIE, path=BASE)
    return answer


def check_csrf(word: str, *, expected: str) -> None:
    """Refuse a form that was not made by a page of this session."""
    if not expected or not secrets.compare_digest(word.encode(), expected.encode()):
        raise NotAllowed(
            N_("This form belongs to another session."),
            hint=N_("Go back, load the page again, and send the form once more."),
            code="stale-form",
        )


def check_form(request: Request, hall: Hall, *, csrf: str, person: Person | None) -> None:
    """Refuse a form that another site sent or, of somebody who has signed in, that no page of their session made."""
    check_same_origin(request, hall)
    if person is not None:
        check_csrf(csrf, expected=person.csrf)


def _set_cookie(answer: Response, request: Request, hall: Hall, *, name: str, value: str, lifetime: int) -> None:
    secure = origin_of(request.headers, settings=hall.settings).startswith("https:")
    answer.set_cookie(name, value, max_age=lifetime, path=BASE, secure=secure, httponly=True, samesite="lax")
