"""Run the hall in the foreground: start its processes, start again the one that falls, end them all.

Promises: one supervisor for one home; ready is said only when the hall answers through the proxy; on SIGINT,
SIGTERM or SIGHUP everything has ended within 15 seconds, user servers first; no descendant is left behind.
A supervisor that is killed takes its children along (`datahall_hub.parent_death`); what still lives of an
earlier run is ended before the next begins.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import resource
import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from datahall_hub.announcements import Announcer
from datahall_hub.authenticators import find_entry_point
from datahall_hub.catalog_updates import CatalogUpdates
from datahall_hub.children import Child
from datahall_hub.database import require_driver
from datahall_hub.failures import RunError
from datahall_hub.first_password_pipe import read_first_password, start_first_password_pipe
from datahall_hub.home import Home, ensure_home, resolve_home
from datahall_hub.life_line import LifeLine
from datahall_hub.listening_sockets import (
    close_sockets,
    open_listening_socket,
    open_listening_sockets,
    reserve_twins,
)
from datahall_hub.local_configuration import find_local_configuration
from datahall_hub.operator_words import find_program, say
from datahall_hub.parent_death import adopt_orphans
from datahall_hub.person_limits import remove_hall_groups
from datahall_hub.ports import IN_USE, choose_ports, find_free_port
from datahall_hub.probes import answers
from datahall_hub.process_marks import end_processes, find_mark
from datahall_hub.process_plans import plan_children
from datahall_hub.renewals import Renewals
from datahall_hub.settings import Settings
from datahall_hub.status_file import end_leftovers, load_status, write_status
from datahall_hub.walls import find_reason_without_walls, require_walls

INNER_PORTS = ("hub_port", "proxy_api_port", "hall_port", "apps_port")
MOST_OPEN = 65_536  # files; the system's own default of 1,024 is used up by some two hundred people
START_DEADLINE = 300.0  # seconds until the hall must have answered
MOST_FALLS_AT_START = 3
HUB_GRACE = 9.0  # seconds for the hub to end its user servers; with the next two, below 15
GRACE = 3.0
SAME_SIGNAL = 1.0  # seconds within which signals count as one
LOOK_OFTEN, LOOK_SELDOM = 0.1, 2.0  # seconds between two looks, while something starts and when nothing does


class Supervisor:
    """The processes of one hall, from the first to be started to the last to be ended."""

    def __init__(
        self, settings: Settings, *, home: Home, sockets: dict[int, socket.socket], announcer: Announcer
    ) -> None:
        self.settings = settings
        self.home = home
        self.announcer = announcer
        self.life_line = LifeLine()
        plans = plan_children(settings, home=home, sockets=sockets, life_line=self.life_line.end)
        self.children = [Child(plan, home.logs / f"{plan.name}.log") for plan in plans]
        self.renewals = Renewals()
        self.catalogs = CatalogUpdates(home, lessons=settings.lessons_folder, announcer=announcer)
        self.admin: subprocess.Popen[str] | None = None
        self.signals = 0
        self._last_signal = -SAME_SIGNAL
        self.is_announced = False
        self._is_status_due = False
        self._trouble = ""
        self.wakeup, self._alarm = os.pipe()

    def run(self) -> None:
        """Start everything, keep it running, and return after a signal once all has ended."""
        adopt_orphans()
        with _signals_to(self._alarm, self._note_signal):
            try:
                self._start()
                while not self.signals:
                    self._look_after()
            finally:
                self._end()
        self.life_line.close()
        os.close(self.wakeup)
        os.close(self._alarm)

    def _start(self) -> None:
        began = time.monotonic()
        self.catalogs.start()
        self.admin = start_first_password_pipe(self.settings)
        for child in self.children:
            if child.plan.name != "hub" and not child.plan.is_late:
                child.start()
        self._write_status()
        password: str | None = None
        while not self.signals and not self._is_whole():
            if self.admin is not None and self.admin.poll() is not None:
                password = read_first_password(self.admin)
                self.admin = None
                self._child("hub").start()
                self._write_status()
            self._look_after()
            _give_up_in_time(self.children, began=began)
        if not self.signals:
            self._start_late()
            self.is_announced = True
            self.announcer.ready(seconds=time.monotonic() - began)
            if password:
                self.announcer.first_password(password)
                self.home.password_shown.touch()

    def _start_late(self) -> None:
        """Start what takes seconds of the processors, and what nobody needs to look at the hall's pages."""
        for child in self.children:
            if child.plan.is_late:
                child.start()
        self._write_status()

    def _look_after(self) -> None:
        is_calm = self.is_announced and all(child.is_ready for child in self.children)
        self._sleep(LOOK_SELDOM if is_calm else LOOK_OFTEN)
        changed = False
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                code = child.note_fall()
                self.announcer.fallen(child.plan.name, code=code, pause=child.pause, log=child.log)
                changed = True
            elif child.process is None and child.falls and time.monotonic() >= child.due_at:
                with self._bearing(child.note_fall):
                    child.start()
                changed = True
            elif child.process is not None and not child.is_ready and child.plan.is_ready():
                child.is_ready = changed = True
                if child.falls or not self.is_announced:
                    self.announcer.child_ready(child.plan.name, again=bool(child.falls))
        for child, what in self.renewals.find_due(self.children):
            with self._bearing():
                child.renew()
                self.announcer.renewed(child.plan.name, what=what)
            changed = True
        with self._bearing():
            self.catalogs.look()
        self._reap_orphans()
        if (changed or self._is_status_due) and not self.signals:
            self._is_status_due = True
            with self._bearing():
                self._write_status()
                self._is_status_due = False

    @contextlib.contextmanager
    def _bearing(self, afterwards: Callable[[], object] = lambda: None) -> Iterator[None]:
        """Say what the system refuses, such as room on a full disk, and go on: it is tried again."""
        try:
            yield
        except OSError as error:
            problem = describe_refusal(error)
            if problem != self._trouble:
                self.announcer.troubled(problem)
            self._trouble = problem
            afterwards()

    def _is_whole(self) -> bool:
        host = self.settings.local_url.partition("//")[2].rpartition(":")[0].strip("[]")
        return (
            all(child.is_ready or child.plan.is_late for child in self.children)
            and self.catalogs.is_current
            and answers(self.settings.port, path="/services/hall/health", host=host)
        )

    def _end(self) -> None:
        """End the hub first, since it ends the user servers; then the others; then whatever is left."""
        self.announcer.ending()
        hub = self._child("hub")
        self._end_children([hub], grace=HUB_GRACE)
        self._end_children([child for child in self.children if child is not hub], grace=GRACE)
        own = find_mark(os.getpid())
        if own is not None:
            end_processes(own.descendants(), grace=1.0)
        if self.admin is not None:
            self.admin.communicate()  # closes its pipes
        self._reap_orphans()
        remove_hall_groups()
        self.home.status_file.unlink(missing_ok=True)
        self.announcer.ended()

    def _end_children(self, children: list[Child], *, grace: float) -> None:
        """Ask and wait; a second signal from the operator ends the waiting."""
        for child in children:
            if child.process is not None:
                child.process.terminate()
        deadline = time.monotonic() + grace
        while any(c.process is not None and c.process.poll() is None for c in children):
            if time.monotonic() > deadline or self.signals > 1:
                break
            self._sleep(LOOK_OFTEN)
        for child in children:
            if child.process is not None and child.process.poll() is None:
                child.process.kill()
                child.process.wait()

    def _child(self, name: str) -> Child:
        return next(child for child in self.children if child.plan.name == name)

    def _sleep(self, seconds: float) -> None:
        """Wait, but no longer than until the next signal, of a child's end or from outside."""
        if select.select([self.wakeup], [], [], seconds)[0]:
            os.read(self.wakeup, 512)

    def _note_signal(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGCHLD:
            return
        # One Ctrl-C may come twice, from the terminal and passed on by make; only a later one means "at once".
        now = time.monotonic()
        self.signals += now - self._last_signal > SAME_SIGNAL
        self._last_signal = now

    def _reap_orphans(self) -> None:
        """Take note of the end of adopted processes, and leave our own to those who wait for them."""
        ours = {child.process.pid for child in self.children if child.process is not None}
        ours |= {process.pid for process in (self.admin, self.catalogs.process) if process is not None}
        ours |= {pid for child in self.children for pid in child.find_earlier()}
        with contextlib.suppress(ChildProcessError):
            for entry in Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split():
                if int(entry) not in ours:
                    os.waitpid(int(entry), os.WNOHANG)

    def _write_status(self) -> None:
        write_status(self.home, settings=self.settings, children=self.children)


def run_hall(settings: Settings, *, announcer: Announcer) -> None:
    """Run the hall until a signal ends it.

    Raises
    ------
    HallError, HomeError, WallsError, MissingPartError
        If it cannot be started; nothing is left running then.
    """
    _allow_open_files()
    require_walls(settings)
    require_driver(settings.database_url)
    require_driver(settings.hall_database_url, setting="hall_database_url")
    find_entry_point(settings)
    if not resolve_home(settings.home).lock.exists():  # nothing runs there: look first, then make a folder
        _open_public_socket(settings).close()
    home = ensure_home(settings.home)
    find_local_configuration(home)
    with _only_one(home), _refusals_told():
        end_leftovers(home)
        if settings.port == 0:
            settings = settings.model_copy(update={"port": find_free_port(taken=set())})
        public = _open_public_socket(settings)
        fixed = {name: getattr(settings, name) for name in INNER_PORTS}
        ports = choose_ports(INNER_PORTS, fixed=fixed, file=home.ports_file)
        settings = settings.model_copy(update={**ports, "home": home.root})
        announcer.starting(settings, warning=find_reason_without_walls(settings))
        sockets = {**open_listening_sockets(ports.values()), settings.port: public}
        twins = reserve_twins(settings.host, port=settings.port)
        try:
            Supervisor(settings, home=home, sockets=sockets, announcer=announcer).run()
        finally:
            close_sockets(sockets)
            for twin in twins:
                twin.close()


def _allow_open_files() -> None:
    """Let the hall's processes have as many files open as this user may: a server or visitor takes some of each."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < MOST_OPEN:
        most = MOST_OPEN if hard == resource.RLIM_INFINITY else min(hard, MOST_OPEN)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def describe_refusal(error: OSError) -> str:
    """Return what the system refused and for which file, as far as it says so."""
    return ": ".join(filter(None, [str(error.filename or ""), error.strerror or str(error)]))


@contextlib.contextmanager
def _refusals_told() -> Iterator[None]:
    """Turn what the system refuses, such as room on a full disk, into a sentence."""
    try:
        yield
    except OSError as error:
        raise RunError(
            "refused-by-system",
            say(
                "The hall cannot run, because the system refuses: {problem}. Mend that, then start the hall again.",
                problem=describe_refusal(error),
            ),
        ) from error


@contextlib.contextmanager
def _only_one(home: Home) -> Iterator[None]:
    with home.lock.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            status = load_status(home) or {}
            raise RunError(
                "already-running",
                say(
                    "A hall is already running on {home}: {address} (process {pid}). Open that address, end it with "
                    "'{program} down --home {home}', or choose another folder with --home and another --port.",
                    program=find_program(),
                    home=home.root,
                    address=status.get("address", say("it is just starting")),
                    pid=status.get("pid", "?"),
                ),
            ) from None
        yield


def _open_public_socket(settings: Settings) -> socket.socket:
    try:
        listener = open_listening_socket(settings.host, port=settings.port)
        with contextlib.ExitStack() as stack:
            stack.callback(listener.close)
            for twin in reserve_twins(settings.host, port=settings.port):
                twin.close()
            stack.pop_all()
        return listener
    except OSError as error:
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            raise RunError(
                "host-unknown",
                say(
                    "The hall cannot listen on {host}: this machine has no such address. "
                    "Choose one of its own with --host, or 127.0.0.1 for this machine alone.",
                    host=settings.host,
                ),
            ) from error
        problem = IN_USE if error.errno == errno.EADDRINUSE else os.strerror(error.errno or 0) or str(error)
        raise RunError(
            "port-taken" if problem == IN_USE else "port-refused",
            say(
                "The hall cannot listen on {host}:{port}: {problem}. "
                "End what listens there, or choose another port, e.g. --port {other}.",
                host=settings.host,
                port=settings.port,
                problem=problem,
                other=settings.port + 1,
            ),
        ) from error


def _give_up_in_time(children: list[Child], *, began: float) -> None:
    for child in children:
        if child.falls >= MOST_FALLS_AT_START:
            raise RunError(
                "keeps-falling",
                say(
                    "{name} keeps falling. Its last words:\n{words}\nLog: {log}",
                    name=child.plan.name,
                    words=_last_lines(child.log),
                    log=child.log,
                ),
            )
    if time.monotonic() - began > START_DEADLINE:
        late = (
            ", ".join(each.plan.name for each in children if not each.is_ready and not each.plan.is_late)
            or "the hall behind the proxy"
        )
        raise RunError(
            "not-ready",
            say(
                "Not ready after {seconds} s: {late}. Look into the logs: {folder}",
                seconds=f"{START_DEADLINE:.0f}",
                late=late,
                folder=children[0].log.parent,
            ),
        )


def _last_lines(log: Path, *, count: int = 8) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])


@contextlib.contextmanager
def _signals_to(descriptor: int, handler: object) -> Iterator[None]:
    """Let signals wake the supervisor by writing to its pipe; the main thread waits on the other end."""
    os.set_blocking(descriptor, False)
    previous_wakeup = signal.set_wakeup_fd(descriptor, warn_on_full_buffer=False)
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)
    previous = {number: signal.signal(number, handler) for number in numbers}  # type: ignore[arg-type]
    try:
        yield
    finally:
        signal.set_wakeup_fd(previous_wakeup)
        for number, old in previous.items():
            signal.signal(number, old)
