"""What the proxy says by itself while the hub does not answer: the real proxy, before nothing or a small server."""

from __future__ import annotations

import os
import secrets
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from datahall_hub.probes import answers
from datahall_hub.process_plans import find_node, find_proxy

from tests.hub.test_door import Backend
from tests.running_hall import PLAIN, find_free_port

TOKEN = secrets.token_hex(32)


@contextmanager
def run_proxy(error_target: str) -> Iterator[tuple[str, str]]:
    """Run the proxy as a hall does; give its address and that of its API."""
    port, api = find_free_port(), find_free_port()
    process = subprocess.Popen(
        [find_node(), find_proxy(), "--ip", "127.0.0.1", "--port", str(port), "--api-ip", "127.0.0.1",
         "--api-port", str(api), "--error-target", error_target, "--log-level", "error"],
        env={**os.environ, "CONFIGPROXY_AUTH_TOKEN": TOKEN, "DATAHALL_DOOR_KEY": secrets.token_hex(32)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 20
        while not answers(port, path="/_chp_healthz"):
            assert time.monotonic() < deadline, "the proxy does not answer"
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}", f"http://127.0.0.1:{api}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def opening() -> Iterator[str]:
    """The address of a hall whose hub is not there yet, but for one service that has ended."""
    with run_proxy(f"http://127.0.0.1:{find_free_port()}/hub/error/") as (address, api):
        route = {"target": f"http://127.0.0.1:{find_free_port()}"}
        made = httpx.post(
            f"{api}/api/routes/services/hall", json=route, headers={"Authorization": f"token {TOKEN}"}, **PLAIN
        )
        assert made.status_code == 201
        yield address


@pytest.mark.parametrize("path", ["/", "/hub/login", "/services/hall/", "/services/apps/weather"])
def test_a_browser_is_told_in_both_languages_and_tries_again(opening: str, path: str) -> None:
    answer = httpx.get(opening + path, headers={"accept": "text/html,*/*;q=0.8"}, **PLAIN)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "4")
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "The hall is opening." in answer.text
    assert "大厅正在开放。" in answer.text
    assert '<meta http-equiv="refresh" content="4">' in answer.text


def test_a_program_is_told_when_to_try_again(opening: str) -> None:
    answer = httpx.get(f"{opening}/services/hall/api/v1/datasets", **PLAIN)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "4")
    assert answer.json()["error"]["code"] == "opening"
    assert answer.json()["error"]["zh"]["message"] == "大厅正在开放。"
    assert httpx.head(opening, **PLAIN).content == b""
    assert httpx.post(f"{opening}/hub/login", data={"a": "b"}, **PLAIN).status_code == 503


def test_what_was_sent_in_vain_is_not_asked_for_again(opening: str) -> None:
    answer = httpx.post(f"{opening}/hub/login", data={"a": "b"}, headers={"accept": "text/html"}, **PLAIN)

    assert answer.status_code == 503
    assert "http-equiv" not in answer.text
    assert "What you sent has not arrived" in answer.text
    assert "没有送达" in answer.text


def test_nobody_waits_for_a_hub_whose_port_is_held_for_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        target = f"http://127.0.0.1:{held.getsockname()[1]}"
        with run_proxy(f"{target}/hub/error/") as (address, api):
            begun = time.monotonic()
            answer = httpx.get(address, headers={"accept": "text/html"}, **PLAIN)
            assert (answer.status_code, "The hall is opening." in answer.text) == (503, True)
            assert time.monotonic() - begun < 2

            headers = {"Authorization": f"token {TOKEN}"}
            httpx.post(f"{api}/api/routes/data", json={"target": target}, headers=headers, **PLAIN).raise_for_status()
            with pytest.raises(httpx.ReadTimeout):  # the hub is there by now, and is asked what there is not
                httpx.get(f"{address}/nothing", headers={"accept": "text/html"}, timeout=1, trust_env=False)


def test_an_answer_that_breaks_off_is_not_ended_with_a_page() -> None:
    with socket.create_server(("127.0.0.1", 0)) as broken:

        def answer_half() -> None:
            line, _ = broken.accept()
            with line:
                line.recv(65_536)
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\na,b\n1,2\n")
                time.sleep(0.3)
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        threading.Thread(target=answer_half, daemon=True).start()
        with run_proxy(f"http://127.0.0.1:{find_free_port()}/hub/error/") as (address, api):
            route = {"target": f"http://127.0.0.1:{broken.getsockname()[1]}"}
            headers = {"Authorization": f"token {TOKEN}"}
            httpx.post(f"{api}/api/routes/data", json=route, headers=headers, **PLAIN).raise_for_status()
            with pytest.raises(httpx.RemoteProtocolError):  # not what ends as if it were whole
                httpx.get(f"{address}/data", headers={"accept": "text/html"}, **PLAIN)


def test_a_hub_that_answers_says_it_itself() -> None:
    hub = Backend("the hub")
    try:
        with run_proxy(f"http://127.0.0.1:{hub.server_address[1]}/hub/error/") as (address, api):
            route, headers = {"target": "http://127.0.0.1:1"}, {"Authorization": f"token {TOKEN}"}
            httpx.post(f"{api}/api/routes/data", json=route, headers=headers, **PLAIN).raise_for_status()
            answer = httpx.get(f"{address}/nothing", headers={"accept": "text/html"}, **PLAIN)
    finally:
        hub.shutdown()
        hub.server_close()

    assert (answer.status_code, answer.text) == (404, "the hub")
