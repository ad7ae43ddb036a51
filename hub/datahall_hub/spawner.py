"""Start each person's notebook server inside walls of its own, without system users.

The server's parent is a keeper, a shell of less than a megabyte: it outlives the hub, so that servers survive a
hub that falls, and the sandbox ends with it, however it ends. A restarted hub knows its keepers again
by process id and moment of start. Where there is no bubblewrap the same program runs without walls; pages
and terminal then warn (`datahall_hub.walls`).
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from jupyterhub.objects import Server
from jupyterhub.spawner import Spawner

from datahall_hub.home import Home, resolve_home
from datahall_hub.homes import ensure_person_home, home_name
from datahall_hub.life_line import find_life_line
from datahall_hub.process_marks import ProcessMark, end_processes, find_mark
from datahall_hub.sandbox import Mount, Walls, bwrap_command, place_home
from datahall_hub.server_sockets import (
    SocketServer,
    ask_until_answered,
    open_server_socket,
    place_socket,
    remove_server_socket,
)
from datahall_hub.session_keyring import leave_session_keyring
from datahall_hub.settings import Settings
from datahall_hub.translations import COOKIE, choose_language, load_translations
from datahall_hub.walls import find_reason_without_walls, may_serve_without_walls

INSIDE = Path(__file__).parent / "user_server"
HOME_INSIDE = place_home(Path("/home/jovyan"))  # the place that notebooks of other JupyterHubs know
# "exit" keeps the shell from becoming the program: it must stay, as the parent that the sandbox dies with.
KEEPER = ("/bin/sh", "-c", '"$@"; exit $?', "datahall-keeper")
# Beneath a supervisor the keeper's input is the life line: a second shell reads it, and ends the keeper's whole
# process group when it closes. (A shell gives what runs in its background no input, so the line moves to 3.)
WATCHED_KEEPER = (
    "/bin/sh", "-c",
    'exec 3<&0; { read -r _ <&3; kill -KILL 0; } & "$@" </dev/null 3<&-; code=$?; kill "$!"; exit $code',
    "datahall-keeper",
)  # fmt: skip
# Servers that start at the same moment slow each other down until none is ready in time; these many go on well.
STARTS_AT_ONCE = 2 * (os.cpu_count() or 1)
LONGEST_WORDS = 65_536  # bytes that a pipe holds
LOOK_EVERY = 0.1  # seconds between two looks whether a server that starts has ended
LONGEST_WAIT = 86_400.0  # seconds; the setting says how long, and whoever waits ends it
ENDED = (
    "The server ended while it was starting. What it said last is in the file .datahall/server.log of the home folder."
)
NO_WALLS = (
    "The server is not started, because it would run without a sandbox and as root: {reason}. "
    "An administrator of the machine can mend that."
)
GRACE = 5.0  # seconds in which a server may end its kernels before it is killed


class ServerEndedError(Exception):
    """A server ended before it listened; JupyterHub shows `jupyterhub_message` on the page."""

    def __init__(self, *, language: str) -> None:
        self.jupyterhub_message = load_translations("cli", language=language).gettext(ENDED)
        super().__init__(ENDED)


class NoWallsError(Exception):
    """A server may not start without walls; JupyterHub shows `jupyterhub_message` on the page."""

    def __init__(self, *, language: str, reason: str) -> None:
        translate = load_translations("cli", language=language).gettext
        self.jupyterhub_message = translate(NO_WALLS).format(reason=translate(reason))
        super().__init__(NO_WALLS.format(reason=reason))


class SandboxSpawner(Spawner):  # type: ignore[misc]  # JupyterHub ships no types
    """One notebook server in one sandbox."""

    mark: ProcessMark | None = None
    _process: subprocess.Popen[bytes] | None = None
    _words: int | None = None  # the end of a pipe in which bubblewrap and the first lines of the server arrive
    _is_starting = False

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
        return place_socket(resolve_home(Settings().home), number=self.orm_spawner.id)

    async def start(self) -> str:
        """Start the server and return where the hub finds it, once it answers there."""
        settings = Settings()
        reason = find_reason_without_walls(settings)
        if reason and not may_serve_without_walls(settings):
            raise NoWallsError(language=self._language(), reason=reason)
        self._is_starting = True
        try:
            async with _find_pace():
                self._launch(settings, walled=reason is None)
                await asyncio.wait_for(self._wait_until_open(), timeout=settings.start_timeout)
        finally:
            self._is_starting = False
            self._keep_first_words(resolve_home(settings.home))
        assert self.server
        return str(self.server.host)

    def _launch(self, settings: Settings, *, walled: bool) -> None:
        home = resolve_home(settings.home)
        person_home = ensure_person_home(home.homes, name=self.user.name)
        environment = self.get_env() | build_environment(
            settings, home=home, home_inside=HOME_INSIDE if walled else person_home, language=self._language()
        )
        argv = [sys.executable, str(INSIDE / "start.py")]
        if walled:
            argv = bwrap_command(argv, walls=build_walls(settings, home=home, person_home=person_home))
        life_line = find_life_line()
        # A pipe, and not a file of the hub's: what is open inside can be read and written there for ever.
        self._words, words = os.pipe()
        listener = open_server_socket(self.socket)
        environment["DATAHALL_DESCRIPTORS"] = f"listener={listener.fileno()}"
        try:
            self._process = subprocess.Popen(
                [*(KEEPER if life_line is None else WATCHED_KEEPER), *argv],
                env=environment,
                cwd=person_home,
                stdin=subprocess.DEVNULL if life_line is None else life_line,
                stdout=words,
                stderr=words,
                pass_fds=(listener.fileno(),),
                start_new_session=True,  # Ctrl-C at the operator's terminal is not for them
                preexec_fn=leave_session_keyring,
            )
        finally:
            os.close(words)
            listener.close()
        self.mark = find_mark(self._process.pid)

    def _keep_first_words(self, home: Home) -> None:
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
            _write_log(home, name=home_name(self.user.name), said=said)
        except OSError as error:  # a full disk, say: the server runs all the same
            self.log.warning("What %s's server said first could not be kept: %s", self.user.name, error)

    async def _wait_until_open(self) -> None:
        """Wait until the server answers; a server that ends instead is reported at once."""
        assert self.server
        page = f"{self.server.base_url}api"
        answer = asyncio.ensure_future(ask_until_answered(self.socket, page=page, within=LONGEST_WAIT))
        try:
            while not answer.done():
                if self._process is not None and self._process.poll() is not None:
                    raise ServerEndedError(language=self._language())
                await asyncio.wait([answer], timeout=LOOK_EVERY)
            try:
                answer.result()
            except TimeoutError:
                raise ServerEndedError(language=self._language()) from None
        finally:
            answer.cancel()

    async def poll(self) -> int | None:
        """Return None while the server starts or runs, else its exit code, or 0 where that is not known."""
        if self._process is not None:
            return self._process.poll()
        return None if self._is_starting or (self.mark is not None and self.mark.is_alive) else 0

    async def stop(self, now: bool = False) -> None:
        """Ask the server to end, then take away whatever is left."""
        keeper = self.mark
        if keeper is None:
            return
        family = keeper.descendants()
        if not now and family:
            # Through the walls only the innermost program hears signals; the keeper and bubblewrap end with it.
            _find_server(family).send(signal.SIGTERM)
            await self.wait_for_death(GRACE)
        await asyncio.to_thread(end_processes, [keeper, *family, *keeper.descendants()], grace=0.5)
        if self._process is not None:
            self._process.wait()
        remove_server_socket(self.socket)

    def get_state(self) -> dict[str, Any]:
        """Return what a restarted hub needs to know the server again."""
        state: dict[str, Any] = super().get_state()
        if self.mark is not None:
            state |= {"pid": self.mark.pid, "started": self.mark.started}
        return state

    def load_state(self, state: dict[str, Any]) -> None:
        """Know a running server again after the hub's restart."""
        super().load_state(state)
        if "pid" in state and "started" in state:
            self.mark = ProcessMark(pid=state["pid"], started=state["started"])

    def clear_state(self) -> None:
        """Forget the server; it has ended."""
        super().clear_state()
        self.mark = None
        self._process = None

    def _language(self) -> str:
        """Return the person's language, from the request that started the server."""
        if self.handler is None:
            return choose_language()
        return choose_language(
            cookie=self.handler.get_cookie(COOKIE), accept=self.handler.request.headers.get("Accept-Language")
        )


def build_walls(settings: Settings, *, home: Home, person_home: Path) -> Walls:
    """Return the walls of one person: their home to write, the open catalogs to read, and nobody else's."""
    inside = HOME_INSIDE / "catalogs"
    return Walls(
        home=person_home,
        home_inside=HOME_INSIDE,
        mounts=(
            Mount(home.catalogs, inside),
            Mount(home.store, inside / "store"),
            *([Mount(home.index, inside / "index")] if (home.catalogs / "index").is_dir() else []),
            Mount(INSIDE, INSIDE),
            Mount(INSIDE / "etc/passwd", Path("/etc/passwd")),
            Mount(INSIDE / "etc/group", Path("/etc/group")),
            *([Mount(settings.guides_folder, settings.guides_folder)] if settings.guides_folder.is_dir() else []),
        ),
        hidden=(home.root,),
        # The server must reach the hub's API and be reached by the proxy; a network of its own, with the hub's
        # API as a socket, comes with thicker walls.
        network=True,
        die_with_parent=True,
    )


def build_environment(settings: Settings, *, home: Home, home_inside: Path, language: str) -> dict[str, str]:
    """Return what a server's environment holds beside JupyterHub's own variables; nothing is inherited."""
    walled = home_inside == HOME_INSIDE
    environment = {
        "HOME": str(home_inside),
        "USER": "jovyan",
        "LOGNAME": "jovyan",
        "SHELL": "/bin/bash",
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        # Found on every system, while zh_CN.UTF-8 must be generated; it writes Chinese files and names as well.
        "LANG": "C.UTF-8",
        "PS1": r"\w \$ ",  # the terminal says in which folder one is
        "PYTHONUNBUFFERED": "1",
        "MPLCONFIGDIR": str(home_inside / ".cache/matplotlib"),
        "JUPYTER_CONFIG_PATH": str(INSIDE / "jupyter"),
        "JUPYTER_PATH": str(INSIDE / "share"),
        "DATAHALL_LANGUAGE": language,
        "DATAHALL_CATALOGS": str(home_inside / "catalogs" if walled else home.plain_catalogs),
        "DATAHALL_FETCH_URL": f"{settings.local_url}/services/hall/api/v1/fetch",
        "DATAHALL_GUIDES_FOLDER": str(settings.guides_folder),
    }
    if walled:
        environment["JUPYTER_RUNTIME_DIR"] = "/run/jupyter"  # keys of kernels vanish with the sandbox
    if zone := os.environ.get("TZ"):
        environment["TZ"] = zone
    return environment


@cache
def _find_pace() -> asyncio.Semaphore:
    """Return what all starts of this hub wait for."""
    return asyncio.Semaphore(STARTS_AT_ONCE)


def _find_server(family: list[ProcessMark]) -> ProcessMark:
    """Return the server among its keeper's descendants, nearest first: the first that is no shell or bubblewrap."""
    for mark in family:
        try:
            name = Path(f"/proc/{mark.pid}/comm").read_text().strip()
        except OSError:
            continue
        if name not in {"bwrap", "sh"}:
            return mark
    return family[-1]


def _write_log(home: Home, *, name: str, said: bytes) -> None:
    """Keep what bubblewrap and the first lines of the server said; later lines go to the person's own log."""
    folder = home.logs / "servers"
    folder.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(folder / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as log:
        log.write(said)
