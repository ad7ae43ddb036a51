"""A process is known again by its id and the moment it was started."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from dataclasses import replace

from datahall_hub.process_marks import end_processes, find_mark, is_listening


def start(*argv: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(argv, stdin=subprocess.DEVNULL)


def test_a_running_process_is_alive_and_an_ended_one_is_not_even_before_it_is_reaped():
    process = start("sleep", "30")
    mark = find_mark(process.pid)
    assert mark is not None
    assert mark.is_alive

    os.kill(process.pid, signal.SIGKILL)
    while mark.is_alive:
        time.sleep(0.01)

    assert process.returncode is None  # nobody has waited for it yet
    process.wait()


def test_another_process_with_a_reused_id_is_not_mistaken_for_it():
    process = start("sleep", "30")
    mark = find_mark(process.pid)
    assert mark is not None
    stale = replace(mark, started="an earlier boot:1")

    stale.send(signal.SIGKILL)

    assert not stale.is_alive
    assert process.poll() is None
    process.kill()
    process.wait()


def test_a_process_that_ignores_the_wish_to_end_is_killed():
    process = start("sh", "-c", "trap '' TERM; while :; do sleep 0.1; done")
    mark = find_mark(process.pid)
    assert mark is not None
    family = [mark, *mark.descendants()]

    end_processes(family, grace=0.2)
    process.wait()

    assert process.returncode == -signal.SIGKILL


def test_there_is_no_mark_of_a_process_that_does_not_exist():
    assert find_mark(2**22 + 1) is None


def test_only_a_process_that_listens_itself_counts_as_listening():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        other = subprocess.Popen(["sleep", "60"])
        try:
            assert is_listening([find_mark(os.getpid())], port=port)
            assert not is_listening([find_mark(other.pid)], port=port)
        finally:
            other.kill()
            other.wait()
