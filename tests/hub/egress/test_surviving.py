"""What becomes of the service and of those it serves when either falls, and who may ask it for what."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest
from datahall_forkserver.identities import Identity
from datahall_forkserver.sandboxes import Sandbox
from datahall_hub import egress_client
from datahall_hub.egress_client import EgressError

from tests.hub.egress.running_egress import NAMED, PERSON, RunningEgress, run_egress

pytestmark = pytest.mark.sandbox
FETCH = "import urllib.request; found = len(urllib.request.urlopen(url, timeout=9).read())"
TRY = """
import socket
try:
    socket.create_connection(("127.0.0.1", port), timeout=2).close()
    found = "reached"
except OSError as error:
    found = type(error).__name__
"""


@pytest.fixture
def own(starter: bool) -> Iterator[RunningEgress]:
    """A service for one test."""
    with run_egress(is_root=starter) as running:
        yield running


@pytest.fixture
def lone(bubblewrap: str) -> Iterator[RunningEgress]:
    """A service for one test to which it is all the same who runs it."""
    with run_egress(is_root=os.geteuid() == 0) as running:
        yield running


def wait_until(is_true, *, within: float = 5) -> float:
    begun = time.monotonic()
    while not is_true():
        assert time.monotonic() - begun < within, "it did not come true"
        time.sleep(0.02)
    return time.monotonic() - begun


def test_after_its_own_fall_it_serves_again_whoever_still_stands(own):
    first, second = own.make_inside(), own.make_inside(number=60002)
    own.process.kill()
    own.process.wait()
    second.end()

    own.start()
    again = wait_until(lambda: first.find(TRY, port=own.hall.port) == "reached")

    print(f"\nserved again after {again:.2f} s")
    assert first.find(FETCH, url=f"http://{NAMED}:{own.named.port}/values.csv") > 10
    assert [each["pid"] for each in own.status()["sandboxes"]] == [first.sandbox.pid]
    assert [path.name for path in own.home.egress_journal.iterdir()] == [
        f"{first.sandbox.pid}-{first.sandbox.started}.json"
    ]


def test_nothing_is_kept_of_a_sandbox_that_has_ended(own):
    process = psutil.Process(own.process.pid)
    own.make_inside().end()
    wait_until(lambda: own.status()["sandboxes"] == [])
    before = process.num_fds()

    for number in range(5):
        inside = own.make_inside(number=PERSON + number)
        inside.find(FETCH, url=f"http://127.0.0.1:{own.hall.port}/")
        inside.end()
    wait_until(lambda: own.status()["sandboxes"] == [])

    assert list(own.home.egress_journal.iterdir()) == []
    wait_until(lambda: process.num_fds() <= before)
    assert process.children() == []
    assert own.status()["seats"]["taken"] == 0


def test_without_the_internet_only_the_hall_is_reached(lone):
    inside = lone.make_inside(internet=False)

    assert inside.find(TRY, port=lone.hall.port) == "reached"
    assert inside.find(TRY, port=3128) == "ConnectionRefusedError"


def test_the_internet_can_be_taken_away_and_given_back(lone):
    inside = lone.make_inside()
    lone.serve(inside, internet=False)
    assert inside.find(TRY, port=3128) == "ConnectionRefusedError"

    lone.serve(inside, internet=True)
    lone.serve(inside, internet=True)

    assert inside.find(TRY, port=3128) == "reached"
    assert len(lone.status()["sandboxes"]) == 1


def test_a_hall_that_is_away_is_reached_again_once_it_is_back(lone):
    inside = lone.make_inside()
    port = lone.hall.port
    lone.hall.shutdown()
    lone.hall.server_close()
    gone = inside.find(FETCH.replace("found = ", "found = 'away'\ntry: found = ") + "\nexcept OSError: pass",
                       url=f"http://127.0.0.1:{port}/")  # fmt: skip

    lone.hall.__init__("127.0.0.1", port)  # type: ignore[misc]

    assert gone == "away"
    assert inside.find(FETCH, url=f"http://127.0.0.1:{port}/") > 10


@pytest.mark.parametrize(
    "line",
    [
        b"\n", b"{\n", b"[]\n", b"null\n", b'{"do": "leave"}\n', b'{"do": "serve"}\n', b"[" * 3000 + b"\n",
        b'{"do": "serve", "sandbox": {"pid": "1", "started": 1}, "identity": null, "internet": true}\n',
        b'{"do": "serve", "sandbox": {"pid": 1, "started": 1}, "identity": null, "internet": 1}\n',
        b'{"do": "serve", "sandbox": {"pid": -1, "started": true}, "identity": null, "internet": true}\n',
        b'{"do": "serve", "sandbox": {"pid": 1, "started": 1}, "identity": {"user": 0, "group": 0}, "internet": true}\n',  # noqa: E501
    ],
)  # fmt: skip
def test_what_is_no_order_is_answered_with_the_reason(egress, line):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(egress.home.egress_socket))
        connection.sendall(line)
        answer = json.loads(connection.recv(9999))

    assert answer["error"]["code"] == "bad-request"


@pytest.mark.parametrize("starter", ["root"], indirect=True)  # an ordinary user's service answers root, too
def test_whoever_is_no_owner_is_not_answered(own):
    own.home.run.chmod(0o755)
    for folder in (own.folder, own.home.root):
        folder.chmod(0o755)
    own.home.egress_socket.chmod(0o666)  # as if somebody had opened it by mistake
    source = (
        f"import socket; s = socket.socket(socket.AF_UNIX); s.connect({str(own.home.egress_socket)!r}); "
        """s.sendall(b'{"do": "status"}\\n'); print(s.recv(9))"""
    )
    asked = subprocess.run(
        ["setpriv", f"--reuid={PERSON}", f"--regid={PERSON}", "--clear-groups", "/usr/bin/python3", "-c", source],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert asked.stdout.strip() in ("", "b''")
    assert "PermissionError" not in asked.stderr  # it came that far


@pytest.mark.parametrize("pid", [1, 2**22])
def test_what_is_no_sandbox_is_not_served(egress, starter, pid):
    identity = Identity(PERSON, PERSON) if starter else None

    with pytest.raises(EgressError, match="has ended"):
        asyncio.run(egress_client.serve(egress.home, Sandbox(pid, 7), identity=identity, internet=True))


def test_this_machine_itself_is_no_sandbox(egress, starter):
    ours = Sandbox(os.getpid(), int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]))
    identity = Identity(PERSON, PERSON) if starter else None

    with pytest.raises(EgressError, match=r"shares the machine's network|not ours"):
        asyncio.run(egress_client.serve(egress.home, ours, identity=identity, internet=True))


def test_a_service_that_is_away_is_waited_for_and_then_named(tmp_path):
    from datahall_hub.home import Home

    begun = time.monotonic()
    with pytest.raises(EgressError, match=r"does not answer within 0\.3 s"):
        asyncio.run(egress_client.serve(Home(tmp_path), Sandbox(1, 1), identity=None, internet=True, within=0.3))
    assert time.monotonic() - begun < 1


class OfficeProxy(BaseHTTPRequestHandler):
    """A proxy of the operator's own network, which notes what it is asked and leads nowhere."""

    asked: list[tuple[str, str, str]]

    def do_GET(self) -> None:
        self.server.asked.append((self.command, self.path, self.headers.get("Proxy-Authorization", "")))  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()
        if self.command == "CONNECT":
            self.wfile.write(self.rfile.read(4))
        else:
            self.wfile.write(b"from the office")

    do_CONNECT = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_the_operators_own_proxy_is_asked_where_there_is_one(bubblewrap):
    office = ThreadingHTTPServer(("127.0.0.1", 0), OfficeProxy)
    office.asked = []  # type: ignore[attr-defined]
    threading.Thread(target=office.serve_forever, args=(0.05,), daemon=True).start()
    address = f"http://user:p%40ss@127.0.0.1:{office.server_address[1]}"
    ask = """
import socket
def ask(request):
    with socket.create_connection(("127.0.0.1", 3128), timeout=9) as connection:
        connection.sendall(request)
        said = b""
        while piece := connection.recv(65536):
            said += piece
    return said.decode().replace("\\r", "")
"""
    with run_egress(is_root=os.geteuid() == 0) as running:
        running.process.terminate()
        running.process.wait()
        running.further = {"HTTP_PROXY": address, "HTTPS_PROXY": address}
        running.start()
        inside = running.make_inside()
        plain = inside.find(
            ask
            + "found = ask(b'GET http://93.184.215.14/x?y HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n')"
        )
        tunnel = inside.find(ask + "found = ask(b'CONNECT 93.184.215.14:443 HTTP/1.1\\r\\nHost: a\\r\\n\\r\\nping')")
        refused = inside.find(ask + "found = ask(b'CONNECT 10.0.0.1:443 HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n')")
    office.shutdown()
    office.server_close()

    assert "from the office" in plain
    assert tunnel.endswith("\n\nping")
    assert refused.split(" ")[1] == "403"
    secret = "Basic dXNlcjpwQHNz"  # user:p@ss
    assert office.asked == [  # type: ignore[attr-defined]
        ("GET", "http://93.184.215.14/x?y", secret), ("CONNECT", "93.184.215.14:443", secret),
    ]  # fmt: skip


def test_it_ends_when_told_to(lone):
    lone.make_inside()
    lone.process.send_signal(signal.SIGTERM)

    assert lone.process.wait(5) == 0
    assert "Traceback" not in lone.words()


def test_the_service_starts_light():
    source = (
        "import sys, datahall_hub.services.egress.__main__; print({'polars', 'tornado', 'fastapi'} & {*sys.modules})"
    )
    loaded = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True).stdout

    assert loaded.strip() == "set()"
