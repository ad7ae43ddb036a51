"""Find the fork server of a profile, and start one where none runs; never two at once.

Servers live in a folder of their user's that nobody else may enter: for each a socket, a log, and a lock that is
held while one is being started. Which server serves whom is in its name: interpreter, profile, and the
variables that count only when a process starts.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import select
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from datahall_forkserver.client import ForkServer
from datahall_forkserver.errors import NoServerError
from datahall_forkserver.surroundings import find_settled

FOLDER_VARIABLE = "DATAHALL_FORKSERVER_FOLDER"
START_WITHIN = 60.0  # seconds; importing takes three to five, on a machine that does nothing else
LOOK_EVERY = 0.02
LISTENS = b"listens\n"  # what a server says once it does
IDLE_END = 600.0  # seconds after which a server that nobody wants any more ends
LONGEST_SOCKET_PATH = 107  # bytes, a limit of Linux
# All that a server learns of the environment of whoever starts it: it must hold nobody's secrets.
PASSED_ON = (
    "HOME", "LOGNAME", "MPLCONFIGDIR", "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONUSERBASE", "TMPDIR",
    "TZ", "USER", "XDG_CACHE_HOME", "XDG_CONFIG_HOME",
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where the server of a profile and an environment is to be found."""

    folder: Path
    name: str

    @property
    def socket(self) -> Path:
        """The socket it listens on."""
        return self.folder / f"{self.name}.sock"

    @property
    def log(self) -> Path:
        """What it said."""
        return self.folder / f"{self.name}.log"

    @property
    def lock(self) -> Path:
        """Held by whoever starts it."""
        return self.folder / f"{self.name}.lock"


def ensure_server(
    profile: str, *, environment: Mapping[str, str] | None = None, idle_end: float = IDLE_END
) -> ForkServer:
    """Return the server of `profile`, started where none answers; raise `NoServerError` where that fails."""
    environment = os.environ if environment is None else environment
    place = find_place(profile, environment=environment)
    server = ForkServer(place.socket)
    if _answers(server):
        return server
    with _locked(place.lock):
        if not _answers(server):
            _start(place, profile=profile, environment=environment, idle_end=idle_end)
    return server


def find_place(profile: str, *, environment: Mapping[str, str]) -> Place:
    """Return where the server of a profile is, whether one runs or not."""
    folder = _ensure_folder(environment)
    settled = json.dumps([sys.executable, sys.version, profile, find_settled(environment)])
    place = Place(folder, f"{profile}-{hashlib.sha256(settled.encode()).hexdigest()[:12]}")
    if len(os.fsencode(place.socket)) > LONGEST_SOCKET_PATH:
        raise NoServerError(f"{place.socket} is too long a path for a socket; set {FOLDER_VARIABLE} to a shorter one.")
    return place


def _ensure_folder(environment: Mapping[str, str]) -> Path:
    """Return the folder of this user's servers, made where it is missing; refuse one that others can reach."""
    runtime = environment.get("XDG_RUNTIME_DIR")
    if given := environment.get(FOLDER_VARIABLE):
        folder = Path(given)
    elif runtime and Path(runtime).is_dir():
        folder = Path(runtime) / "datahall-forkserver"
    else:
        folder = Path(tempfile.gettempdir()) / f"datahall-forkserver-{os.geteuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except OSError as error:
        raise NoServerError(f"{folder} cannot be made: {error}") from error
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o077:
        raise NoServerError(f"{folder} is not a folder that only its owner can enter; remove it.")
    return folder


def _answers(server: ForkServer) -> bool:
    try:
        server.describe()
    except NoServerError:
        return False
    return True


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise NoServerError(f"{path} cannot be opened: {error}") from error
    try:
        deadline = time.monotonic() + START_WITHIN
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise NoServerError(f"Somebody has been starting the server of {path} for too long.") from None
                time.sleep(LOOK_EVERY)
        yield
    finally:
        os.close(descriptor)


def choose_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what a server is given of the environment of whoever starts it: any child can read it there."""
    return {name: environment[name] for name in PASSED_ON if name in environment} | find_settled(environment)


def _start(place: Place, *, profile: str, environment: Mapping[str, str], idle_end: float) -> None:
    """Start a server and return once it listens."""
    given = choose_environment(environment)
    argv = [sys.executable, "-m", "datahall_forkserver", "serve", "--profile", profile, "--detach"]
    argv += ["--socket", str(place.socket), "--idle-end", str(idle_end)]
    try:
        log = os.open(place.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(log, "wb") as said:
            # Its own session: an interrupt at somebody's terminal is not for it. `/`: it keeps no folder busy.
            process = subprocess.Popen(
                argv,
                env=given,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
                start_new_session=True,
            )
    except OSError as error:
        raise NoServerError(f"The fork server could not be started: {error}") from error
    # What was started hands over to a process of its own and ends; that one says when it listens. Where it is too
    # late for us, it finds nobody to say it to, and ends.
    with process:
        assert process.stdout
        if not select.select([process.stdout], [], [], START_WITHIN)[0]:
            process.stdout.close()
            raise NoServerError(f"The fork server did not listen within {START_WITHIN:.0f} s; see {place.log}.")
        if process.stdout.read(len(LISTENS)) != LISTENS:
            words = place.log.read_text(errors="replace").strip().splitlines()[-1:]
            raise NoServerError(f"The fork server ended while it was starting: {' '.join(words)}")
