"""Claims about the door before people's servers: the real proxy, before small real servers that note who comes."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from datahall_hub.door import COOKIE, read_place, sign_pass
from datahall_hub.probes import answers
from datahall_hub.process_plans import find_node, find_proxy

from tests.running_hall import PLAIN, find_free_port

KEY, TOKEN = secrets.token_hex(32), "7" * 64  # addresses with the token name tests, so it is the same in each process
SESSION = secrets.token_hex(16)
SOON = int(time.time()) + 36_000  # longer than all tests take: this is read when they are gathered
PAGE = {"Accept": "text/html"}


class Note(BaseHTTPRequestHandler):
    """Notes what is asked, and answers with its own name."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.came.append((self.path, {k.lower(): v for k, v in self.headers.items()}))  # type: ignore[attr-defined]
        if self.headers.get("Upgrade"):
            self.wfile.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
            self.close_connection = True
            return
        body = self.server.name.encode()  # type: ignore[attr-defined]
        wish = parse_qs(urlsplit(self.path).query)  # the headers that the answer shall have
        self.send_response(int(wish.pop("status", ["200"])[0]))
        for name, [value] in wish.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:  # as the hub and the hall say it, or the proxy asks here again while this one closes
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_OPTIONS = do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Backend(ThreadingHTTPServer):
    """One server behind the proxy."""

    def __init__(self, name: str) -> None:
        super().__init__(("127.0.0.1", 0), Note)
        self.name = name
        self.came: list[tuple[str, dict[str, str]]] = []
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: str


@dataclass
class Proxy:
    """The proxy, and what is behind it."""

    port: int
    backends: dict[str, Backend] = field(default_factory=dict)

    def ask(self, target: str, *, method: str = "GET", **headers: str) -> Answer:
        """Send a request whose target is exactly this, and read the answer until its end."""
        lines = {"Host": "hall.example", "Connection": "close", **{k.replace("_", "-"): v for k, v in headers.items()}}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as line:
            line.sendall(f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode("latin-1"))
            said = b""
            while piece := line.recv(65536):
                said += piece
        first, _, body = said.decode("latin-1").partition("\r\n\r\n")
        status, *rest = first.split("\r\n")
        return Answer(int(status.split()[1]), dict(each.split(": ", 1) for each in rest), body)

    def came_to(self, name: str) -> list[tuple[str, dict[str, str]]]:
        """Return what has come to a server, and forget it."""
        came, self.backends[name].came = self.backends[name].came, []
        return came


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    proxy = Proxy(find_free_port())
    api = find_free_port()
    process = subprocess.Popen(
        [find_node(), find_proxy(), "--ip", "127.0.0.1", "--port", str(proxy.port), "--api-ip", "127.0.0.1",
         "--api-port", str(api), "--log-level", "error"],
        env={**os.environ, "CONFIGPROXY_AUTH_TOKEN": TOKEN, "DATAHALL_DOOR_KEY": KEY},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    routes = {
        "/": ("hub", {}), "/user/alice": ("alice", {"user": "alice", "server_name": ""}),
        "/user/mallory": ("mallory", {"user": "mallory", "server_name": ""}),
        "/user/alice/second": ("second", {"user": "alice", "server_name": "second"}),
        "/user/%E5%A8%9C": ("娜", {"user": "娜", "server_name": ""}),
        "/data/user/alice": ("prefixed", {"user": "alice", "server_name": ""}),
        "/user/nobodys": ("nobodys", {}), "/services/hall": ("hall", {}),
    }  # fmt: skip
    try:
        deadline = time.monotonic() + 20
        while not answers(proxy.port, path="/_chp_healthz"):
            assert time.monotonic() < deadline, "the proxy does not answer"
            time.sleep(0.05)
        for path, (name, data) in routes.items():
            backend = proxy.backends[name] = Backend(name)
            wish = {"target": f"http://127.0.0.1:{backend.server_port}", "jupyterhub": True, **data}
            address = f"http://127.0.0.1:{api}/api/routes{path}"
            assert (
                httpx.post(address, json=wish, headers={"Authorization": f"token {TOKEN}"}, **PLAIN).status_code == 201
            )
        yield proxy
    finally:
        process.terminate()
        process.wait(10)
        for backend in proxy.backends.values():
            backend.shutdown()
            backend.server_close()


@pytest.fixture(autouse=True)
def forgotten(proxy: Proxy) -> None:
    """What came in another test counts for nothing here."""
    for name in proxy.backends:
        proxy.came_to(name)


def cookie(*, session: str = SESSION, shown: str = "", **words: object) -> str:
    """Return the cookies of a browser; by default those that open alice's server."""
    said = {"key": KEY, "session": SESSION, "user": "alice", "server": "", "until": SOON, **words}
    return f"jupyterhub-session-id={session}; {COOKIE}={shown or sign_pass(**said)}"  # type: ignore[arg-type]


def test_who_has_the_pass_comes_to_the_server(proxy):
    assert proxy.ask("/user/alice/lab?a=b", Cookie=cookie()).body == "alice"
    assert proxy.ask("/user/alice/second/lab", Cookie=cookie(server="second")).body == "second"
    assert proxy.ask("/user/%E5%A8%9C/lab", Cookie=cookie(user="娜")).body == "娜".encode().decode("latin-1")


ADDRESSES = [
    "/user/alice", "/user/alice/", "/user/alice/api/contents", "//user/alice/x", "///user/alice/x", "/user//alice/x",
    "/user/%61lice/x", "/user/a%6Cice/x", "/%75ser/alice/x", "/user%2Falice/x", "/user%2falice%2fx", "/%2Fuser/alice/x",
    "/user/alice%2Fx", "/user/mallory/../alice/x", "/user/mallory/%2e%2e/alice/x", "/user/mallory/.%2E/alice/x",
    "/user/mallory/..%2Falice/x", "/user/mallory%2F..%2Falice/x", "/user/./alice/x", "/user/%2e/alice/x",
    "/hub/../user/alice/x", "/services/hall/../../user/alice/x", "/user\\alice\\x", "/user/mallory\\..\\alice\\x",
    "/user/alice;v=1/x", "/user/alice?x=/hub/", "/user/alice/?token=" + TOKEN, "/user/alice/x#/hub/", "/USER/alice/x",
    "/user/Alice/x", "/user/alice%00/x", "/user/alice./x", "/user/alice%20/x", "http://hall.example/user/alice/x",
    "http://hall.example//user/alice/x", "http://hall.example/hub/../user/alice/x", "/user/alice/%E0%A4", "*",
    "/user/alice\t/x", "/data/user/alice/x", "/user/alice/second/x", "/user/%E5%A8%9C/x", "/user/nobodys/x",
]  # fmt: skip


@pytest.mark.parametrize("visitor", ["a stranger", "mallory"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_no_spelling_of_an_address_goes_around_the_door(proxy, address, visitor):
    shown = {"Cookie": cookie(user="mallory")} if visitor == "mallory" else {}

    for accept in ({}, PAGE):
        answer = proxy.ask(address, **shown, **accept)

        for closed in ("alice", "second", "prefixed", "娜", "nobodys", *(["mallory"] if not shown else [])):
            assert proxy.came_to(closed) == []
            assert answer.body != closed


TURNED_AWAY = {
    "no cookie": "",
    "a session without a pass": f"jupyterhub-session-id={SESSION}",
    "a pass without a session": f"{COOKIE}={sign_pass(key=KEY, session=SESSION, user='alice', server='', until=SOON)}",
    "another session": cookie(session=secrets.token_hex(16)),
    "an empty session": cookie(session=""),
    "a pass of an empty session":
        f"jupyterhub-session-id=; {COOKIE}={sign_pass(key=KEY, session='', user='alice', server='', until=SOON)}",
    "another person's pass": cookie(user="mallory"),
    "another server's pass": cookie(server="second"),
    "a pass that has ended": cookie(until=int(time.time()) - 1),
    "a forged mark": cookie(key=secrets.token_hex(32)),
    "a mark cut short": cookie()[:-1],
    "no mark": cookie().rpartition(".")[0],
    "an empty mark": cookie().rpartition(".")[0] + ".",
    "other words under a true mark": cookie(shown=".".join((
        sign_pass(key=KEY, session=SESSION, user="alice", server="", until=SOON + 1).split(".")[0],
        sign_pass(key=KEY, session=SESSION, user="alice", server="", until=SOON).split(".")[1],
    ))),
    "no words": cookie(shown="."),
    "nonsense": cookie(shown="%00.%00"),
    "hundreds of them": "; ".join([f"jupyterhub-session-id={SESSION}", *[f"{COOKIE}=a.b"] * 500]),
}  # fmt: skip


@pytest.mark.parametrize("cookies", TURNED_AWAY.values(), ids=TURNED_AWAY.keys())
def test_no_other_pass_opens(proxy, cookies):
    assert proxy.ask("/user/alice/api", Cookie=cookies).status == 403
    socket = proxy.ask("/user/alice/api/kernels/1/channels", Cookie=cookies, Connection="Upgrade", Upgrade="websocket")
    assert socket.status == 403
    assert proxy.came_to("alice") == []


def test_one_good_pass_among_others_is_enough(proxy):
    cookies = f"{COOKIE}=old.old; {cookie()}; jupyterhub-session-id={SESSION}"

    assert proxy.ask("/user/alice/api", Cookie=cookies).body == "alice"


def test_a_session_that_a_script_left_beside_the_hubs_opens_nothing(proxy):
    """Else whoever used this browser before could leave session and pass of their own, for the path of their server."""
    left = cookie(user="mallory", session="left", shown=sign_pass(
        key=KEY, session="left", user="mallory", server="", until=SOON
    ))  # fmt: skip

    assert proxy.ask("/user/mallory/x", Cookie=left).body == "mallory"
    assert proxy.ask("/user/mallory/x", Cookie=f"{left}; jupyterhub-session-id={SESSION}").status == 403


def test_no_server_leaves_a_worker_in_a_browser(proxy):
    """It would answer in the server's place, whoever signs in there later."""
    asked = {"Service_Worker": "script", "Cookie": cookie()}

    assert proxy.ask("/user/alice/worker.js", **asked).status == 403
    assert proxy.ask("/user/alice/worker.js", Authorization="token abc", **asked).status == 403
    assert proxy.came_to("alice") == []


LONG = "public, max-age=31536000, immutable"
KEPT = {
    "a page": ({"content-type": "text/html"}, "no-cache"),
    "a page whose type is hidden": ({"content-type": "text/javascript, text/html"}, "no-cache"),
    "a page whose type is well hidden": ({"content-type": "text/javascript; a, text/html"}, "no-cache"),
    "a page without a type": ({}, "no-cache"),
    "a picture with scripts": ({"content-type": "image/svg+xml"}, "no-cache"),
    "a document": ({"content-type": "application/xhtml+xml"}, "no-cache"),
    "a page that shall not be kept": ({"content-type": "text/html", "cache-control": "no-store"}, "no-store"),
    "that a page is as it was": ({"status": "304"}, None),
    "a script": ({"content-type": "text/javascript; charset=utf-8"}, LONG),
    "a style": ({"content-type": "text/css"}, LONG),
    "a font": ({"content-type": "font/woff2"}, LONG),
    "a picture": ({"content-type": "image/png"}, LONG),
}


@pytest.mark.parametrize(("said", "kept"), KEPT.values(), ids=KEPT.keys())
def test_a_page_of_a_server_is_not_shown_again_without_asking(proxy, said, kept):
    query = urlencode({"cache-control": LONG, **said})

    assert proxy.ask(f"/user/alice/x?{query}", Cookie=cookie()).headers.get("cache-control") == kept
    if said.get("status") != "304":
        hall = proxy.ask(f"/services/hall/x?{query}")
        assert hall.headers["cache-control"] == said.get("cache-control", LONG)


@pytest.mark.parametrize("address", ["/user/alice/lab/tree/a%2Fb?x=%2F&y#z", "/user/alice", "/data/user/alice/lab"])
def test_a_browser_that_opens_a_page_is_sent_to_the_hub(proxy, address):
    answer = proxy.ask(address, **PAGE)

    place = httpx.URL(answer.headers["Location"])
    assert answer.status == 302
    assert answer.headers["Cache-Control"] == "no-store"
    assert place.path == ("/data/hub/door" if address.startswith("/data") else "/hub/door")
    assert place.params["next"] == address.partition("#")[0]
    assert not place.host


ASKED = {
    "a script": {"Sec_Fetch_Mode": "cors"},
    "a script that would like a page": {"Sec_Fetch_Mode": "cors", "Accept": "text/html"},
    "an image": {"Sec_Fetch_Mode": "no-cors", "Accept": "image/*"},
    "a form": {"method": "POST", "Sec_Fetch_Mode": "navigate", "Accept": "text/html", "Content_Length": "0"},
    "a preflight": {"method": "OPTIONS", "Sec_Fetch_Mode": "cors", "Access_Control_Request_Headers": "authorization"},
    "a program with a name and password": {"Authorization": "Basic YWxpY2U6YQ=="},
    "a program with an empty token": {"Authorization": "token "},
    "another site's cookie jar": {"Cookie": "a=b"},
}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED.keys())
def test_everything_else_is_refused_in_a_few_words(proxy, asked):
    answer = proxy.ask("/user/alice/api/contents", **asked)

    assert answer.status == 403
    assert json.loads(answer.body)["code"] == "door-closed"
    assert "令牌" in json.loads(answer.body.encode("latin-1"))["message_zh"]
    assert proxy.came_to("alice") == []


@pytest.mark.parametrize("scheme", ["token", "Bearer"])
def test_a_program_with_a_token_comes_to_the_server_which_looks_at_it(proxy, scheme):
    assert proxy.ask("/user/alice/api", Authorization=f"{scheme} abc").body == "alice"
    assert proxy.came_to("alice")[0][1]["authorization"] == f"{scheme} abc"


def test_a_browser_that_opens_a_page_has_no_token(proxy):
    """A page's script can send one, and what it gets is no page; a page opened with one would be."""
    answer = proxy.ask("/user/alice/lab", Authorization="token abc", Sec_Fetch_Mode="navigate", **PAGE)

    assert answer.status == 302


def test_a_token_in_an_address_is_nobodys(proxy):
    """Whoever makes a link could write their own into it."""
    assert proxy.ask(f"/user/mallory/lab?token={TOKEN}", **PAGE).status == 302
    assert proxy.ask(f"/user/mallory/api?token={TOKEN}").status == 403
    assert proxy.came_to("mallory") == []


def test_a_socket_opens_with_the_pass_alone(proxy):
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Key": "AAAAAAAAAAAAAAAAAAAAAA=="}

    refused = proxy.ask("/user/alice/api/kernels/1/channels", **upgrade)
    opened = proxy.ask("/user/alice/api/kernels/1/channels", Cookie=cookie(), **upgrade)

    assert (refused.status, json.loads(refused.body)["code"], opened.status) == (403, "door-closed", 101)
    assert [path for path, _ in proxy.came_to("alice")] == ["/user/alice/api/kernels/1/channels"]


@pytest.mark.parametrize("more", [{}, {"Connection": "Upgrade", "Upgrade": "websocket"}], ids=["page", "socket"])
def test_the_server_does_not_see_the_pass(proxy, more):
    proxy.ask("/user/alice/a", Cookie=f"_xsrf=2|a|b=c ; {cookie()}; d=", **more)
    proxy.ask("/user/alice/b", Cookie=cookie(), Authorization="token abc", **more)

    assert [headers["cookie"] for _, headers in proxy.came_to("alice")] == [
        f"_xsrf=2|a|b=c; jupyterhub-session-id={SESSION}; d=", f"jupyterhub-session-id={SESSION}",
    ]  # fmt: skip


def test_everything_but_servers_stays_as_it_was(proxy):
    assert proxy.ask("/hub/home", Cookie="a=b").body == "hub"
    assert proxy.ask("/user/has-no-server/lab").body == "hub"  # the hub asks who that is
    assert proxy.ask("/services/hall/en/", Cookie=f"x=1; {COOKIE}=y").body == "hall"
    assert proxy.came_to("hall")[0][1]["cookie"] == f"x=1; {COOKIE}=y"


def test_without_a_key_the_proxy_does_not_start(proxy):
    ended = subprocess.run(
        [find_node(), find_proxy(), "--port", str(find_free_port())], capture_output=True, text=True, timeout=20,
        env={name: value for name, value in os.environ.items() if name != "DATAHALL_DOOR_KEY"},
    )  # fmt: skip

    assert ended.returncode != 0
    assert "DATAHALL_DOOR_KEY" in ended.stderr


PLACES = {
    "/user/alice/lab/tree/a%2Fb?x=../y#..": ("alice", "lab/tree/a%2Fb?x=../y#.."),
    "/user/alice": ("alice", ""),
    "/user/alice?x=1": ("alice", "?x=1"),
    "/user/alice//evil.example/": ("alice", "/evil.example/"),
    "/user/%E5%A8%9C/lab": ("娜", "lab"),
    "/user/%2e%2e/hub/": ("..", "hub/"),  # nobody's name
    "": None, "/": None, "/hub/home": None, "/user/": None, "/user": None, "user/alice/": None, "/users/alice": None,
    "//evil.example/user/alice/": None, "https://evil.example/user/alice/": None, "/\\evil.example": None,
    "javascript:alert(1)": None, "/user/alice/../../hub/logout": None, "/user/alice/%2e%2E/%2e./hub/logout": None,
    "/user/alice/.": None, "/user/alice/a%2F..%2F..%2Fhub": None, "/user/alice/..%5Chub": None,
    "/user\\alice/": None, "/user/alice\\..\\": None, "/user/alice/\r\nSet-Cookie: a=b": None,
    "/user/alice/\t..": None, "/user/alice/x\n": None, "/USER/alice/": None,
    "/%75ser/alice/": None, "/user//alice/": None,
}  # fmt: skip


@pytest.mark.parametrize(("address", "place"), PLACES.items(), ids=map(repr, PLACES))
def test_the_door_leads_to_servers_of_this_hall_only(address, place):
    assert read_place(address, base_url="/") == place
    assert read_place(address, base_url="/data/") is None
    assert read_place(f"/data{address}", base_url="/data/") == (place if address.startswith("/") else None)
