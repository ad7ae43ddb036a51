"""``/services/apps/<slug>``: a published app. What was made before is sent at once; else it is made piece by piece."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from tornado.iostream import StreamClosedError
from tornado.web import HTTPError

from datahall_hub.app_life.manifest import ManifestError
from datahall_hub.app_life.published_apps import PublishedApp, PublishedApps
from datahall_hub.client_addresses import HERE
from datahall_hub.use_counter import UseCounter, is_robot

from .deadline import Deadline, take_before
from .kept_pages import fit_visit, rest_page
from .kernels import NoSeatError, VisitorKernel, VisitorKernels
from .labels import page_labels
from .pages import Page
from .rendering import Rendering
from .shared_pages import fill_page
from .visitor import find_address

TRY_AGAIN_AFTER = 60  # seconds; about as long as a visitor stays
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
        try:
            kernel_id = self.kernels.take_seat(address=find_address(self.request.headers))
        except NoSeatError as error:
            log.warning("%s not opened: %s", slug, error)
            if kept is None:
                self._refuse_for_lack_of_seats()
            else:
                self._send_kept(app, rest_page(kept))
            return
        if kept is None:
            await self._serve(app, kernel_id, language)
        else:
            within = 2 * self.settings["start_timeout"]
            self.kernels.begin(kernel_id, self._prepare(app, kernel_id, language), within=within)
            self._send_kept(app, fill_page(kept, kernel_id=kernel_id))

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

    def _send_kept(self, app: PublishedApp, page: str) -> None:
        """Send a page that is there already."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self._count_visit(app)
        self.finish(page)

    async def _prepare(self, app: PublishedApp, kernel_id: str, language: str) -> None:
        """Have the kernel of a page that has been sent run the same cells; the page asks what becomes of it."""

        async def drop(_: str) -> None:
            """Send nothing: the page is there."""

        try:
            await self._render(app, kernel_id, language, send=drop, is_kept=True)
        except asyncio.CancelledError:
            raise
        except TimeoutError:
            log.error("%s took longer than %d s to start", app.slug, self.settings["start_timeout"])
            await self.kernels.end(kernel_id, why="slow")
        except Exception:  # whatever an app or its kernel does, the visit ends and its page is told
            log.exception("%s could not be started", app.slug)
            await self.kernels.end(kernel_id, why="failed")

    async def _serve(self, app: PublishedApp, kernel_id: str, language: str) -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
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
        is_kept: bool = False,
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
                started = await self.kernels.start(kernel_id, language=language, datasets=versions)
                if is_kept:
                    await fit_visit(started, versions)
                return started

            kernel = start()
            stack.callback(kernel.close)
            labels = page_labels(app.manifest, datasets=app.list_datasets(), language=language, path=self.request.path)
            page = rendering.stream(app.manifest, language=language, kernel_id=kernel_id, kernel=kernel, labels=labels)
            async for snippet in take_before(deadline, page):
                await send(snippet)
        self.kernels.expect_page(kernel_id)
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
