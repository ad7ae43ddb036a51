"""Listening sockets in a sandbox's own network, held outside, as root and as an ordinary user."""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

import pytest

from tests.extensions.visitors import Visitor

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("bubblewrap")]
CONNECT = """
import os, socket
from pathlib import Path
with socket.create_connection(("127.0.0.1", {port}), timeout=5) as connection:
    found = connection.recv(99).decode(), os.readlink("/proc/self/ns/net")
"""


def listen(visitor: Visitor, *, port: int = 8000, network: bool = False, **further: Any) -> dict[str, Any]:
    source = further.pop("source", CONNECT.format(port=port))
    result = visitor.run("listener_visit.py", port=port, network=network, source=source, **further)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.parametrize("port", [8000, 80])
def test_who_is_inside_reaches_who_listens_outside(visitor, port):
    told = listen(visitor, port=port)

    assert told["found"][0] == "outside"
    assert told["found"][1] != told["network"]


def test_whoever_listens_stays_who_and_where_they_are_and_has_no_child_left(visitor):
    told = listen(visitor)

    assert told["network"] == str(Path("/proc/self/ns/net").readlink())
    assert told["user"] == (0 if visitor.is_root else told["user"])
    assert told["children_left"] == ""


def test_nothing_is_seen_inside_but_the_open_port(visitor):
    source = "import os; found = sorted(int(name) for name in os.listdir('/proc') if name.isdigit())"

    assert listen(visitor, source=source)["found"] == [1, 2]


def test_in_a_sandbox_that_shares_the_machines_network_nothing_is_opened(visitor):
    assert "shares the machine's network" in listen(visitor, network=True)["refused"]


def test_a_sandbox_that_has_ended_is_named(visitor):
    assert "has ended" in listen(visitor)["afterwards"]


def test_an_address_that_is_not_inside_is_refused_with_the_reason(visitor):
    source = "found = 1"
    result = visitor.run("listener_visit.py", port=70000, network=False, source=source)

    assert "Nobody can listen in the sandbox" in json.loads(result.stdout)["refused"]


def test_opening_fifty_times_takes_little_and_leaves_nothing(visitor):
    once, often = listen(visitor), listen(visitor, times=50)

    print(f"\nopened in {statistics.median(often['times']) * 1000:.1f} ms")
    assert often["descriptors"] == once["descriptors"]
    assert statistics.median(often["times"]) < 0.05  # some 3 ms on a machine that does nothing else
