"""Everything of the apps service that a visitor's browser asks for, and the headers it gets.

Everyone may open these addresses; none of them needs or reads an account.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import jinja2
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, RequestHandler

from datahall_hub.app_life.manifest import ManifestError
from datahall_hub.app_life.published_apps import PublishedApp, PublishedApps
from datahall_hub.client_addresses import HERE
from datahall_hub.translations import COOKIE, LANGUAGES, choose_language, load_translations
from datahall_hub.use_counter import UseCounter, is_robot

from .deadline import Deadline, take_before
from .headers import FOR_OWN_PAGES, SECURITY_HEADERS
from .kernels import NoSeatError, VisitorKernel, VisitorKernels
from .labels import page_labels
from .rendering import BASE_URL, Rendering
from .visitor import find_address

GALLERY = "/services/hall/apps/"
COOKIE_DAYS = 365
TRY_AGAIN_AFTER = 60  # seconds; about as long as a visitor stays
PACKAGE = Path(__file__).parents[2]
# The notices have the head and foot of the hall's pages around them.
NOTICES = jinja2.Environment(
    loader=jinja2.FileSystemLoader([PACKAGE / "services/apps/templates", PACKAGE / "shared_pages"]),
    undefined=jinja2.StrictUndefined,
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
log = logging.getLogger("datahall.apps")


class Page(RequestHandler):
    """What all pages have: headers, the visitor's language, friendly errors."""

    def set_default_headers(self) -> None:
        """Send the security headers with every answer; tornado calls this first."""
        for name, value in self.settings.get("security_headers", SECURITY_HEADERS).items():
            self.set_header(name, value)
        self.clear_header("Server")

    def choose_language(self) -> str:
        """Return the visitor's language, and remember it where the address asked for it."""
        wish = self.get_query_argument("language", None)
        if wish in LANGUAGES:
            self.set_cookie(COOKIE, wish, path="/", expires_days=COOKIE_DAYS, samesite="Lax")
        self.set_header("Vary", "Accept-Language, Cookie")
        self.set_header("Content-Language", "en")
        language = choose_language(
            query=wish, cookie=self.get_cookie(COOKIE), accept=self.request.headers.get("Accept-Language")
        )
        self.set_header("Content-Language", language)
        return language

    def write_notice(self, *, status: int, title: str, sentences: Sequence[str]) -> None:
        """Answer with a small page in the visitor's language that says what happened and what to do."""
        language = self.choose_language()
        say = load_translations("apps", language=language).gettext
        self.set_status(status)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.finish(
            NOTICES.get_template("notice.html").render(
                _=load_translations("hall", language=language).gettext,  # the head and foot are the hall's
                language=language,
                path=self.request.path,
                stylesheet=self.settings["rendering"].stylesheet,
                title=say(title),
                sentences=[say(sentence) for sentence in sentences],
                retry=status == 503,
                say=say,
            )
        )

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer an error without details; tornado calls this, and logs them."""
        if status_code == 404:
            self.write_notice(
                status=404,
                title="There is no such app",
                sentences=["The address may be old or mistyped. The hall lists all apps."],
            )
        else:
            self.write_notice(
                status=status_code,
                title="That did not work",
                sentences=["Please try again in a moment. If it stays like this, tell the hall's operator."],
            )


class AppPage(Page):
    """``/services/apps/<slug>``: the running app."""

    async def get(self, slug: str) -> None:
        """Render the app for this visitor, or say why not."""
        app = self._get_app(slug)
        if self.settings["missing_wall"]:
            log.error("%s not opened: %s", slug, self.settings["missing_wall"])
            self._refuse_without_walls()
            return
        try:
            kernel_id = self.kernels.take_seat(address=find_address(self.request.headers))
        except NoSeatError as error:
            log.warning("%s not opened: %s", slug, error)
            self._refuse_for_lack_of_seats()
            return
        await self._serve(app, kernel_id)

    @property
    def kernels(self) -> VisitorKernels:
        """The visits of this service."""
        found: VisitorKernels = self.settings["kernel_manager"]
        return found

    def on_connection_close(self) -> None:
        """Stop rendering for a visitor who has gone; tornado calls this."""
        super().on_connection_close()
        task: asyncio.Task[None] | None = getattr(self, "_task", None)
        if task:
            task.cancel()

    async def _serve(self, app: PublishedApp, kernel_id: str) -> None:
        language = self.choose_language()
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self._task = asyncio.ensure_future(self._render(app, kernel_id, language))
        try:
            await self._task
        except (asyncio.CancelledError, StreamClosedError):
            await self.kernels.end(kernel_id, why="the visitor left while it started")
        except TimeoutError:
            log.error("%s took longer than %d s to start", app.slug, self.settings["start_timeout"])
            await self._fail(kernel_id, "slow")
        except Exception:  # whatever an app or its kernel does, the page must say something
            log.exception("%s could not be rendered", app.slug)
            await self._fail(kernel_id, "failed")

    async def _render(self, app: PublishedApp, kernel_id: str, language: str) -> None:
        """Stream the page. Two equal time limits: one for waiting for a turn, one for starting."""
        limit: int = self.settings["start_timeout"]
        rendering: Rendering = self.settings["rendering"]
        deadline = Deadline(limit)
        async with AsyncExitStack() as stack:

            async def start() -> VisitorKernel:
                await stack.enter_async_context(self.kernels.turn())
                deadline.put_off(limit)
                versions = {use.id: use.version for use in app.datasets}
                return await self.kernels.start(kernel_id, language=language, datasets=versions)

            kernel = start()
            stack.callback(kernel.close)
            labels = page_labels(app.manifest, datasets=app.list_datasets(), language=language, path=self.request.path)
            page = rendering.stream(app.manifest, language=language, kernel_id=kernel_id, kernel=kernel, labels=labels)
            async for snippet in take_before(deadline, page):
                self.write(snippet)
                await self.flush()
        self.kernels.expect_page(kernel_id)
        self._count_visit(app)
        log.info("%s opened as visit %s (%s)", app.slug, kernel_id[:8], language)

    def _count_visit(self, app: PublishedApp) -> None:
        """Count the visit as a use of each dataset of the app."""
        if is_robot(self.request.headers.get("User-Agent")):
            return
        uses: UseCounter = self.settings["uses"]
        place = find_address(self.request.headers) or HERE
        for dataset_id in {use.id for use in app.list_datasets()}:
            uses.count(dataset_id, "visit", place=place)

    async def _fail(self, kernel_id: str, reason: str) -> None:
        """Let the page, whose head is out, show what happened; its template knows the marker."""
        await self.kernels.end(kernel_id, why=reason)
        self.write(f'<div data-datahall-failure="{reason}" hidden></div></body></html>')

    def _get_app(self, slug: str) -> PublishedApp:
        apps: PublishedApps = self.settings["published_apps"]
        try:
            app = apps.find(slug)
        except ManifestError as error:
            log.error("%s", error)
            raise HTTPError(500) from error
        if app is None:
            raise HTTPError(404)
        return app

    def _refuse_for_lack_of_seats(self) -> None:
        self.set_header("Retry-After", str(TRY_AGAIN_AFTER))
        self.write_notice(
            status=503,
            title="Many people are here right now",
            sentences=["All places for apps are taken. One becomes free soon: please try again in a minute."],
        )

    def _refuse_without_walls(self) -> None:
        self.write_notice(
            status=503,
            title="Apps cannot be opened here yet",
            sentences=[
                "Apps run inside a sandbox, and this machine cannot make one.",
                "The hall's operator can install bubblewrap (on Debian and Ubuntu: apt install bubblewrap).",
            ],
        )


class ToGallery(Page):
    """``/services/apps/``: the gallery is a part of the hall."""

    def get(self) -> None:
        """Lead there."""
        self.redirect(GALLERY)


class WithoutSlash(Page):
    """``/services/apps/<slug>/``: an app has one address."""

    def get(self, slug: str) -> None:
        """Lead to it."""
        query = f"?{self.request.query}" if self.request.query else ""
        self.redirect(f"{BASE_URL}{slug}{query}", permanent=True)


class Health(Page):
    """``/services/apps/health``: for probes and the supervisor."""

    def get(self) -> None:
        """Say that the service answers, how many visits there are, and whether there are walls."""
        kernels: VisitorKernels = self.settings["kernel_manager"]
        self.set_header("Cache-Control", "no-store")
        self.write(
            {"status": "ok", "visits": kernels.taken, "seats": kernels.seats, "sandbox": self.settings["sandbox"]}
        )


class VisitState(Page):
    """``api/kernels/<id>``: whether a visit still runs. Voila's front end and our page ask."""

    def get(self, kernel_id: str) -> None:
        """Answer the little of jupyter_server's kernel model that the front end reads, or 404."""
        kernels: VisitorKernels = self.settings["kernel_manager"]
        self.set_header("Cache-Control", "no-store")
        for name, value in FOR_OWN_PAGES.items():
            self.set_header(name, value)
        kernels.note_life(kernel_id)
        if kernel_id not in kernels:
            self.set_status(404)
            self.finish({"message": "This visit has ended."})
            return
        self.finish({"id": kernel_id, "name": "python3"})


class VisitEnd(Page):
    """``voila/api/shutdown/<id>``: the page is being left; whoever knows the visit's id may end it."""

    def check_xsrf_cookie(self) -> None:
        """Not needed: the id of the visit is known to its page only."""

    async def post(self, kernel_id: str) -> None:
        """End the visit."""
        kernels: VisitorKernels = self.settings["kernel_manager"]
        await kernels.end(kernel_id, why="its page was closed")
        self.set_status(204)


class Nothing(Page):
    """Any other address."""

    def prepare(self) -> None:
        """Say that nothing is there."""
        raise HTTPError(404)
