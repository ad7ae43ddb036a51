"""The service itself with sandboxes that it serves, and small real servers around them."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from datahall_forkserver.identities import Identity
from datahall_forkserver.sandboxes import Sandbox
from datahall_hub import egress_client
from datahall_hub.home import Home, ensure_home
from datahall_hub.settings import CHECKOUT, Settings

from tests.journeys.ordinary_hall import set_up_clone

PERSON = 60001
NAMED = "127.0.0.9"  # an address that the operator has named; programs inside take it for one of the internet


@dataclass(frozen=True)
class Code:
    """A checkout and an environment that whoever starts the service can reach."""

    checkout: Path
    python: str
    within: str  # the Python that is shown in sandboxes
    packages: str


@cache
def find_code(become: tuple[str, ...]) -> Code:
    """Return this checkout and environment, or, where they lie where only root can go, a clone and one of its own."""
    # This environment's Python may lie where only root can go; Debian's own finds the same packages.
    within = "/usr/bin/python3" if become else sys.executable
    own = Code(CHECKOUT, sys.executable, within, sysconfig.get_path("purelib"))
    if not become or _imports(become, own.python):
        return own
    folder = Path(tempfile.mkdtemp(prefix="egress-code-", dir="/var/tmp"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    python = str(set_up_clone(folder))
    assert _imports(become, python)
    ask = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip()
    return Code(Path(python).parents[2], python, python, packages)


def _imports(become: tuple[str, ...], python: str) -> bool:
    return subprocess.run([*become, python, "-c", "import datahall_hub"], capture_output=True).returncode == 0


class Site(BaseHTTPRequestHandler):
    """Says what it was asked; `/large` is large, `/away` leads to this machine's loopback."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/secret")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = b"place,value\nhere,1\nthere,2\n" if self.path.endswith(".csv") else self._describe()
        if self.path == "/large":
            body = bytes(20_000_000)
        total = len(body)
        begin, _, end = self.headers.get("Range", "").removeprefix("bytes=").partition("-")
        if begin or end:
            first = int(begin) if begin else max(0, total - int(end))
            last = min(total - 1, int(end)) if begin and end else total - 1
            body = body[first : last + 1]
        self.send_response(206 if begin or end else 200)
        if begin or end:
            self.send_header("Content-Range", f"bytes {first}-{last}/{total}")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Accept-Ranges", "bytes")
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body if self.command != "HEAD" else b"")

    do_HEAD = do_GET

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                data += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        body = json.dumps({"length": len(data)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _describe(self) -> bytes:
        asked = {
            "site": self.server.server_address[0], "path": self.path, "from": self.client_address[0],
            "headers": [[name.lower(), value] for name, value in self.headers.items()],
        }  # fmt: skip
        return json.dumps(asked).encode()

    def log_message(self, format: str, *args: Any) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]


class SiteServer(ThreadingHTTPServer):
    """One site on a thread of its own."""

    def __init__(self, host: str, port: int = 0) -> None:
        super().__init__((host, port), Site)
        self.asked: list[str] = []
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])


@dataclass
class Inside:
    """A sandbox in which sources are run."""

    sandbox: Sandbox
    identity: Identity | None
    process: subprocess.Popen[str]

    def find(self, source: str, **values: Any) -> Any:
        """Return what `source` puts into `found`."""
        lines = "\n".join(f"{name} = {value!r}" for name, value in values.items())
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(f"{lines}\n{source}") + "\n")
        self.process.stdin.flush()
        told = json.loads(self.process.stdout.readline())
        assert "failed" not in told, told["failed"]
        return told["found"]

    def end(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.communicate(timeout=20)


@dataclass
class RunningEgress:
    """The service, started as root or as an ordinary user."""

    folder: Path
    home: Home
    settings: Settings
    is_root: bool
    hall: SiteServer
    named: SiteServer
    inner: SiteServer  # on loopback, for nobody inside
    further: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    insides: list[Inside] = field(default_factory=list)

    @property
    def _become(self) -> tuple[str, ...]:
        if self.is_root or os.geteuid() != 0:
            return ()
        return ("setpriv", f"--reuid={PERSON}", f"--regid={PERSON}", "--clear-groups")

    @property
    def _code(self) -> Code:
        return find_code(self._become)

    def start(self) -> None:
        checkout, python = self._code.checkout, self._code.python
        environment = {**self.settings.as_environment(), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(checkout)}
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self._become, python, "-m", "datahall_hub.services.egress"],
                env=environment | self.further, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    def make_inside(self, *, number: int = PERSON, serves: bool = True, internet: bool = True) -> Inside:
        """Make a sandbox, and have it served."""
        identity = Identity(number, number) if self.is_root else None
        home = Path(tempfile.mkdtemp(dir=self.folder))
        if os.geteuid() == 0:
            os.chown(home, number, number)
        code = self._code
        packages = [str(code.checkout), str(code.checkout / "extensions/forkserver"), code.packages]
        process = subprocess.Popen(
            [*self._become, code.within, "-m", "tests.hub.egress.inside"],
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(packages)}, text=True, cwd="/",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdin
        assert process.stdout
        environment = {
            "PATH": "/usr/bin:/bin", "HOME": "/home/person",
            **egress_client.build_network_environment(self.settings),
        }  # fmt: skip
        order = {
            "home": str(home),
            "identity": [number, number] if identity else None,
            "environment": environment,
            "shown": packages[-1:],
        }
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        made = json.loads(process.stdout.readline() or "null")
        if made is None:
            raise AssertionError(process.communicate()[1])
        inside = Inside(Sandbox(made["pid"], made["started"]), identity, process)
        self.insides.append(inside)
        if serves:
            self.serve(inside, internet=internet)
        return inside

    def serve(self, inside: Inside, *, internet: bool = True) -> None:
        import asyncio

        asyncio.run(egress_client.serve(self.home, inside.sandbox, identity=inside.identity, internet=internet))

    def status(self) -> dict[str, Any]:
        import asyncio

        return asyncio.run(egress_client.ask(self.home, {"do": "status"}))

    def words(self) -> str:
        return (self.folder / "log").read_text()


@contextlib.contextmanager
def run_egress(*, is_root: bool, **settings: Any) -> Iterator[RunningEgress]:
    """Run the service in a folder of its own, and leave nothing behind."""
    folder = Path(tempfile.mkdtemp(prefix="egress-", dir="/var/tmp"))
    folder.chmod(0o755)
    hall, named, inner = SiteServer("127.0.0.1"), SiteServer(NAMED), SiteServer("127.0.0.1")
    home = ensure_home(folder / "home")
    if os.geteuid() == 0 and not is_root:
        for path in (home.root, *home.root.rglob("*")):
            os.chown(path, PERSON, PERSON)
    chosen = {"internet_hosts": f"{NAMED}:{named.port}", "internet_ports": "80,443"} | settings
    running = RunningEgress(
        folder, home, Settings(home=home.root, port=hall.port, **chosen), is_root, hall, named, inner
    )
    running.start()
    try:
        running.status()  # waits until it answers
        yield running
    finally:
        for inside in running.insides:
            inside.end()
        assert running.process
        running.process.terminate()
        assert running.process.wait(10) is not None
        for site in (hall, named, inner):
            site.shutdown()
            site.server_close()
        shutil.rmtree(folder)


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
