"""Start each person's notebook server inside walls of its own, without system users.

JupyterHub's side of it: who may start, whose turn it is, where the server is reached, how it is known again after the
hub has fallen. How a server is started is `datahall_hub.server_launch`'s matter. Where no sandbox can be made no server
starts, except after ``up --unsafe-no-sandbox``; pages, terminal and `status` then warn (`datahall_hub.walls`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from socket import socket as Listener
from typing import Any, TypeVar

from jupyterhub.objects import Server
from jupyterhub.spawner import Spawner

from datahall_hub.egress_client import place_hall, serve
from datahall_hub.fork_servers import PROFILES, wait_while_loading
from datahall_hub.home import Home, resolve_home
from datahall_hub.home_owners import give_home
from datahall_hub.homes import ensure_person_home, home_name
from datahall_hub.identities import find_identity
from datahall_hub.launched_server import PREFIX, LaunchedServer, describe_begun, describe_place, find_launched
from datahall_hub.life_line import find_life_line
from datahall_hub.person_limits import plan_limits
from datahall_hub.person_sandbox import HOME_INSIDE, plan_person_sandbox
from datahall_hub.roles import TEACHERS
from datahall_hub.server_environment import build_environment
from datahall_hub.server_launch import Order, launch_server, make_place
from datahall_hub.server_sockets import (
    SocketServer,
    ask_until_answered,
    note_launch,
    open_server_socket,
    place_socket,
    read_launch,
    remove_server_socket,
)
from datahall_hub.settings import Settings
from datahall_hub.start_errors import NotBegunError, NoWallsError, ServerEndedError, TooSlowError
from datahall_hub.start_line import Place, StartLine
from datahall_hub.translations import COOKIE, choose_language
from datahall_hub.walls import find_reason_without_walls

Result = TypeVar("Result")
LONGEST_WORDS = 65_536  # bytes that a pipe holds
LOOK_EVERY = 0.1  # seconds between two looks whether a server that starts has ended
TELL_EVERY = 1.0  # seconds between two words about one's place: a hundred who wait would hear ten thousand
LONGEST_WAIT = 86_400.0  # seconds; the setting says how long, and whoever waits ends it
BEFORE_YOU = "Many are starting at this moment: {count} before you."
STARTING = "Spawning server..."  # as JupyterHub says it, and the page knows it


class SandboxSpawner(Spawner):  # type: ignore[misc]  # JupyterHub ships no types
    """One notebook server in one sandbox."""

    launched: LaunchedServer | None = None
    _place: Place | None = None  # in the line of those who start
    _words: int | None = None  # the end of a pipe in which the first lines of the server arrive
    _wish = "en"  # the language in which it was asked for last
    _is_starting = False

    # ── Where the server is reached ───────────────────────────────────────────────────────────────────────────────

    @property
    def server(self) -> Server | None:
        """The server as the hub and its proxy reach it: at its socket."""
        server = super().server
        if server is None or isinstance(server, SocketServer):
            return server
        self._server = SocketServer(orm_server=server.orm_server, path=str(self.socket))
        return self._server

    @server.setter
    def server(self, server: Server | None) -> None:
        Spawner.server.fset(self, server)

    @property
    def socket(self) -> Path:
        """Where the server listens, in this run of the hub and in the next."""
        return place_socket(_find_home(), number=self.orm_spawner.id)

    # ── Its life ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def start(self) -> str:
        """Start the server when its turn has come, and return where the hub finds it, once it answers there."""
        settings = _load_settings()
        self._wish = self._language()
        reason = find_reason_without_walls(settings)
        if reason and not settings.unsafe_no_sandbox:
            raise NoWallsError(language=self._wish, reason=reason)
        self._is_starting = True
        self._place = Place()
        try:
            async with _find_line().turn(self._place), asyncio.timeout(settings.start_timeout):
                await self._launch(settings, walled=reason is None)
                await self._wait_until_open()
        except TimeoutError:
            raise TooSlowError(language=self._wish, seconds=settings.start_timeout) from None
        finally:
            self._is_starting = False
            self._place = None
            self._keep_first_words()
        assert self.server
        return str(self.server.host)

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """Tell whoever waits their place in the line; JupyterHub sends it to the page that waits."""
        while (place := self._place) is not None and (before := _find_line().count_before(place)) is not None:
            place.moved.clear()
            # The page that waits says it in its own language, from `before`.
            yield {"progress": max(5, 45 - before), "message": BEFORE_YOU.format(count=before), "before": before}
            await place.moved.wait()
            with contextlib.suppress(TimeoutError):  # but to one whose turn it is at once
                await asyncio.wait_for(place.turn.wait(), TELL_EVERY)
        yield {"progress": 50, "message": STARTING}

    async def poll(self) -> int | None:
        """Return None while the server waits, starts or runs, else its exit code, or 0 where that is not known."""
        if self.launched is None and not self._is_starting:
            await _in_thread(_end_leftover, self.socket)
        if self.launched is None:
            return None if self._is_starting else 0
        code = self.launched.poll()
        if code is not None and not self._is_starting:
            await self._take_away(self.launched, at_once=True)  # its kernels and terminals may have stayed
        return code

    async def stop(self, now: bool = False) -> None:
        """Ask the server to end, then take away whatever is left."""
        if self.launched is not None:
            await self._take_away(self.launched, at_once=now)

    def get_state(self) -> dict[str, Any]:
        """Return what a restarted hub needs to know the server again."""
        state: dict[str, Any] = super().get_state()
        if self.launched is not None:
            state |= self.launched.get_state()
        return state

    def load_state(self, state: dict[str, Any]) -> None:
        """Know a running server again after the hub's restart."""
        super().load_state(state)
        self.launched = find_launched(state)

    def clear_state(self) -> None:
        """Forget the server; it has ended."""
        super().clear_state()
        self.launched = None

    # ── How it begins and ends ────────────────────────────────────────────────────────────────────────────────────

    async def _launch(self, settings: Settings, *, walled: bool) -> None:
        home = _find_home()
        # What JupyterHub knows of the person is read here; a thread has no business with its database.
        self.hub_connect_url = place_hall(settings) if walled else None
        prepare = partial(
            _prepare,
            settings,
            name=self.user.name,
            number=self.orm_spawner.id,
            socket=self.socket,
            environment=self.get_env(),
            language=self._wish,
            walled=walled,
            is_teacher=not TEACHERS.isdisjoint(group.name for group in self.user.groups),
        )
        try:
            await _in_thread(wait_while_loading, home, *PROFILES)  # which clear away what earlier ones left of gates
            order, listener, self._words = await _keep(_in_thread(prepare), unwanted=_let_go)
            launching = _launch(order, listener, settings=settings, home=home, socket=self.socket)
            self.launched = await _keep(launching, unwanted=_end_unwanted)
        except Exception as error:
            raise NotBegunError(language=self._wish, problem=_describe(error)) from error

    async def _wait_until_open(self) -> None:
        """Wait until the server answers; a server that ends instead is reported at once."""
        assert self.server
        page = f"{self.server.base_url}api"
        answer = asyncio.ensure_future(ask_until_answered(self.socket, page=page, within=LONGEST_WAIT))
        try:
            while not answer.done():
                if self.launched is not None and self.launched.poll() is not None:
                    raise ServerEndedError(language=self._wish)
                await asyncio.wait([answer], timeout=LOOK_EVERY)
            try:
                answer.result()
            except TimeoutError:
                raise ServerEndedError(language=self._wish) from None
        finally:
            answer.cancel()

    async def _take_away(self, launched: LaunchedServer, *, at_once: bool) -> None:
        await _in_thread(partial(launched.end, at_once=at_once))
        self.launched = None
        remove_server_socket(self.socket)

    def _keep_first_words(self) -> None:
        """Write what was said before the server had its own log into one of ours, and listen no more."""
        if self._words is None:
            return
        os.set_blocking(self._words, False)
        try:
            said = os.read(self._words, LONGEST_WORDS)
        except BlockingIOError:
            said = b""
        finally:
            os.close(self._words)
            self._words = None
        try:
            _write_log(_find_home(), name=home_name(self.user.name), said=said)
        except OSError as error:  # a full disk, say: the server runs all the same
            self.log.warning("What %s's server said first could not be kept: %s", self.user.name, error)

    def _language(self) -> str:
        """Return the person's language, from the request that started the server."""
        if self.handler is None:
            return choose_language()
        return choose_language(
            cookie=self.handler.get_cookie(COOKIE), accept=self.handler.request.headers.get("Accept-Language")
        )


def _describe(error: Exception) -> str:
    """Return what the page may say of an error: of the system's no paths of the hall, which the log has."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


async def _launch(order: Order, listener: Listener, *, settings: Settings, home: Home, socket: Path) -> LaunchedServer:
    """Make a place for the server, open its ways to the hall and out, and start it there; or leave nothing."""
    sandbox = None
    try:
        note_launch(socket, describe_begun(order.gate, prefix=order.environment[PREFIX]))
        if (sandbox := await _in_thread(make_place, order)) is not None:
            note_launch(socket, describe_place(sandbox))
            await serve(home, sandbox, identity=order.identity, internet=settings.internet == "on")
        launched: LaunchedServer = await _in_thread(launch_server, order, sandbox)
        note_launch(socket, launched.get_state())
    except BaseException:
        if sandbox is not None:
            await _in_thread(sandbox.end)
        raise
    finally:
        # They are the server's alone now: where it ends, nobody listens and nobody speaks any more.
        listener.close()
        os.close(order.words)
    return launched


def _prepare(
    settings: Settings,
    *,
    name: str,
    number: int,
    socket: Path,
    environment: dict[str, str],
    language: str,
    walled: bool,
    is_teacher: bool,
) -> tuple[Order, Listener, int]:
    """Return the order for a person's server, the socket at which it will listen, and where its first words arrive."""
    home = _find_home()
    _end_leftover(socket)
    identity = find_identity(home.identities, name=name, ids=settings.user_id_range) if walled else None
    person_home = ensure_person_home(home.homes, name=name)
    if identity is not None:
        give_home(person_home, identity=identity)
    limits = plan_limits(settings, homes=home.homes)
    unwalled_home = None if walled else person_home
    environment |= build_environment(
        settings, home=home, person_home=unwalled_home, language=language, is_teacher=is_teacher
    )
    environment |= limits.environment
    plan = None
    if walled:
        plan = plan_person_sandbox(
            settings, home=home, person_home=person_home, gate=f"u{number}", is_teacher=is_teacher
        )
    listener = open_server_socket(socket)
    # A pipe, and not a file of the hub's: what is open inside can be read and written there for ever.
    words, words_end = os.pipe()
    order = Order(
        environment=environment,
        folder=str(HOME_INSIDE if walled else person_home),
        listener=listener.fileno(),
        words=words_end,
        home=person_home,
        plan=plan,
        identity=identity,
        life_line=find_life_line(),
        fork_server=home.fork_socket("server"),
        kernel_server=home.fork_socket("kernel"),
        gate=f"u{number}",
        limits=limits,
        limited=home.limits,
    )
    return order, listener, words


@cache
def _load_settings() -> Settings:
    return Settings()


@cache
def _find_home() -> Home:
    return resolve_home(_load_settings().home)


@cache
def _find_line() -> StartLine:
    """Return the line of all starts of this hub."""
    return StartLine(_load_settings().starts_at_once or 2 * (os.cpu_count() or 1))


@cache
def _find_threads() -> ThreadPoolExecutor:
    """Return threads of their own: what waits for a fork server must not keep passwords from being checked."""
    return ThreadPoolExecutor(16, thread_name_prefix="servers")


async def _in_thread(work: Any, *arguments: Any) -> Any:
    """Do work that blocks; it comes to its end even where nobody waits for it any more."""
    return await asyncio.get_running_loop().run_in_executor(_find_threads(), work, *arguments)


async def _keep(work: Awaitable[Result], *, unwanted: Callable[[Result], object]) -> Result:
    """Wait for work that comes to its end whatever happens here; what nobody waits for any more is `unwanted`."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:  # somebody has stopped the start, or it took too long
        task.add_done_callback(lambda done: None if done.exception() else unwanted(done.result()))
        raise


def _let_go(prepared: tuple[Order, Listener, int]) -> None:
    order, listener, words = prepared
    listener.close()
    os.close(order.words)
    os.close(words)


def _end_unwanted(launched: LaunchedServer) -> None:
    _find_threads().submit(partial(launched.end, at_once=True))


def _end_leftover(socket: Path) -> None:
    """End what a hub that fell had started for the socket and did not come to tell its database."""
    noted = read_launch(socket)
    if noted is not None and (left := find_launched(noted)) is not None:
        left.end(at_once=True)
    remove_server_socket(socket)


def _write_log(home: Home, *, name: str, said: bytes) -> None:
    """Keep what bubblewrap and the first lines of the server said; later lines go to the person's own log."""
    folder = home.logs / "servers"
    folder.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(folder / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as log:
        log.write(said)
