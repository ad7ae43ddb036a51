"""Previews of apps in a real server, set up as people's are: who gets one, what its author is told, when it ends."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datahall_hub
import httpx
import pytest
from datahall_hub.ports import find_free_port
from datahall_lab.preview import FAILURE, FOREIGN

from tests.running_hall import PLAIN

INSIDE = Path(datahall_hub.__file__).parent / "user_server"
TOKEN = "t" * 32
OPENS_WITHIN = ENDS_WITHIN = 60.0  # seconds
BASE = "/user/ada/"
OUTPUT = re.compile(r'<script type="application/vnd.voila.cell-output\+json">(.*?)</script>', re.DOTALL)
FAILS = "raise ValueError('There is no </script> & such 雨.')"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[httpx.Client]:
    """A server whose previews end a second after they are left."""
    address = f"http://127.0.0.1:{find_free_port(taken=set())}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON"))}
    environment = {**kept, "HOME": str(home), "PYTHONPATH": str(INSIDE), "JUPYTER_CONFIG_PATH": str(INSIDE / "jupyter")}
    argv = [
        sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", f"--port={address.rpartition(':')[2]}",
        f"--ServerApp.base_url={BASE}", f"--IdentityProvider.token={TOKEN}",
        "--PersonKernels.cull_idle_timeout=1", "--PersonKernels.cull_interval=1",
    ]  # fmt: skip
    log = home / "server.log"
    with (
        log.open("wb") as file,
        subprocess.Popen(argv, env=environment, cwd=home, stdout=file, stderr=file) as process,
        httpx.Client(
            base_url=address + BASE, headers={"Authorization": f"token {TOKEN}"}, timeout=60, **PLAIN
        ) as client,
    ):
        deadline = time.monotonic() + OPENS_WITHIN
        while not is_open(client):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield client
        process.kill()


def is_open(client: httpx.Client) -> bool:
    try:
        return client.get("api").status_code < 500
    except httpx.TransportError:
        return False


def ask(server: httpx.Client, **headers: str) -> httpx.Response:
    """Ask for the preview of the notebook that `write` has written."""
    told = {
        name.replace("_", "-"): value.replace("HALL", str(server.base_url.netloc, "ascii"))
        for name, value in headers.items()
    }
    return server.get("voila/render/app.ipynb?language=zh", headers=told)


def ask_from_lab(server: httpx.Client) -> httpx.Response:
    return ask(server, Referer=f"http://HALL{BASE}lab/tree/app.ipynb", Sec_Fetch_Site="same-origin")


def write(home: Path, *cells: tuple[str, list[str]]) -> None:
    """Write a notebook of cells with tags."""
    content = {
        "cells": [
            {"cell_type": "code", "id": f"c{n}", "metadata": {"tags": tags}, "outputs": [], "execution_count": None,
             "source": source}
            for n, (source, tags) in enumerate(cells)
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }  # fmt: skip
    (home / "app.ipynb").write_text(json.dumps(content))


def list_kernels(server: httpx.Client) -> set[str]:
    return {kernel["id"] for kernel in server.get("api/kernels").json()}


def list_outputs(page: str) -> list[dict[str, Any]]:
    return [json.loads(output)["data"] for output in OUTPUT.findall(page)]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec_Fetch_Site": "cross-site", "Referer": "http://evil.example/"},
        {"Sec_Fetch_Site": "none"},
        {"Sec_Fetch_Site": "same-origin"},
        {"Referer": "http://evil.example/user/ada/lab"},
        {"Sec_Fetch_Site": "cross-site", "Referer": f"http://HALL{BASE}lab"},
        {"Sec_Fetch_Site": "same-origin", "Referer": "http://HALL/user/mallory/files/lovely.html"},
        {"Sec_Fetch_Site": "same-origin", "Referer": "http://HALL/user/ada-mallory/files/lovely.html"},
    ],
    ids=[
        "nobody",
        "elsewhere",
        "typed",
        "no page",
        "elsewhere over HTTP",
        "a forged page",
        "another's",
        "a namesake's",
    ],
)
def test_a_notebook_runs_for_no_page_but_its_own_servers(
    server: httpx.Client, home: Path, headers: dict[str, str]
) -> None:
    write(home, ("open('ran', 'w').close()", []))
    before = list_kernels(server)
    told = ask(server, **headers)
    assert (told.status_code, [text in told.text for text in FOREIGN.values()]) == (403, [True, True])
    assert (list_kernels(server) - before, (home / "ran").exists()) == (set(), False)


@pytest.mark.parametrize("site", [{"Sec_Fetch_Site": "same-origin"}, {}], ids=["browser tells", "plain HTTP"])
def test_a_notebook_runs_for_the_lab(server: httpx.Client, home: Path, site: dict[str, str]) -> None:
    write(home, ("21 * 2", []))
    told = ask(server, Referer=f"http://HALL{BASE}lab", **site)
    assert (told.status_code, list_outputs(told.text)) == (200, [{"text/plain": "42"}])


def test_its_author_is_told_why_a_cell_failed(server: httpx.Client, home: Path) -> None:
    write(home, ("1", ["lab-only"]), ("print()", []), (FAILS, []), ("'not reached'", []))
    failure = {"cell": "c2", "name": "ValueError", "message": "There is no </script> & such 雨."}
    told = f"ValueError: {failure['message']}"
    page = ask_from_lab(server).text
    assert list_outputs(page)[-1] == {"text/plain": told, FAILURE: failure}
    assert "data-datahall-failure" in page


def test_a_cell_that_is_meant_to_fail_is_no_failure(server: httpx.Client, home: Path) -> None:
    write(home, (FAILS, ["raises-exception"]), ("21 * 2", []))
    assert list_outputs(ask_from_lab(server).text) == [{"text/plain": "42"}]


def test_a_preview_that_nobody_looks_at_ends_and_other_kernels_do_not(server: httpx.Client, home: Path) -> None:
    write(home, ("21 * 2", []))
    own = server.post("api/kernels").json()["id"]
    ask_from_lab(server)
    assert len(list_kernels(server) - {own}) > 0
    deadline = time.monotonic() + ENDS_WITHIN
    while list_kernels(server) != {own}:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    time.sleep(3)  # in which it would have been culled, too
    assert list_kernels(server) == {own}
