"""Everything of the apps service that a visitor's browser asks for, and the headers it gets.

Everyone may open these addresses; none of them needs or reads an account.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
from tornado.web import HTTPError, RequestHandler

from datahall_hub.translations import COOKIE, LANGUAGES, choose_language, load_translations

from .headers import SECURITY_HEADERS
from .kernels import VisitorKernels
from .rendering import BASE_URL

GALLERY = "/services/hall/apps/"
COOKIE_DAYS = 365
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
            {
                "status": "ok",
                "visits": kernels.seats.taken,
                "spare": kernels.seats.spare,
                "seats": kernels.seats.number,
                "sandbox": self.settings["sandbox"],
            }
        )


class Nothing(Page):
    """Any other address."""

    def prepare(self) -> None:
        """Say that nothing is there."""
        raise HTTPError(404)
