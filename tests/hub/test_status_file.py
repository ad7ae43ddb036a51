"""What a killed run leaves behind is known by its marks, and ended; nothing else is."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from datahall_hub.home import Home, ensure_home
from datahall_hub.process_marks import find_mark
from datahall_hub.status_file import end_leftovers, load_status


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return ensure_home(tmp_path)


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    running = subprocess.Popen(["sleep", "60"], stdin=subprocess.DEVNULL)
    yield running
    running.kill()
    running.wait()


def write(home: Home, *, pid: int, started: str) -> None:
    child = {"pid": pid, "started": started}
    home.status_file.write_text(json.dumps({**child, "children": {"proxy": child}}))


def test_a_proxy_that_is_left_from_a_killed_run_is_ended(home, process):
    mark = find_mark(process.pid)
    assert mark is not None
    write(home, pid=mark.pid, started=mark.started)

    end_leftovers(home)

    assert not mark.is_alive
    assert not home.status_file.exists()


def test_a_stranger_that_got_the_same_process_id_is_left_alone(home, process):
    write(home, pid=process.pid, started="another boot:5")

    end_leftovers(home)

    assert process.poll() is None


def test_a_supervisor_that_has_ended_is_not_taken_for_a_running_one(home, process):
    write(home, pid=process.pid, started="another boot:5")
    assert load_status(home) is None

    mark = find_mark(process.pid)
    assert mark is not None
    write(home, pid=mark.pid, started=mark.started)
    assert load_status(home) is not None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"children": []}', '{"children": {"proxy": 3}}'])
def test_a_status_that_cannot_be_read_means_that_nothing_runs(home, text):
    home.status_file.write_text(text)

    assert load_status(home) is None
    end_leftovers(home)
