"""``/services/apps/<slug>``: a published app. What was made before is sent at once; else it is made piece by piece."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

from tornado.iostream import StreamClosedError
from tornado.web import HTTPError

from datahall_hub.app_life.manifest import ManifestError
from datahall_hub.app_life.published_apps import PublishedApp, PublishedApps, name_use
from datahall_hub.client_addresses import HERE
from datahall_hub.use_counter import UseCounter, is_robot

from .cell_runs import CellRun
from .deadline import Deadline, take_before
from .headers import add_nonce, make_nonce
from .kernels import VisitorKernels
from .labels import page_labels
from .packed_page import PackedPage
from .pages import Page
from .rendering import Rendering
from .seats import NoSeatError
from .visitor import find_address
from .visitor_kernel import VisitorKernel
from .visits import Visits

TRY_AGAIN_AFTER = 20  # seconds; about a third of the time that a visitor stays
log = logging.getLogger("datahall.apps")


class AppPage(Page):
    """``/services/apps/<slug>``: the running app."""

    async def get(self, slug: str) -> None:
        """Render the app for this visitor, or say why not."""
        app = self._get_app(slug)
        if self.settings["missing_wall"]:
            log.error("%s not opened: %s", slug, self.settings["missing_wall"])
            self._refuse_without_walls()
            return
        language = self.choose_language()
        kept = self.settings["kept_pages"].find(app, language=language)
        address = find_address(self.request.headers)
        if kept is not None:
            visits: Visits = self.settings["visits"]
            self._send_kept(app, kept, visit_id=visits.promise(CellRun(app, language), address=address))
            return
        try:
            kernel_id = self.kernels.seats.take(app=slug, address=address)
        except NoSeatError as error:
            log.warning("%s not opened: %s", slug, error)
            self._refuse_for_lack_of_seats(app=slug, address=address)
            return
        await self._serve(app, kernel_id, language)

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

    def _send_kept(self, app: PublishedApp, page: PackedPage, *, visit_id: str) -> None:
        """Send a page that is there already."""
        nonce = self._mark_scripts()
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.set_header("Vary", f"{self._headers.get('Vary', '')}, Accept-Encoding".strip(", "))
        self._count_visit(app)
        if "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
            self.finish(page.fill_packed(visit_id, nonce))
        else:
            self.finish(page.fill(visit_id, nonce))

    def _mark_scripts(self) -> str:
        """Have only those scripts run that bear the page's nonce, and return it."""
        nonce, policy = make_nonce(), self._headers["Content-Security-Policy"]
        self.set_header("Content-Security-Policy", add_nonce(policy, nonce=nonce))
        return nonce

    def compute_etag(self) -> None:
        """Return none: no page is sent twice; tornado asks before it sends one."""

    async def _serve(self, app: PublishedApp, kernel_id: str, language: str) -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self._nonce = self._mark_scripts()
        self._task = asyncio.ensure_future(self._stream(app, kernel_id, language))
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

    async def _stream(self, app: PublishedApp, kernel_id: str, language: str) -> None:
        async def send(snippet: str) -> None:
            self.write(snippet)
            await self.flush()

        await self._render(app, kernel_id, language, send=send)
        self._count_visit(app)

    async def _render(
        self,
        app: PublishedApp,
        kernel_id: str,
        language: str,
        *,
        send: Callable[[str], Awaitable[None]],
    ) -> None:
        """Make the page, piece by piece. Two equal time limits: one for waiting for a turn, one for starting."""
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
            labels = self._label(app, language)
            page = rendering.stream(
                app.manifest, language=language, kernel_id=kernel_id, kernel=kernel, labels=labels, nonce=self._nonce
            )
            async for snippet in take_before(deadline, page):
                await send(snippet)
        self.kernels.expect_page(kernel_id)
        log.info("%s opened as visit %s (%s)", app.slug, kernel_id[:8], language)

    def _label(self, app: PublishedApp, language: str) -> dict[str, Any]:
        return page_labels(app.manifest, datasets=app.list_datasets(), language=language, path=self.request.path)

    def _count_visit(self, app: PublishedApp) -> None:
        """Count the visit as a use of the app, and of each of its datasets."""
        if is_robot(self.request.headers.get("User-Agent")):
            return
        uses: UseCounter = self.settings["uses"]
        place = find_address(self.request.headers) or HERE
        for used in {name_use(app.slug), *(use.id for use in app.list_datasets())}:
            uses.count(used, "visit", place=place)

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

    def _refuse_for_lack_of_seats(self, *, app: str, address: str | None) -> None:
        visits: Visits = self.settings["visits"]
        if self.kernels.seats.spare:
            visits.executed.make_room()
        else:
            self.kernels.note_want(app=app, address=address)
        for name in ("Retry-After", "Refresh"):  # for programs, and for browsers, which then load the page anew
            self.set_header(name, str(TRY_AGAIN_AFTER))
        self.write_notice(
            status=503,
            title="Many people are here right now",
            sentences=["All places for apps are taken. One becomes free soon: this page tries again by itself."],
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
