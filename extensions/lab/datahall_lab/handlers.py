"""The addresses of a person's server that the Lab asks: ``…/datahall/api/v1/…``, the hall's own API as far as it reads,
and ``…/datahall/starters``, what one can begin with.

The API is asked of the hall, and while the hall is away worked out from the mounted cards (`mounted`). The answer says
which in ``X-Datahall-Origin``. The server's owner may ask.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from typing import Any
from urllib.parse import parse_qs

import nbformat
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import ensure_async, url_path_join
from tornado.web import HTTPError, authenticated

from .hall import HallAwayError, ask_hall
from .starters import SHIPPED, Starter, find_starter, list_guides_in, list_starters, load_starter

NAME = r"[a-z0-9][a-z0-9_.-]{0,299}"
PARTS = "preview|code|changes|joinable|related|quality"
PLACE = rf"((?:datasets|facets|suggest|themes)|datasets/{NAME}/{NAME}(?:/(?:{PARTS}))?)"
LONGEST_QUERY = 8_000
ORIGIN = "X-Datahall-Origin"
log = logging.getLogger("datahall.lab")


class BilingualHandler(APIHandler):
    """Refuses in the language of whoever asks."""

    def _refuse(self, status: int, *, code: str, english: str, chinese: str) -> None:
        message = chinese if self._language() == "zh" else english
        self.set_status(status)
        self.finish(json.dumps({"error": {"code": code, "message": message, "hint": ""}}, ensure_ascii=False))

    def _language(self) -> str:
        return "zh" if self.request.headers.get("Accept-Language", "").startswith("zh") else "en"


class HallHandler(BilingualHandler):
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


class StartersHandler(BilingualHandler):
    """What one can begin with; the server's owner may ask, and have it put into their home."""

    auth_resource = "contents"

    def initialize(self, lock: asyncio.Lock) -> None:
        """Take what is held from the choice of a name until a file is saved under it."""
        self.lock = lock

    @authenticated
    @authorized(action="read")  # type: ignore[untyped-decorator]  # of jupyter_server
    async def get(self) -> None:
        """List it in the language asked for."""
        language = "zh" if self.get_argument("language", "") == "zh" else "en"
        found = await asyncio.to_thread(list_starters, language)
        self.finish(json.dumps({"results": [each.as_json() for each in found]}, ensure_ascii=False))

    @authenticated
    @authorized(action="write")  # type: ignore[untyped-decorator]  # of jupyter_server
    async def post(self) -> None:
        """Put it into the home, never over anything, and tell where it lies."""
        if (wish := _read_wish(self.request.body)) is None:
            english = 'Say what to begin with as a JSON object, such as {"kind": "template", "id": "en/…"}.'
            chinese = '请用 JSON 对象说明要新建什么，例如 {"kind": "template", "id": "zh/…"}。'
            self._refuse(400, code="no-object", english=english, chinese=chinese)
            return
        starter = await asyncio.to_thread(find_starter, str(wish.get("kind")), str(wish.get("id")))
        if starter is None:
            english, chinese = "There is no such template, guide or lesson.", "没有这个模板、指南或课程。"
            self._refuse(404, code="unknown-starter", english=english, chinese=chinese)
            return
        async with self.lock:
            path = await self._ensure(starter, folder=str(wish.get("folder") or ""))
        self.finish(json.dumps({"path": path}, ensure_ascii=False))

    async def _ensure(self, starter: Starter, *, folder: str) -> str:
        contents = self.contents_manager
        if starter.kind == "template":
            place = await self._choose_folder(folder)
            name = await ensure_async(contents.increment_filename(starter.path, place, insert="-"))
            return await self._save(starter, path=f"{place}/{name}".strip("/"))
        if starter.kind != "guide-folder":
            return await self._ensure_file(starter)
        if not await self._holds_notebooks(starter.path):
            for guide in await asyncio.to_thread(list_guides_in, starter):
                await self._ensure_file(guide)
        return starter.path

    async def _holds_notebooks(self, folder: str) -> bool:
        """Say whether a folder is of use: the guides thrown away of some stay away, an empty folder is filled again."""
        if not await ensure_async(self.contents_manager.dir_exists(folder)):
            return False
        found = await ensure_async(self.contents_manager.get(folder, type="directory"))
        return any(each["type"] == "notebook" for each in found["content"])

    async def _choose_folder(self, folder: str) -> str:
        """Return the folder wished for; the home where there is none, or it is the hall's, or cannot be written."""
        if folder.strip("/").split("/")[0] in SHIPPED:
            return ""
        try:
            found = await ensure_async(self.contents_manager.get(folder, content=False, type="directory"))
        except HTTPError:
            return ""
        return folder if found["writable"] else ""

    async def _ensure_file(self, starter: Starter) -> str:
        """Return where a guide or a lesson lies in the home, where it is put if it is not there."""
        if await ensure_async(self.contents_manager.file_exists(starter.path)):
            return starter.path
        await self._ensure_folders(starter.path)
        return await self._save(starter, path=starter.path)

    async def _save(self, starter: Starter, *, path: str) -> str:
        notebook = nbformat.reads(json.dumps(await asyncio.to_thread(load_starter, starter)), as_version=4)
        model = {"type": "notebook", "format": "json", "content": notebook}
        await ensure_async(self.contents_manager.save(model, path))
        return path

    async def _ensure_folders(self, path: str) -> None:
        parts = path.split("/")[:-1]
        for count in range(1, len(parts) + 1):
            folder = "/".join(parts[:count])
            if not await ensure_async(self.contents_manager.dir_exists(folder)):
                await ensure_async(self.contents_manager.save({"type": "directory"}, folder))


def _read_wish(body: bytes) -> dict[str, Any] | None:
    """Return what is asked for; None where it is no JSON object."""
    try:
        wish = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return wish if isinstance(wish, dict) else None


def _without_token(query: str) -> str:
    """Return a query without the token by which somebody signs in to their own server; it is nobody else's business."""
    return "&".join(part for part in query.split("&") if not part.startswith("token="))


def load_handlers(app: Any) -> None:
    """Add the addresses; called by the server when it starts."""
    base = re.escape(url_path_join(app.web_app.settings["base_url"], "datahall/api/v1/"))
    starters = re.escape(url_path_join(app.web_app.settings["base_url"], "datahall/starters"))
    app.web_app.add_handlers(
        ".*$", [(base + PLACE, HallHandler), (starters, StartersHandler, {"lock": asyncio.Lock()})]
    )
