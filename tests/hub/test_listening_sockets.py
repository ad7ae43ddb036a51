"""No port of the hall is free for a stranger, not even while one of its processes starts again."""

from __future__ import annotations

import json
import socket
import threading
import time

import pytest
from datahall_hub.listening_sockets import (
    VARIABLE,
    close_sockets,
    describe_sockets,
    open_listening_sockets,
    reserve_twins,
    take_inherited_socket,
)
from datahall_hub.probes import Probe

from tests.running_hall import find_free_port


def test_a_child_finds_the_socket_that_it_was_handed(monkeypatch):
    port = find_free_port()
    sockets = open_listening_sockets([port])
    monkeypatch.setenv(VARIABLE, describe_sockets(sockets))

    inherited = take_inherited_socket(port)

    assert inherited is not None
    assert inherited.getsockname() == ("127.0.0.1", port)
    inherited.detach()
    assert take_inherited_socket(find_free_port()) is None
    close_sockets(sockets)


@pytest.mark.parametrize("thief", ["::1", "::"])
def test_a_port_is_kept_at_the_addresses_that_localhost_may_mean(thief):
    port = find_free_port()
    sockets = open_listening_sockets([port])
    twins = reserve_twins("127.0.0.1", port=port)
    try:
        with socket.socket(socket.AF_INET6) as stranger:
            stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with pytest.raises(OSError, match="in use"):
                stranger.bind((thief, port))
        with pytest.raises(ConnectionRefusedError):  # at once, so that a browser goes on to IPv4
            socket.create_connection(("::1", port), timeout=1)
    finally:
        close_sockets({**sockets, **{-number: twin for number, twin in enumerate(twins, 1)}})


def test_a_probe_does_not_take_a_line_of_visitors_for_an_answer():
    port = find_free_port()
    sockets = open_listening_sockets([port])
    probe = Probe(port, path="/")
    try:
        began = time.monotonic()
        assert not probe.look()
        assert not probe.look()
        assert time.monotonic() - began < 0.5  # looking waits for nobody

        threading.Thread(target=answer_once, args=(sockets[port], b"HTTP/1.1 200 OK\r\n\r\n")).start()
        assert look_for(probe, seconds=5)
    finally:
        probe.close()
        close_sockets(sockets)


def test_an_answer_that_is_no_200_is_not_ready_unless_any_will_do():
    port = find_free_port()
    sockets = open_listening_sockets([port])
    try:
        for any_status in (False, True):
            probe = Probe(port, path="/", any_status=any_status)
            probe.look()
            answer_once(sockets[port], b"HTTP/1.1 503 Service Unavailable\r\n\r\n")
            assert probe.look() is any_status
            probe.close()
    finally:
        close_sockets(sockets)


def answer_once(listener: socket.socket, answer: bytes) -> None:
    """Take one visitor from the line and give them `answer`."""
    visitor, _ = listener.accept()
    with visitor:
        visitor.recv(4096)
        visitor.sendall(answer)


def look_for(probe: Probe, *, seconds: float) -> bool:
    """Look until the probe is answered, or not."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if probe.look():
            return True
        time.sleep(0.02)
    return False


def test_the_hub_takes_no_large_bodies_from_strangers(hall):
    port = json.loads((hall.home / "run/ports.json").read_text())["hub_port"]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as stranger:
        stranger.sendall(b"POST /hub/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000000\r\n\r\n")
        assert stranger.recv(4096).split(b" ", 2)[1] in {b"400", b"413"}
