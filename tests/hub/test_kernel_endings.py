"""What a person is told when a kernel ends, by a real server with a real kernel."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import datahall_hub
import pytest
import websocket
from datahall_hub.ports import find_free_port
from jupyter_server.services.kernels.connection.base import serialize_binary_message, serialize_msg_to_ws_v1

INSIDE = Path(datahall_hub.__file__).parent / "user_server"
sys.path.insert(0, str(INSIDE))

import kernel_endings  # noqa: E402 it lies where people's servers find it

TOKEN = "t" * 32


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a server as people's are set up, and return its address."""
    home, port = tmp_path_factory.mktemp("home"), find_free_port(taken=set())
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON"))}
    environment = {**kept, "HOME": str(home), "PYTHONPATH": str(INSIDE), "JUPYTER_CONFIG_PATH": str(INSIDE / "jupyter"),
                   "DATAHALL_LANGUAGE": "zh", "DATAHALL_KERNEL_MEMORY": "2000000000"}  # fmt: skip
    argv = [
        sys.executable,
        "-m",
        "jupyter_server",
        "--no-browser",
        "--allow-root",
        f"--port={port}",
        f"--IdentityProvider.token={TOKEN}",
    ]
    with subprocess.Popen(
        argv, env=environment, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 30
        while True:
            try:
                ask(f"{address}/api")
                break
            except OSError:
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.1)
        yield address
        process.kill()  # its kernels are tied to it; asked to end, it has been seen to stay while one restarts


def ask(address: str, *, data: dict | None = None) -> dict:
    request = urllib.request.Request(
        address, data=None if data is None else json.dumps(data).encode(), headers={"Authorization": f"token {TOKEN}"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def run(server: str, *cells: str) -> list[dict]:
    """Run cells in a new kernel, as a page does, and return what is heard until the kernel restarts."""
    kernel = ask(f"{server}/api/kernels", data={"name": "python3"})["id"]
    address = f"{server.replace('http', 'ws')}/api/kernels/{kernel}/channels"
    page = websocket.create_connection(address, timeout=30, header=[f"Authorization: token {TOKEN}"])
    heard = []
    try:
        for number, code in enumerate(cells):
            header = {"msg_id": f"cell-{number}", "msg_type": "execute_request", "username": "", "version": "5.3",
                      "session": uuid.uuid4().hex, "date": "2026-01-01T00:00:00Z"}  # fmt: skip
            content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
            page.send(json.dumps({"header": header, "parent_header": {}, "metadata": {}, "content": content,
                                  "channel": "shell", "buffers": []}))  # fmt: skip
        while not heard or heard[-1]["content"].get("execution_state") != "restarting":
            heard.append(json.loads(page.recv()))
    finally:
        page.close()
    return heard


def test_below_the_cell_that_ran_stands_why_the_kernel_ended(server):
    heard = run(
        server, "1 + 1", "print('here', flush=True); import os, time; time.sleep(1); os.kill(os.getpid(), 9)", "3"
    )

    texts = [
        (each["parent_header"]["msg_id"], each["content"]["text"]) for each in heard if each["msg_type"] == "stream"
    ]
    assert texts[0] == ("cell-1", "here\n")
    assert [cell for cell, _ in texts[1:]] == ["cell-1"]
    assert "此内核被系统结束（信号 9，SIGKILL）" in texts[1][1]
    assert heard[-1]["content"]["execution_state"] == "restarting"
    assert heard.index(next(each for each in heard if "此内核" in str(each["content"]))) < len(heard) - 1


def test_a_kernel_that_ends_by_itself_says_with_which_code(server):
    heard = run(server, "import os; os._exit(7)")

    assert any("此内核已自行结束，退出代码为 7" in str(each["content"]) for each in heard)


@pytest.mark.parametrize(
    ("code", "reason", "english", "chinese"),
    [
        (-9, "memory", "needed more than 2.0 GB of memory", "所需内存超过 2.0 GB"),
        (-9, "disk", "filled the 12.6 GB", "已占满主文件夹可用的 12.6 GB"),
        (-9, None, "ended by the system (signal 9, SIGKILL)", "被系统结束（信号 9，SIGKILL）"),
        (-9, "something new", "ended by the system", "被系统结束"),
        (-11, None, "crashed (signal 11, SIGSEGV)", "已崩溃（信号 11，SIGSEGV）"),
        (-64, None, "crashed (signal 64, SIGRTMAX)", "已崩溃"),
        (-99, None, "crashed (signal 99, ?)", "已崩溃"),
        (0, None, "exit code 0", "退出代码为 0"),
        (255, None, "why is not known", "原因不明"),
    ],
)
def test_the_sentence_says_what_happened_and_what_to_do(monkeypatch, code, reason, english, chinese):
    monkeypatch.setenv("DATAHALL_KERNEL_MEMORY", "2000000000")
    monkeypatch.setenv("DATAHALL_DISK_QUOTA", "12600000000")

    for language, expected in (("en", english), ("zh", chinese)):
        monkeypatch.setenv("DATAHALL_LANGUAGE", language)
        assert expected in kernel_endings.describe_ending(code, reason)


def test_without_known_sizes_the_sentence_stands_all_the_same(monkeypatch):
    for name in ("DATAHALL_KERNEL_MEMORY", "DATAHALL_LANGUAGE"):
        monkeypatch.delenv(name, raising=False)

    assert "needed more than what it may have of memory" in kernel_endings.describe_ending(-signal.SIGKILL, "memory")


def test_a_request_is_read_in_either_protocol_and_nonsense_is_not():
    header = {"msg_id": "a", "msg_type": "execute_request"}
    parts = [json.dumps(each).encode() for each in (header, {}, {}, {"code": "1"})]
    packed = serialize_msg_to_ws_v1(parts, "shell")

    assert kernel_endings.read_request(packed, protocol="v1.kernel.websocket.jupyter.org") == header
    assert kernel_endings.read_request(json.dumps({"header": header}), protocol=None) == header
    with_buffers = serialize_binary_message({"header": header, "buffers": [b"12"]})
    assert kernel_endings.read_request(with_buffers, protocol=None) == header
    for nonsense in (
        b'"execute_request"',
        packed[20:],
        '"execute_request"',
        '["execute_request"]',
        '{"execute_request": 1}',
    ):
        for protocol in ("v1.kernel.websocket.jupyter.org", None):
            assert kernel_endings.read_request(nonsense, protocol=protocol) is None
