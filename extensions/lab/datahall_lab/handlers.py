"""The addresses ``…/datahall/api/v1/…`` of a person's server: the hall's own API, as far as it reads.

Asked of the hall, and while the hall is away worked out from the mounted cards (`mounted`). The answer says which in
``X-Datahall-Origin``. The server's owner may ask.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from typing import Any
from urllib.parse import parse_qs

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado.web import authenticated

from .hall import HallAwayError, ask_hall

NAME = r"[a-z0-9][a-z0-9_.-]{0,299}"
PARTS = "preview|code|changes|joinable|related|quality"
PLACE = rf"((?:datasets|facets|suggest|themes)|datasets/{NAME}/{NAME}(?:/(?:{PARTS}))?)"
LONGEST_QUERY = 8_000
ORIGIN = "X-Datahall-Origin"
log = logging.getLogger("datahall.lab")


class HallHandler(APIHandler):
    """Passes a question on to the hall."""

    auth_resource = "datahall"

    @authenticated
    @authorized(action="read")  # type: ignore[untyped-decorator]  # of jupyter_server
    async def get(self, path: str) -> None:
        """Answer as the hall does, or from the mounted cards."""
        self.set_header("Cache-Control", "no-store")
        if len(self.request.query) > LONGEST_QUERY:
            self._refuse(414, code="too-long", english="The question is too long.", chinese="查询过长。")
            return
        try:
            told = await ask_hall(path, query=_without_token(self.request.query), headers=self.request.headers)
        except HallAwayError as away:
            log.warning("the hall is away (%s); what is mounted here answers", away)
            await self._answer_from_cards(path)
            return
        self.set_status(told.status)
        self.set_header(ORIGIN, "hall")
        self.finish(told.body)

    async def _answer_from_cards(self, path: str) -> None:
        from . import mounted  # half a second and 40 MB, which no server needs while the hall answers

        query = parse_qs(self.request.query, keep_blank_values=False)
        language = self._language()
        self.set_header(ORIGIN, "cards")
        try:
            told = await asyncio.to_thread(mounted.answer, path, query=query, language=language)
        except mounted.DatahallError as error:
            self.set_status(404)
            self.finish(json.dumps(error.as_json(language), ensure_ascii=False))
        except mounted.UnknownAddressError:
            self._refuse(
                503, code="hall-away", english="The hall does not answer just now.", chinese="数据大厅暂时没有响应。"
            )
        else:
            self.finish(json.dumps(told, ensure_ascii=False))

    def _refuse(self, status: int, *, code: str, english: str, chinese: str) -> None:
        message = chinese if self._language() == "zh" else english
        self.set_status(status)
        self.finish(json.dumps({"error": {"code": code, "message": message, "hint": ""}}, ensure_ascii=False))

    def _language(self) -> str:
        return "zh" if self.request.headers.get("Accept-Language", "").startswith("zh") else "en"


def _without_token(query: str) -> str:
    """Return a query without the token by which somebody signs in to their own server; it is nobody else's business."""
    return "&".join(part for part in query.split("&") if not part.startswith("token="))


def load_handlers(app: Any) -> None:
    """Add the addresses; called by the server when it starts."""
    base = re.escape(url_path_join(app.web_app.settings["base_url"], "datahall/api/v1/"))
    app.web_app.add_handlers(".*$", [(base + PLACE, HallHandler)])
