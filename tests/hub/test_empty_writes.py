"""A person's server that answers at once and hangs up is heard, however late the proxy ends its request."""

from __future__ import annotations

import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from datahall_hub.process_plans import find_node
from datahall_hub.settings import CHECKOUT

# As the proxy passes a request on; the process is stopped before the empty write, as on a busy machine.
SAVE = """
const http = require("node:http");
const { _write } = require("node:net").Socket.prototype;
require("node:net").Socket.prototype._write = function (data, ...rest) {
  if (data.length === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  return _write.call(this, data, ...rest);
};
const request = http.request({ socketPath: process.argv[1], method: "PUT", headers: { "Content-Length": 4 } });
request.on("error", (error) => console.log(error.code));
request.on("response", (answer) => console.log(answer.statusCode));
request.on("socket", () => {
  request.write(Buffer.from("kept"));
  process.nextTick(() => process.nextTick(() => request.end()));
});
"""


@pytest.fixture
def quick_server() -> Iterator[Path]:
    """A server at a Unix socket that answers each request at once and hangs up."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        path = Path(folder, "s")
        listener.bind(str(path))
        listener.listen()
        serving = threading.Thread(target=_answer_one, args=(listener,))
        serving.start()
        yield path
        serving.join(10)


def _answer_one(listener: socket.socket) -> None:
    client, _ = listener.accept()
    with client:
        asked = b""
        while not asked.endswith(b"kept"):
            asked += client.recv(4096)
        client.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")


@pytest.mark.parametrize(
    ("options", "heard"),
    [((), "EPIPE"), (("--import", str(CHECKOUT / "hub/proxy/empty-writes.mjs")), "204")],
    ids=["Node alone does not hear it", "the proxy does"],
)
def test_the_answer_of_a_server_that_has_hung_up(quick_server: Path, options: tuple[str, ...], heard: str) -> None:
    said = subprocess.run(
        [find_node(), *options, "-e", SAVE, quick_server], capture_output=True, text=True, timeout=30, check=True
    )

    assert said.stdout.split()[0] == heard, said
