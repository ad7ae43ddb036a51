"""What one running hall holds: settings, words, and its connections to the hub and the fetch service."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated
from urllib.parse import urlsplit

import sqlalchemy as sa
from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from datahall_hub.app_life.app_book import AppBook
from datahall_hub.app_life.app_files import AppFiles
from datahall_hub.app_life.published_apps import PublishedApps
from datahall_hub.app_life.states import REVIEW_RIGHT, Actor
from datahall_hub.daily_marks import DailyMarks
from datahall_hub.home import Home
from datahall_hub.secret_files import ensure_secret
from datahall_hub.services.hall.app_desk.desk import AppDesk
from datahall_hub.services.hall.app_desk.trial_client import TrialClient
from datahall_hub.services.hall.faults import NotAllowed, NotSignedIn, Unavailable
from datahall_hub.services.hall.fetch_client import FetchClient
from datahall_hub.services.hall.hub_api import HubApi, HubUnreachable
from datahall_hub.services.hall.kept_documents import KeptDocuments
from datahall_hub.services.hall.page_threads import PageThreads
from datahall_hub.services.hall.person import Person
from datahall_hub.services.hall.recent_versions import RecentVersions
from datahall_hub.services.hall.rendering import Renderer
from datahall_hub.services.hall.sessions import COOKIE, Seal
from datahall_hub.services.hall.turns import Turns
from datahall_hub.services.hall.voices.flood_gate import FloodGate
from datahall_hub.services.hall.voices.voice_book import VoiceBook
from datahall_hub.services.hall.wording import N_
from datahall_hub.settings import Settings
from datahall_hub.translations import COOKIE as LANGUAGE_COOKIE
from datahall_hub.translations import choose_language
from datahall_hub.use_counter import UseCounter

HUB_AWAY = N_("The hub does not answer at the moment.")


class Hall:
    """One running hall; handlers get it as a dependency."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.home = Home(settings.home.expanduser().resolve())
        self.renderer = Renderer(settings)
        self.hub = HubApi(url=settings.hub_api_url)
        self.fetch = FetchClient(self.home.fetch_socket)
        self.uses = UseCounter(self.home.root)
        self.is_open = False  # whether the data that needs no network has been in the store once
        self.seal = Seal(ensure_secret(self.home.secrets / "hall-cookie-key"))
        self.voices = VoiceBook(settings.hall_database_url or f"sqlite:///{self.home.voices}")
        self.apps = PublishedApps(self.home.apps, shipped=settings.apps_folder)
        book = AppBook(settings.hall_database_url or f"sqlite:///{self.home.app_life}")
        self.desk = AppDesk(book, AppFiles(self.home.apps))
        self.trials = TrialClient(self.home.apps_socket)
        self.gate = FloodGate(self.seal)
        self.marks = DailyMarks()
        self.documents = KeptDocuments(self.home.documents)
        self.turns = Turns()
        self.page_threads = PageThreads()
        self.recent_rows: RecentVersions[object] = RecentVersions()

    def client_secret(self) -> str:
        """Return the hall's own token, with which sign-ins are completed."""
        return ensure_secret(self.home.secrets / "hall-token")

    async def close(self) -> None:
        """Close the connections."""
        await self.hub.close()
        await self.fetch.close()
        await self.trials.close()
        self.voices.close()
        self.desk.book.close()
        self.documents.close()


async def get_hall(request: Request) -> Hall:  # async: a plain function would be run in a thread, for every request
    """Return the hall that handles `request`."""
    hall: Hall = request.app.state.hall
    return hall


TheHall = Annotated[Hall, Depends(get_hall)]


def wanted_language(request: Request) -> str:
    """Return the language of an address without one: what is asked for, the cookie's, or the browser's."""
    return choose_language(
        query=request.query_params.get("language") or request.query_params.get("lang"),
        cookie=request.cookies.get(LANGUAGE_COOKIE),
        accept=request.headers.get("accept-language"),
    )


async def find_person(request: Request, hall: TheHall) -> Person | None:
    """Return who asks, by session or token; a visitor, or anybody while the hub is away, is None."""
    try:
        person = await _identify(request, hall)
    except HubUnreachable:
        return None
    return await _count_duties(hall, person) if person is not None else None


async def get_person(request: Request, hall: TheHall) -> Person:
    """Return who asks; refuse visitors."""
    try:
        person = await _identify(request, hall)
    except HubUnreachable as error:
        raise Unavailable(HUB_AWAY, hint=N_("Try again in a moment.")) from error
    if person is None:
        raise NotSignedIn(
            N_("This needs an account."),
            hint=N_("Sign in, or send a token in the header “Authorization: token …”."),
        )
    return person


async def get_reader(request: Request, hall: TheHall) -> Person:
    """Return who asks for a page, with what waits for them; refuse visitors."""
    return await _count_duties(hall, await get_person(request, hall))


MaybePerson = Annotated[Person | None, Depends(find_person)]
ThePerson = Annotated[Person, Depends(get_person)]
TheReader = Annotated[Person, Depends(get_reader)]


def check_same_origin(request: Request, hall: Hall) -> None:
    """Refuse a request that another site made with this browser's cookie."""
    if request.headers.get("authorization"):
        return
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site", "same-origin")
    # A browser cannot be made to send another Host; behind a TLS front only the scheme is not known here.
    ours = {request.headers.get("host"), urlsplit(hall.settings.address).netloc}
    if site not in {"same-origin", "none"} or (origin is not None and urlsplit(origin).netloc not in ours):
        raise NotAllowed(N_("This request comes from another site."), code="cross-site")


async def _count_duties(hall: Hall, person: Person) -> Person:
    """Return the person with the numbers that the head of a page shows; programs are shown no page."""
    if not person.csrf:
        return person
    return replace(
        person,
        waiting=await hall.hub.count_waiting(person),
        voices=await _count_voices(hall, person),
        apps=await _count_apps(hall, person),
    )


async def _count_apps(hall: Hall, person: Person) -> int:
    if not person.may(REVIEW_RIGHT):
        return 0
    actor = Actor(person.name, frozenset(person.rights))
    try:
        return len(await run_in_threadpool(lambda: hall.desk.list_waiting(actor=actor)))
    except sa.exc.SQLAlchemyError:  # its own page says so
        return 0


async def _count_voices(hall: Hall, person: Person) -> int:
    if not person.may("publish-cards"):
        return 0
    try:
        return await run_in_threadpool(hall.voices.count_waiting)
    except Unavailable:
        return 0


async def _identify(request: Request, hall: Hall) -> Person | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() in {"token", "bearer"} and token.strip():
        return await hall.hub.find_person(token.strip())
    session = hall.seal.open_session(request.cookies.get(COOKIE))
    if session is None:
        return None
    return await hall.hub.find_person(session.token, csrf=session.csrf)
