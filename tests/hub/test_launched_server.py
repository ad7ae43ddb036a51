"""What a hub that falls had begun to start is found by its keeper's words, and nothing else is."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from datahall_hub.launched_server import describe_begun, find_launched
from datahall_hub.process_marks import ProcessMark, find_mark
from datahall_hub.server_launch import KEEPER, WATCHED_KEEPER


@contextmanager
def keep(words: tuple[str, ...], gate: str) -> Iterator[ProcessMark]:
    """Keep a process that stands for a sandbox that is being made: no note names it yet."""
    keeper = subprocess.Popen(
        [*words, gate, "sleep", "60"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        mark = find_mark(keeper.pid)
        assert mark is not None
        yield mark
    finally:
        with suppress(ProcessLookupError):
            os.killpg(keeper.pid, signal.SIGKILL)
        keeper.wait()
        assert keeper.stdin
        keeper.stdin.close()


@pytest.mark.parametrize("words", [KEEPER, WATCHED_KEEPER], ids=["by-hand", "watched"])
def test_what_was_begun_is_ended_and_a_neighbour_is_not(words):
    with keep(words, "u1") as begun, keep(words, "u12") as neighbour:
        time.sleep(0.2)  # until both are the shells they become

        assert find_launched(describe_begun("u1", prefix="/user/nobody-of-this-test/")) is None

        assert not begun.is_alive
        assert neighbour.is_alive


def test_where_nothing_was_begun_nothing_ends():
    with keep(KEEPER, "u2") as stranger:
        time.sleep(0.2)

        assert find_launched(describe_begun("u3", prefix="/user/nobody-of-this-test/")) is None

        assert stranger.is_alive
