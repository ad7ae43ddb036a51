"""A real hall for tests: started like an operator starts it, used over HTTP like people use it.

Everything it needs lies in one temporary folder, and no address outside this machine can be reached from it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

import httpx
import websocket

from tests.stock import copy_stock

START_TIMEOUT = 90.0
PASSWORD_TIMEOUT = 2.0
STOP_TIMEOUT = 20.0  # the hall promises 15
SERVER_TIMEOUT = 90.0
SHIPPED_APPS = Path(__file__).parents[1] / "notebooks/apps"
TWO_APPS = ("nations-compared", "weather-explorer")
PASSWORD = "a long, 长长的 and dull password"  # what everybody in the tests chooses
# For clients that stay on this machine: no proxy, and no certificates, which take each of them 20 ms to load.
PLAIN: dict[str, Any] = {"trust_env": False, "verify": False}
NOWHERE = "http://127.0.0.1:9"  # a proxy that is not there: whatever would leave this machine fails at once


class RunningHall:
    """One hall, its address, and the people in it."""

    def __init__(self, home: Path, *, port: int = 0, options: Iterable[str] = (), command: Iterable[str] = ()) -> None:
        self.home = home
        self.command = tuple(command) or COMMAND
        self.port = port or find_free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.options = tuple(options)
        self.output = ""
        self.first_password: str | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self._admin: httpx.Client | None = None
        self._log: TextIO | None = None
        self._opened: list[Any] = []  # clients and sockets; kept, so that none is dropped while still open

    @property
    def pid(self) -> int:
        """The supervisor's process."""
        assert self.process is not None
        return self.process.pid

    def start(self, *, environment: Mapping[str, str] | None = None) -> RunningHall:
        """Start the hall and wait until it says that it is open."""
        self.home.parent.mkdir(parents=True, exist_ok=True)
        is_new = not (self.home / "hub").exists()
        if not (self.home / "store").exists():
            copy_stock(self.home, environment=offline_environment(environment))
        self._log = (self.home.parent / f"{self.home.name}.up.log").open("w+")
        self.process = subprocess.Popen(
            [*self.command, "up", "--home", str(self.home), "--port", str(self.port), *self.options],
            env=offline_environment({**self._choose_apps(), **(environment or {})}),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        deadline = time.monotonic() + START_TIMEOUT
        while "Ctrl-C" not in self._read_output():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise AssertionError(f"The hall did not open:\n{self.output}\n{self.read_logs()}")
            time.sleep(0.05)
        # The first password is printed behind the address; a hall with single sign-on prints none.
        deadline = time.monotonic() + PASSWORD_TIMEOUT
        while is_new and self.first_password is None and time.monotonic() < deadline:
            time.sleep(0.05)
            self._read_output()
        return self

    def _choose_apps(self) -> dict[str, str]:
        """Return the setting by which a hall has two apps to try when it starts first; as a newcomer's it has all."""
        if self.command != COMMAND:
            return {}
        return {"DATAHALL_APPS_FOLDER": str(copy_two_apps(self.home.parent))}

    def wait_until_whole(self) -> None:
        """Wait until the processes are ready, too, that load while the hall is open already."""
        deadline = time.monotonic() + START_TIMEOUT
        while not all(child["state"] == "ready" for child in self._read_children()):
            assert time.monotonic() < deadline, f"Not everything came:\n{self.read_logs()}"
            time.sleep(0.05)

    def wait_until_calm(self, *, within: float = 180.0) -> None:
        """Wait until the hall has published its own apps, which it tries in sandboxes when it starts first."""
        deadline = time.monotonic() + within
        while not all(app["version"] for app in self._list_apps()):
            assert time.monotonic() < deadline, f"The hall's own apps were not published:\n{self.read_logs()}"
            time.sleep(0.5)

    def _list_apps(self) -> list[dict[str, Any]]:
        answer = httpx.get(f"{self.url}/services/hall/api/v1/apps", timeout=30, **PLAIN)
        apps: list[dict[str, Any]] = answer.raise_for_status().json()["results"]
        return apps

    def _read_children(self) -> list[dict[str, Any]]:
        return list(json.loads((self.home / "run/hall.json").read_text())["children"].values())

    def stop(self, signal_number: int = signal.SIGTERM) -> int:
        """End the hall and return its exit code."""
        assert self.process is not None
        self._admin = None
        while self._opened:
            self._opened.pop().close()
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        code = self.process.wait(STOP_TIMEOUT)
        self._read_output()
        if self._log is not None:
            self._log.close()
            self._log = None
        return code

    def client(self, **options: Any) -> httpx.Client:
        """Return a visitor without cookies; who asks for it closes it, at the latest the hall's end does."""
        client = httpx.Client(base_url=self.url, follow_redirects=True, timeout=30, **PLAIN, **options)
        self._opened.append(client)
        return client

    def login(self, name: str, password: str = PASSWORD) -> httpx.Client:
        """Return a browser in which `name` has signed in, choosing `PASSWORD` where a new one is asked for."""
        client = self.client()
        page = client.get("/hub/login", params={"next": "/hub/token"})
        answer = client.post(
            "/hub/login",
            params={"next": "/hub/token"},
            data={"username": name, "password": password, "_xsrf": find_form_token(page)},
        )
        if "/hub/first-password" in str(answer.url):
            answer = client.post(
                str(answer.url),
                data={
                    "new_password": PASSWORD, "new_password_again": PASSWORD,
                    "next": "/hub/token", "_xsrf": find_form_token(answer),
                },
            )  # fmt: skip
        assert answer.status_code == 200, f"{name} could not sign in: {answer.status_code} {answer.url}\n{answer.text}"
        assert "/hub/token" in str(answer.url), f"{name} was led to {answer.url}"
        return client

    @property
    def admin(self) -> httpx.Client:
        """The first admin's browser, signed in once and kept."""
        if self._admin is None:
            self._admin = self.login("admin", self.first_password or PASSWORD)
            self.first_password = None
        return self._admin

    def create_person(self, name: str, roles: Iterable[str] = ("researcher",)) -> str:
        """Have the admin make an account, have its owner choose `PASSWORD`, and return that."""
        self.person(name, roles).close()
        return PASSWORD

    def demote_other_admins(self) -> None:
        """Take the role from every admin but the first, whichever tests made them before in the same hall."""
        for account in self.api(self.admin, "GET", "/hub/api/datahall/accounts").json():
            if "admin" in account["roles"] and account["name"] != "admin":
                wish = {"roles": [], "password": PASSWORD}
                answer = self.api(self.admin, "POST", f"/hub/api/datahall/accounts/{account['name']}", json=wish)
                assert answer.status_code == 200, answer.text

    def person(self, name: str, roles: Iterable[str] = ("researcher",)) -> httpx.Client:
        """Make an account and return its owner's browser, signed in; whoever asks for it closes it."""
        wish = {"name": name, "roles": list(roles), "password": PASSWORD}  # the admin's own, for powerful roles
        answer = self.api(self.admin, "POST", "/hub/api/datahall/accounts", json=wish)
        assert answer.status_code == 201, answer.text
        return self.login(name, answer.json()["password"])

    def api(self, client: httpx.Client, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request to the hub's API as a page of the hub would."""
        token = next((c.value for c in client.cookies.jar if c.name == "_xsrf" and c.path == "/hub/"), "") or ""
        return client.request(
            method, path, headers={"X-XSRFToken": token, "Referer": f"{self.url}/hub/home"}, **options
        )

    def start_server(self, client: httpx.Client, name: str) -> float:
        """Start a person's own server unless it runs, and return the seconds until it was ready."""
        began = time.monotonic()
        answer = self.api(client, "POST", f"/hub/api/users/{name}/server")
        runs_already = answer.status_code == 400 and "already running" in answer.text
        assert runs_already or answer.status_code in {201, 202}, answer.text
        while not self.api(client, "GET", f"/hub/api/users/{name}").json()["servers"].get("", {}).get("ready"):
            assert time.monotonic() - began < SERVER_TIMEOUT, f"{name}'s server did not start:\n{self.read_logs()}"
            time.sleep(0.1)
        return time.monotonic() - began

    def stop_server(self, client: httpx.Client, name: str) -> None:
        """Stop a person's own server and wait until it has ended."""
        self.api(client, "DELETE", f"/hub/api/users/{name}/server")
        deadline = time.monotonic() + STOP_TIMEOUT
        while self.api(client, "GET", f"/hub/api/users/{name}").json().get("servers"):
            assert time.monotonic() < deadline, f"{name}'s server did not stop"
            time.sleep(0.1)

    def server_token(self, client: httpx.Client, name: str) -> str:
        """Return a token with which programs use a person's own server."""
        answer = self.api(client, "POST", f"/hub/api/users/{name}/tokens", json={"note": "test"})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    def open_kernel(self, client: httpx.Client, name: str) -> RunningKernel:
        """Start a kernel in a person's own running server; who asks for it closes it, at the latest the hall's end."""
        kernel = RunningKernel(self.url, name=name, token=self.server_token(client, name))
        self._opened += [kernel.client, kernel.socket]
        return kernel

    def read_logs(self, *, lines: int = 15) -> str:
        """Return the last lines of every log, for a failing test's message."""
        logs = sorted((self.home / "logs").rglob("*.log"))
        return "\n".join(f"== {log.name}\n" + "\n".join(log.read_text().splitlines()[-lines:]) for log in logs)

    def _read_output(self) -> str:
        assert self._log is not None
        self._log.seek(0)
        self.output = self._log.read()
        found = re.search(r"密码 +(\S+)", self.output)
        if found and self._admin is None and self.first_password is None:
            self.first_password = found.group(1)
        return self.output


class RunningKernel:
    """A kernel in a person's server, spoken to as the Lab does."""

    def __init__(self, url: str, *, name: str, token: str) -> None:
        self.path = f"/user/{name}/api/kernels"
        header = {"Authorization": f"token {token}"}
        self.client = httpx.Client(base_url=url, headers=header, timeout=60, **PLAIN)
        answer = self.client.post(self.path)
        assert answer.status_code == 201, answer.text
        self.id = answer.json()["id"]
        self.socket = websocket.create_connection(
            f"{url.replace('http', 'ws')}{self.path}/{self.id}/channels", header=header, timeout=120
        )

    def run(self, code: str) -> str:
        """Run a cell and return what it printed or showed; an error in it fails the test."""
        identifier = uuid.uuid4().hex
        header = {
            "msg_id": identifier,
            "msg_type": "execute_request",
            "session": "test",
            "username": "",
            "version": "5.3",
        }
        content = {"code": code, "silent": False, "allow_stdin": False, "stop_on_error": True}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        self.socket.send(json.dumps(message))
        shown = []
        while True:
            answer = json.loads(self.socket.recv())
            if answer["parent_header"].get("msg_id") != identifier:
                continue
            kind, content = answer["msg_type"], answer["content"]
            assert kind != "error", "\n".join(content["traceback"])
            if kind == "stream":
                shown.append(content["text"])
            elif kind in {"execute_result", "display_data"}:
                shown.append(content["data"].get("text/plain", ""))
            elif kind == "status" and content["execution_state"] == "idle":
                return "".join(shown)

    def close(self) -> None:
        """End the kernel."""
        self.socket.close()
        self.client.delete(f"{self.path}/{self.id}")
        self.client.close()


COMMAND = (sys.executable, "-m", "datahall_hub.cli")


def copy_two_apps(folder: Path) -> Path:
    """Return a folder with two of the shipped apps; to try all of them takes a hall minutes."""
    target = folder / "two-apps"
    for slug in TWO_APPS:
        shutil.copytree(SHIPPED_APPS / slug, target / slug, dirs_exist_ok=True)
    return target


def find_form_token(page: httpx.Response) -> str:
    """Return the token that protects the form on a page."""
    found = re.search(r'name="_xsrf"\s+value="([^"]+)"', page.text)
    assert found, f"No form on {page.url} ({page.status_code}):\n{page.text[:2000]}"
    return found.group(1)


def find_free_port() -> int:
    """Return a port on which nothing listens now."""
    with socket.socket() as candidate:
        candidate.bind(("127.0.0.1", 0))
        return int(candidate.getsockname()[1])


def offline_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment from which nothing outside this machine is reached, and no setting leaks in."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATAHALL_", "LC_", "LANG"))}
    mirror = {name: os.environ[name] for name in ("DATAHALL_MIRROR",) if name in os.environ}
    return {
        **kept,
        **mirror,
        **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), NOWHERE),
        **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"),
        "LC_ALL": "C.UTF-8",
        "DATAHALL_PASSWORD_ROUNDS": "10",  # the least there is: people are made by the dozen
        **(more or {}),
    }
