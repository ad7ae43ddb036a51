"""A page in a Chromium, served from memory: what it asks for is answered here, and nothing else is there for it.

No script of the page runs (the policy it is served with forbids all of them); ours runs in a world of its own, in
which nothing of the page can be, and its answer comes by the pipe.
"""

from __future__ import annotations

import base64
import binascii
import mimetypes
import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from datahall_hub.app_life.kept_looks import is_picture

from .look_pipe import BrowserCrashed, BrowserFailed, Event, Pipe
from .rendering import BASE_URL, TEMPLATE

HOST = "http://app.invalid"
ADDRESS = f"{HOST}{BASE_URL}page"
POLICY = "; ".join(
    [
        "default-src 'none'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "media-src data:",
        "form-action 'none'",
        "base-uri 'none'",
    ]
)
FILE = re.compile(
    rf"{re.escape(HOST + BASE_URL)}voila/(?:static|templates/{TEMPLATE}/static)/([\w./-]{{1,200}})(?:\?v=\w+)?"
)
SHOWN = {".css", ".woff", ".woff2", ".ttf", ".svg", ".png"}  # what a page at rest is drawn with
PICTURE = (1200, 750)  # CSS pixels of the screenshot
SCALES = (1.0, 0.5)  # a picture that is too large is made smaller once


class Tab:
    """One tab of a browser."""

    def __init__(self, pipe: Pipe, *, folders: Sequence[str]) -> None:
        self._pipe, self._page = pipe, b""
        self._folders = [Path(folder).resolve() for folder in folders]
        target = pipe.ask("Target.createTarget", url="about:blank")
        attached = pipe.ask("Target.attachToTarget", targetId=target.get("targetId"), flatten=True)
        self._session = str(attached.get("sessionId"))
        self._world = 0
        pipe.hear = self._hear
        self._ask("Inspector.enable")
        self._ask("Page.enable")
        self._ask("Fetch.enable", patterns=[{"urlPattern": "*"}])
        calm = [
            {"name": "prefers-reduced-motion", "value": "reduce"},
            {"name": "prefers-color-scheme", "value": "light"},
        ]
        self._ask("Emulation.setEmulatedMedia", features=calm)

    def show(self, page: str, *, width: int, height: int) -> None:
        """Open a page at a size of the window."""
        self._page = page.encode(errors="replace")
        self.resize(width, height)
        self._ask("Page.navigate", url=ADDRESS)
        self._pipe.wait_for("Page.loadEventFired")
        frame = self._ask("Page.getFrameTree")
        try:
            frame_id = frame["frameTree"]["frame"]["id"]
        except (KeyError, TypeError) as error:
            raise BrowserFailed("it shows no page") from error
        world = self._ask("Page.createIsolatedWorld", frameId=frame_id, worldName=secrets.token_hex(8))
        self._world = world.get("executionContextId", 0)

    def resize(self, width: int, height: int) -> None:
        """Give the window another size; a narrow one is a phone's."""
        self._ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def run(self, source: str) -> Any:
        """Return what our script comes to, in its own world; a page that has gone elsewhere is a failure."""
        answer = self._ask(
            "Runtime.evaluate", expression=source, contextId=self._world, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            raise BrowserFailed(f"our script failed: {str(answer['exceptionDetails'])[:300]}")
        value = answer.get("result")
        return value.get("value") if isinstance(value, dict) else None

    def take_picture(self) -> bytes | None:
        """Return what the window shows as a PNG; None where it is too large."""
        for scale in SCALES:
            clip = {"x": 0, "y": 0, "width": PICTURE[0], "height": PICTURE[1], "scale": scale}
            answer = self._ask("Page.captureScreenshot", format="png", clip=clip)
            try:
                picture = base64.b64decode(str(answer.get("data")), validate=True)
            except binascii.Error as error:
                raise BrowserFailed("its picture is none") from error
            if is_picture(picture):
                return picture
        return None

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._pipe.ask(method, session=self._session, **parameters)

    def _hear(self, event: Event) -> None:
        """Answer what the page asks for."""
        if event.get("method") == "Inspector.targetCrashed":
            raise BrowserCrashed("what draws the page has crashed")
        asked = event.get("params")
        if event.get("method") != "Fetch.requestPaused" or not isinstance(asked, dict):
            return
        number, request = asked.get("requestId"), asked.get("request")
        address = str(request.get("url")) if isinstance(request, dict) else ""
        found = self._find(address)
        if found is None:
            self._tell("Fetch.failRequest", requestId=number, errorReason="BlockedByClient")
            return
        content, kind = found
        headers = {"Content-Type": kind, "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}
        self._tell(
            "Fetch.fulfillRequest",
            requestId=number,
            responseCode=200,
            responseHeaders=[{"name": name, "value": value} for name, value in headers.items()],
            body=base64.b64encode(content).decode(),
        )

    def _tell(self, method: str, **parameters: Any) -> None:
        self._pipe.tell(method, session=self._session, **parameters)

    def _find(self, address: str) -> tuple[bytes, str] | None:
        if address == ADDRESS:
            return self._page, "text/html; charset=utf-8"
        named = FILE.fullmatch(address)
        if named is None or Path(named[1]).suffix not in SHOWN:
            return None
        for folder in self._folders:
            file = (folder / named[1]).resolve()
            if file.is_relative_to(folder) and file.is_file():
                return file.read_bytes(), mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return None
