"""Whoever asks for something else is not kept waiting by a class that asks for its servers."""

from __future__ import annotations

import asyncio
import time

import pytest
from datahall_hub.start_requests import let_in_by
from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

STUDENTS = 40


class Start(RequestHandler):
    """Costs what it costs to know who asks for a server."""

    async def prepare(self) -> None:
        time.sleep(0.005)
        self.settings["taken_up"].append("start")

    def get(self) -> None:
        """Answer."""


class PacedStart(Start):
    """Is let in when it is its turn."""


class Other(RequestHandler):
    """Is what somebody else asks for."""

    def get(self) -> None:
        """Answer."""
        self.settings["taken_up"].append("other")


let_in_by(asyncio.Lock(), PacedStart)


@pytest.mark.parametrize(("path", "goes_between"), [("paced", True), ("stock", False)])
def test_another_request_goes_between_those_of_a_class(path, goes_between):
    """Stock shows what this is for: there nearly the whole class goes first."""

    async def ask() -> list[str]:
        taken_up: list[str] = []
        handlers = [("/stock", Start), ("/paced", PacedStart), ("/other", Other)]
        server = HTTPServer(Application(handlers, taken_up=taken_up))
        listener, port = bind_unused_port()
        server.add_socket(listener)
        client = AsyncHTTPClient(max_clients=2 * STUDENTS)
        asking = [client.fetch(f"http://127.0.0.1:{port}/{name}") for name in [path] * STUDENTS + ["other"]]
        await asyncio.wait_for(asyncio.gather(*asking), 30)
        server.stop()
        return taken_up

    taken_up = asyncio.run(ask())

    assert taken_up.count("start") == STUDENTS
    assert (taken_up.index("other") < STUDENTS // 2) is goes_between
