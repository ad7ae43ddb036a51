"""``/services/apps/preview/<ticket>``: a version of an app before visitors see it, live and as they will see it.

The same page in the same sandbox, under stricter headers: no other page shows it, and its address is told to nobody.
A preview is no visit, so it is not counted; nothing that was made before is sent, nor is it kept.
"""

from __future__ import annotations

import logging
from types import TracebackType
from typing import Any

from datahall_hub.app_life.manifest import DatasetUse, ManifestError, load_manifest
from datahall_hub.app_life.published_apps import PublishedApp
from datahall_hub.translations import load_translations

from .app_page import AppPage
from .headers import CONTENT_SECURITY_POLICY, SECURITY_HEADERS
from .labels import HALL
from .preview_tickets import TICKET, Previewed, PreviewTickets
from .rendering import BASE_URL
from .seats import NoSeatError
from .visitor import find_address

PLACE = f"{BASE_URL}preview/"
ADDRESS = f"{PLACE}({TICKET})"
PREVIEW_HEADERS = {
    **SECURITY_HEADERS,
    "Content-Security-Policy": CONTENT_SECURITY_POLICY.replace("frame-ancestors 'self'", "frame-ancestors 'none'"),
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
PUBLISHED = "Preview of version {number}"
UNPUBLISHED = "Preview of version {number}, not published"
log = logging.getLogger("datahall.apps")


class PreviewPage(AppPage):
    """A version, opened by a ticket."""

    async def get(self, ticket: str) -> None:
        """Render the version for whoever holds a ticket of it, or say why not."""
        tickets: PreviewTickets = self.settings["previews"]
        previewed = tickets.find(ticket)
        if previewed is None:
            self._refuse_ticket()
            return
        if self.settings["missing_wall"]:
            self._refuse_without_walls()
            return
        seat, address = f"a preview of {previewed.slug}", find_address(self.request.headers)
        try:
            app = _load_app(previewed)
            kernel_id = self.kernels.seats.take(app=seat, address=address)
        except ManifestError as error:
            log.warning("no preview of version %d: %s", previewed.number, error)
            self._refuse_files()
        except NoSeatError as error:  # the ticket stays valid for the rest of its minute
            log.warning("no preview of %s: %s", previewed.slug, error)
            self._refuse_for_lack_of_seats(app=seat, address=address)
        else:
            tickets.use_up(ticket)
            self._previewed = previewed
            await self._serve(app, kernel_id, self.choose_language())

    def set_default_headers(self) -> None:
        """Send the stricter headers with every answer; tornado calls this first."""
        super().set_default_headers()
        for name, value in PREVIEW_HEADERS.items():
            self.set_header(name, value)

    def log_exception(
        self, typ: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None
    ) -> None:
        """Log what nobody foresaw without the address, which holds the ticket; tornado calls this."""
        log.error("a preview failed: %s", typ.__name__ if typ else "no reason", exc_info=value)

    def _label(self, app: PublishedApp, language: str) -> dict[str, Any]:
        """Return the words around the app; the ticket is used up, so other languages are asked of the hall."""
        say = load_translations("apps", language=language).gettext
        version, other = f"apps/{app.slug}/versions/{app.number}", "en" if language == "zh" else "zh"
        words = PUBLISHED if self._previewed.is_published else UNPUBLISHED
        labels = super()._label(app, language)
        labels["switch"] = {**labels["switch"], "href": f"{HALL}/{other}/{version}/preview"}
        labels["preview"] = {
            "text": say(words).format(number=app.number),
            "href": f"{HALL}/{language}/{version}",
            "label": say("To this version’s page"),
        }
        return labels

    def _count_visit(self, app: PublishedApp) -> None:
        """Count nothing: whoever previews is no visitor."""

    def _refuse_ticket(self) -> None:
        self.write_notice(
            status=410,
            title="This preview is over",
            sentences=[
                "A preview opens once, within a minute after it was asked for.",
                "Open it again from the page of the version.",
            ],
        )

    def _refuse_files(self) -> None:
        self.write_notice(
            status=404,
            title="This version cannot be previewed",
            sentences=["Its files are not there any more, or cannot be read."],
        )


def hide_ticket(path: str) -> str:
    """Return an address as the log may tell it."""
    return f"{PLACE}<ticket>" if path.startswith(PLACE) else path


def _load_app(previewed: Previewed) -> PublishedApp:
    """Return a version as if it were published; raise `ManifestError` where its files are gone."""
    return PublishedApp(
        manifest=load_manifest(previewed.folder, slug=previewed.slug),
        number=previewed.number,
        digest=previewed.folder.name,
        datasets=tuple(DatasetUse.model_construct(id=name, version=held) for name, held in previewed.datasets.items()),
    )
