"""The address of the apps service for the hall alone, on a socket that only this user can open.

    POST /trials    {"slug", "digest", "language"} is answered with what a version did when it was run (`trials`)
    POST /looks     {"slug", "digest", "datasets"} with what axe-core sees of its page at rest (`looks`)
    POST /proofs    {"slug", "digest", "datasets"} with whether its page can be shown, and to whom (`proofs`)
    POST /previews  {"slug", "digest", "number", "datasets"} with {"ticket"}, which opens it once (`preview_tickets`)

An answer may take minutes; whoever hangs up meanwhile wants none, and what was begun ends. What cannot be done is told
as {"error": {"code", "message"}}.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from tornado.httpserver import HTTPServer
from tornado.iostream import StreamClosedError
from tornado.web import Application, RequestHandler

from datahall_hub.owner_socket import open_owner_socket

from .trial_office import (
    LookWish,
    PreviewWish,
    ProofWish,
    Refusal,
    TrialOffice,
    TrialWish,
    Wish,
    describe_refusal,
    encode,
)

LARGEST_BODY = 64 * 1024  # bytes; a wish names a version and some datasets
TRY_AGAIN_AFTER = 30  # seconds
STOP_WITHIN = 8.0  # seconds what is done has to end, and to say so

AnyWish = TypeVar("AnyWish", bound=Wish)
log = logging.getLogger("datahall.apps")


@dataclass
class Desk:
    """The office, and the answers that are being worked on."""

    office: TrialOffice
    _open: dict[Answer, asyncio.Future[None]] = field(default_factory=dict)

    @contextlib.contextmanager
    def at_work(self, answer: Answer) -> Iterator[None]:
        """Count an answer as open until the block is left."""
        done = self._open[answer] = asyncio.get_running_loop().create_future()
        try:
            yield
        finally:
            done.set_result(None)
            del self._open[answer]

    async def close(self) -> None:
        """End what is being done, and wait until everybody has been told."""
        for answer in self._open:
            answer.end()
        if self._open:
            await asyncio.wait(self._open.values(), timeout=STOP_WITHIN)


class Answer(RequestHandler):
    """Does something with a version, for the hall alone: nobody else can open the socket."""

    desk: Desk
    _task: asyncio.Task[bytes] | None = None

    def initialize(self, desk: Desk) -> None:
        """Take what to answer with; tornado calls this first."""
        self.desk = desk

    def on_connection_close(self) -> None:
        """End what was begun for somebody who has hung up; tornado calls this."""
        super().on_connection_close()
        self.end()

    async def answer(self, kind: type[AnyWish], do: Callable[[AnyWish], Coroutine[Any, Any, bytes]]) -> None:
        """Read the wish, do it, and write what came of it."""
        with self.desk.at_work(self):
            try:
                wish = kind.model_validate_json(self.request.body)
                self._task = asyncio.create_task(do(wish))
                status, content = 200, await self._task
            except asyncio.CancelledError:  # nobody is there any more, or the service stops
                status, content = self._refuse(Refusal(503, "stopped", "The service has stopped what it did."))
            except Exception as error:  # noqa: BLE001 each is told in its own words
                status, content = self._refuse(describe_refusal(error))
            await self._write(status, content)

    def end(self) -> None:
        """End what is done for this wish."""
        if self._task:
            self._task.cancel()

    def _refuse(self, refusal: Refusal) -> tuple[int, bytes]:
        if refusal.status == 503:
            self.set_header("Retry-After", str(TRY_AGAIN_AFTER))
        return refusal.status, encode({"error": {"code": refusal.code, "message": refusal.message}})

    async def _write(self, status: int, content: bytes) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        with contextlib.suppress(StreamClosedError):
            await self.finish(content)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer what tornado itself refuses; it calls this."""
        self.set_header("Content-Type", "application/json")
        self.finish(self._refuse(Refusal(status_code, "bad-request", "There is nothing like that here."))[1])


class TrialAnswer(Answer):
    """``POST /trials``."""

    async def post(self) -> None:
        """Try a version."""
        await self.answer(TrialWish, self.desk.office.try_version)


class LookAnswer(Answer):
    """``POST /looks``."""

    async def post(self) -> None:
        """Look at a version."""
        await self.answer(LookWish, self.desk.office.look_at_version)


class ProofAnswer(Answer):
    """``POST /proofs``."""

    async def post(self) -> None:
        """Prove that a version renders."""
        await self.answer(ProofWish, self.desk.office.prove_version)


class PreviewAnswer(Answer):
    """``POST /previews``."""

    async def post(self) -> None:
        """Give a ticket."""
        await self.answer(PreviewWish, self.desk.office.give_ticket)


@dataclass
class PrivateAddress:
    """The server at its socket; one that cannot be opened keeps no visitor from an app."""

    office: TrialOffice
    path: Path
    _server: HTTPServer | None = None

    def __post_init__(self) -> None:
        self._desk = Desk(self.office)

    def start(self) -> None:
        """Listen; say in the log why not."""
        answers = {"/trials": TrialAnswer, "/looks": LookAnswer, "/proofs": ProofAnswer, "/previews": PreviewAnswer}
        routes = [(path, answer, {"desk": self._desk}) for path, answer in answers.items()]
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            listening = open_owner_socket(self.path, service="apps")
        except OSError as error:
            log.error("versions of apps are not tried: %s", error)
            return
        listening.setblocking(False)
        self._server = HTTPServer(Application(routes, log_function=lambda _: None), max_body_size=LARGEST_BODY)
        self._server.add_socket(listening)

    async def stop(self) -> None:
        """Take no further wish, end what is being done, and leave no socket."""
        if self._server is None:
            return
        self._server.stop()
        await self._desk.close()
        await self._server.close_all_connections()
        self.path.unlink(missing_ok=True)
