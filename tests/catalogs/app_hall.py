"""A small real server that speaks a hall's API of apps from a table that a test writes down, and notes requests.

It can be the hall of a person at a terminal, whose commands run in the test's own process.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from datahall import cli

BASE = "/services/hall/api/v1"
TOKEN = "0123456789abcdef-of-ann"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@dataclass(frozen=True)
class Say:
    """One answer: JSON, or bytes as they are."""

    content: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        return self.content if isinstance(self.content, bytes) else json.dumps(self.content).encode()


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    token: str
    language: str
    content: Any


class AppHall:
    """Answers from `table`, by method and path; a list is used up one by one, its last one stays."""

    def __init__(self) -> None:
        self.table: dict[str, Say | list[Say] | Callable[[BaseHTTPRequestHandler], None]] = {}
        self.asked: list[Asked] = []
        hall = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                hall._answer(self, b"")

            def do_POST(self) -> None:
                hall._answer(self, self.rfile.read(int(self.headers["Content-Length"])))

            def log_message(self, *_: object) -> None:
                pass

        self._server = _QuietServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return self._server.server_port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def tell(self, method: str, path: str, *answers: Say | Any) -> None:
        """Write down what is answered."""
        said = [each if isinstance(each, Say) else Say(each) for each in answers]
        self.table[f"{method} {BASE}{path}"] = said

    def refuse(self, method: str, path: str, *, status: int, code: str, **more: Any) -> None:
        """Write down a refusal."""
        error = {"code": code, "message": f"The words of {code}.", "hint": f"The hint of {code}.", **more}
        self.tell(method, path, Say({"error": error}, status))

    @property
    def said_to_do(self) -> list[str]:
        """What was asked for, in order."""
        return [f"{each.method} {each.path.removeprefix(BASE)}" for each in self.asked]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, handler: BaseHTTPRequestHandler, content: bytes) -> None:
        headers = handler.headers
        self.asked.append(
            Asked(
                method=handler.command,
                path=handler.path,
                token=headers.get("Authorization", ""),
                language=headers.get("Accept-Language", ""),
                content=json.loads(content) if content else None,
            )
        )
        answers = self.table.get(f"{handler.command} {handler.path}", [Say({"detail": "Not Found"}, 404)])
        if callable(answers):
            answers(handler)
            return
        said = answers if isinstance(answers, Say) else answers.pop(0) if len(answers) > 1 else answers[0]
        handler.send_response(said.status)
        for name, value in {"Content-Type": "application/json", "Connection": "close", **said.headers}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(said.body)))
        handler.end_headers()
        handler.wfile.write(said.body)


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that have had enough."""


@contextmanager
def open_hall() -> Iterator[AppHall]:
    hall = AppHall()
    try:
        yield hall
    finally:
        hall.stop()


@contextmanager
def anns_hall(monkeypatch: pytest.MonkeyPatch) -> Iterator[AppHall]:
    """The hall that ann's commands ask with her token, without long pauses."""
    with open_hall() as hall:
        monkeypatch.setenv("DATAHALL_HALL", hall.url)
        monkeypatch.setenv("DATAHALL_TOKEN", TOKEN)
        monkeypatch.setattr("datahall._apps.desk.FIRST_PAUSE", 0.01)
        yield hall


def run_app_command(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any, str]:
    """Run `datahall app …`; return exit code, standard output (parsed under --json), standard error."""
    code = cli.run(["app", *arguments])
    shown = capsys.readouterr()
    return code, json.loads(shown.out) if "--json" in arguments else shown.out, shown.err


def version(number: int = 1, *, state: str = "submitted", **changes: Any) -> dict[str, Any]:
    """Return a version of ann's app as a hall tells it."""
    waits = {"submitted": "checks", "checked": "reviewer"}.get(state)
    told = {
        "slug": "rain-map",
        "number": number,
        "owner": "ann",
        "state": state,
        "created": "2026-01-02T10:00:00Z",
        "revision": number + 10,
        "title": {"en": "A map of rain", "zh": "降雨地图"},
        "actions": [],
        "waits_for": waits,
        "note": "",
        "findings": [],
        "used": [],
        "events": [event("submit", "draft", "submitted", by="ann")],
    }
    return told | changes


def event(action: str, origin: str, target: str, *, by: str = "", at: str = "2026-01-02T10:00:00Z", reason: str = ""):
    """Return an event as a hall tells it."""
    return {"action": action, "origin": origin, "target": target, "by": by, "at": at, "reason": reason}


def finding(**changes: Any) -> dict[str, Any]:
    """Return something that a hall's checks found."""
    place = {"file": "app.ipynb", "cell": 3, "line": 2, "language": "zh"}
    told = {"code": "cell-failed", "severity": "problem", "message": "It ends with an error.", "mend": "Mend the cell."}
    return told | {"place": place} | changes


def notebook() -> dict[str, Any]:
    """Return a notebook that has been run."""
    ran = {"output_type": "stream", "name": "stdout", "text": ["secret output\n"]}
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"language_info": {"name": "python"}, "widgets": {"state": {"secret": "state"}}},
        "cells": [
            {"id": "a", "cell_type": "markdown", "metadata": {}, "source": "# 降雨"},
            {
                "id": "b",
                "cell_type": "code",
                "metadata": {},
                "source": ["print(1)\n"],
                "outputs": [ran],
                "execution_count": 7,
            },
        ],
    }


def manifest() -> dict[str, Any]:
    """Return what an app says about itself."""
    return {
        "title": {"en": "A map of rain", "zh": "降雨地图"},
        "summary": {"en": "Where it rains.", "zh": "哪里下雨。"},
        "themes": ["weather"],
        "authors": [{"name": "Ann"}],
        "license": "BSD-3-Clause",
        "datasets": [{"id": "weather/seattle-weather"}],
    }


def write_app(folder: Path, *, picture: bytes | None = None, **changes: Any) -> Path:
    """Write an app's files; `changes` are to its manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    fields = manifest() | ({"thumbnail": "map.png"} if picture is not None else {}) | changes
    (folder / "app.ipynb").write_text(json.dumps(notebook()))
    (folder / "app.yaml").write_text(yaml.safe_dump(fields, allow_unicode=True))
    if picture is not None:
        (folder / "map.png").write_bytes(picture)
    return folder
