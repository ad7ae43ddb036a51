"""A real apps service for tests: its own process, port and home, opened as a visitor's page opens it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import nbformat
import websockets
from datahall_hub.home import resolve_home

from tests.running_hall import PLAIN, find_free_port, offline_environment
from tests.stock import copy_stock

CHECKOUT = Path(__file__).parents[3]
DATASETS = ("statistics/world-fertility", "weather/seattle-weather")  # what the curated apps read
READY_WITHIN = 30.0
STOP_WITHIN = 10.0
ANSWER_WITHIN = 30.0


class RunningApps:
    """One apps service over a folder of apps."""

    def __init__(self, home: Path, *, apps_folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.home, self.apps_folder = home, apps_folder
        self.port = find_free_port()
        self.url = f"http://127.0.0.1:{self.port}/services/apps"
        self.log = home.parent / f"{home.name}.apps.log"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("DATAHALL_")},
            "DATAHALL_HOME": str(home),
            "DATAHALL_APPS_PORT": str(self.port),
            "DATAHALL_APPS_FOLDER": str(apps_folder),
            **(settings or {}),
        }

    def start(self) -> RunningApps:
        """Start it and wait for its health."""
        command = [sys.executable, "-m", "datahall_hub.services.apps"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + READY_WITHIN
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/health", **PLAIN).status_code == 200:
                    return self
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise AssertionError(f"The apps service did not start:\n{self.log.read_text()}")
            time.sleep(0.05)

    def stop(self) -> int:
        """End it and return its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(STOP_WITHIN)

    def visits(self) -> int:
        """Return how many seats are taken."""
        taken: int = httpx.get(f"{self.url}/health", **PLAIN).json()["visits"]
        return taken

    def wait_for_visits(self, count: int, *, within: float = 10.0) -> None:
        """Wait until as many seats are taken."""
        deadline = time.monotonic() + within
        while self.visits() != count:
            assert time.monotonic() < deadline, f"{self.visits()} visits instead of {count}:\n{self.log.read_text()}"
            time.sleep(0.1)


@dataclass
class Visit:
    """One visitor's page, spoken for as Voila's front end does."""

    url: str
    html: str
    kernel_id: str
    socket: Any
    replies: list[dict[str, Any]] = field(default_factory=list)

    async def send(
        self, kind: str, content: dict[str, Any], *, channel: str = "shell", metadata: dict[str, Any] | None = None
    ) -> str:
        """Send a message to the kernel and return its id."""
        header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "username": "", "session": "test", "version": "5.3"}
        message = {"header": header, "parent_header": {}, "content": content, "channel": channel}
        message["metadata"] = metadata or {}
        await self.socket.send(json.dumps(message))
        return header["msg_id"]

    async def receive(self, *, within: float = ANSWER_WITHIN) -> dict[str, Any]:
        """Return the next message from the kernel."""
        raw = await asyncio.wait_for(self.socket.recv(), within)
        return json.loads(raw if isinstance(raw, str) else read_binary(raw))

    async def read_widgets(self) -> dict[str, dict[str, Any]]:
        """Return the state of every widget by its model id."""
        comm = uuid.uuid4().hex
        opening = {"comm_id": comm, "target_name": "jupyter.widget.control", "data": {}}
        await self.send("comm_open", opening, metadata={"version": "1.0.0"})
        await self.send("comm_msg", {"comm_id": comm, "data": {"method": "request_states"}})
        while True:
            content = (await self.receive())["content"]
            if content.get("data", {}).get("method") == "update_states":
                return {model: widget["state"] for model, widget in content["data"]["states"].items()}

    async def move(self, model: str, state: dict[str, Any]) -> str:
        """Change a widget as a visitor does; return the picture that the app then shows."""
        await self.send("comm_msg", {"comm_id": model, "data": {"method": "update", "state": state}})
        while True:
            content = (await self.receive())["content"]
            value = content.get("data", {}).get("state", {}).get("value")
            if isinstance(value, str) and "<picture>" in value:
                return value


def read_binary(raw: bytes) -> bytes:
    """Return the JSON part of a message with buffers."""
    count = int.from_bytes(raw[:4], "big")
    offsets = [int.from_bytes(raw[4 * (i + 1) : 4 * (i + 2)], "big") for i in range(count)]
    return raw[offsets[0] : offsets[1] if count > 1 else None]


async def find_socket(client: httpx.AsyncClient, url: str, visit_id: str) -> str:
    """Return the address of a visit's socket with a ticket, as its page does; without one where there is no visit."""
    state = f"{url}/api/kernels/{visit_id}"
    ticket = (await client.get(state)).json().get("ticket", "")
    return f"{state}/channels?ticket={ticket}".replace("http://", "ws://")


async def ask_for_socket(url: str, visit_id: str) -> str:
    """Return the same, asked for by a client of its own."""
    async with httpx.AsyncClient(timeout=120, **PLAIN) as client:
        return await find_socket(client, url, visit_id)


@contextlib.asynccontextmanager
async def open_visit(apps: RunningApps | str, slug: str, *, language: str = "en") -> AsyncIterator[Visit]:
    """Open an app of a service or at an address as a visitor without cookies, and leave it as a closed tab does."""
    url = apps if isinstance(apps, str) else apps.url
    async with httpx.AsyncClient(timeout=120, **PLAIN) as client:
        answer = await client.get(f"{url}/{slug}?language={language}")
        assert answer.status_code == 200, answer.text
        found = re.search(r'"kernelId": "([0-9a-f-]+)"', answer.text)
        assert found, answer.text[-2000:]
        kernel_id = found[1]
        address = await find_socket(client, url, kernel_id)
        try:
            async with websockets.connect(address, max_size=None, proxy=None) as socket:
                yield Visit(url=url, html=answer.text, kernel_id=kernel_id, socket=socket)
        finally:
            await client.post(f"{url}/voila/api/shutdown/{kernel_id}")


def find_widget(widgets: Mapping[str, Mapping[str, Any]], description: str) -> str:
    """Return the model id of the control with a label."""
    return next(model for model, state in widgets.items() if state.get("description") == description)


def write_app(folder: Path, slug: str, *, cells: Iterable[str], **fields: Any) -> Path:
    """Write a small app of code cells."""
    app = folder / slug
    app.mkdir(parents=True)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    nbformat.write(notebook, app / "app.ipynb")
    manifest = {
        "title": {"en": "A trial", "zh": "试验"},
        "summary": {"en": "Only for a test.", "zh": "仅供测试。"},
        "themes": ["statistics"],
        "authors": [{"name": "Test"}],
        "license": "BSD-3-Clause",
        "datasets": [{"id": "weather/seattle-weather"}],
        **fields,
    }
    (app / "app.yaml").write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    return app


def make_home(root: Path) -> Path:
    """Make a home with the shipped cards and the data of the curated apps in its store."""
    _lay_out(root)
    (root / "store").mkdir()
    fetch = f"import datahall; [datahall.store.fetch(id) for id in {DATASETS}]"
    environment = {**os.environ, "DATAHALL_HOME": str(root)}
    environment.pop("DATAHALL_CATALOGS", None)
    subprocess.run([sys.executable, "-c", fetch], env=environment, check=True, timeout=60)
    return root


def make_full_home(root: Path) -> Path:
    """Make a home with the shipped cards and all data that can be had without a network: what any shipped app reads."""
    _lay_out(root)
    copy_stock(root, environment=offline_environment())
    return root


def _lay_out(root: Path) -> None:
    catalogs = root / "catalogs"
    (catalogs / "store").mkdir(parents=True)
    (root / "secrets").mkdir(mode=0o700)
    (root / "secrets/hall-token").write_text("a secret\n")
    for name in ("datasets", "vocabulary"):
        shutil.copytree(CHECKOUT / "catalogs" / name, catalogs / name)


@contextlib.contextmanager
def run_fork_server(root: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the fork server of a home, as the supervisor does; nothing of it is left."""
    place = resolve_home(root).fork_socket("kernel")
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    argv = ["-m", "datahall_forkserver", "serve", "--profile", "kernel", "--socket", str(place)]
    life, line = os.pipe()
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    try:
        process = subprocess.Popen(
            [sys.executable, *argv, "--life-line", str(life)], env={**kept, "LANG": "C.UTF-8"}, pass_fds=(life,),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert process.stdout
        assert process.stdout.readline() == b"listens\n"
        yield process
    finally:
        os.close(line)
        os.close(life)
        process.communicate(timeout=STOP_WITHIN)
