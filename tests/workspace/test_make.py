"""What `make` promises: clear words where it cannot work, signals that reach the hall, a set-up that survives."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from datahall_hub.under_make import is_catching

from tests.running_hall import find_free_port, offline_environment
from tests.soak import rounds
from tests.workspace.checkout import CHECKOUT, tracked_files

OPEN_WITHIN, CLOSED_WITHIN = 60.0, 20.0  # seconds
SET_UP_WITHIN = 240.0
MISSING_FILES = """
import importlib.metadata as m
print(*[f for d in m.distributions() for f in d.files or () if not f.locate().exists()], sep="\\n")
"""


def copy_set_up_files(folder: Path) -> Path:
    """Copy what `make setup` reads: a checkout without its history."""
    for path in tracked_files():
        target = folder / path.relative_to(CHECKOUT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    return folder


def make(folder: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["make", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def close(process: subprocess.Popen[str]) -> None:
    """Read no more of what a killed make's children still say."""
    assert process.stdout is not None
    process.stdout.close()


def write_program(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_an_old_python_is_named_with_its_version_and_what_to_do(tmp_path):
    copy_set_up_files(tmp_path)
    old = write_program(tmp_path / "old", '[ "$1" = --version ] && echo Python 3.10.13 && exit; exit 1')

    process = make(tmp_path, "up", f"PYTHON={old}")
    said = process.communicate(timeout=60)[0]

    assert process.returncode == 2
    assert f"Datahall needs Python 3.11 or newer; '{old}' is Python 3.10.13." in said
    assert "make up PYTHON=" in said
    assert not (tmp_path / ".venv").exists()


def test_a_python_without_venv_is_told_the_package_to_install(tmp_path):
    copy_set_up_files(tmp_path)
    bare = write_program(
        tmp_path / "bare", f'case "$2" in *ensurepip*) exit 1;; esac; exec {sys._base_executable} "$@"'
    )

    process = make(tmp_path, "test", f"PYTHON={bare}")
    said = process.communicate(timeout=60)[0]

    assert process.returncode == 2
    assert "apt install python3-venv" in said


def test_a_process_catches_the_signals_that_its_status_names():
    assert is_catching("Name:\tmake\nSigCgt:\t0000000000010002\n", signum=signal.SIGINT)
    assert not is_catching("Name:\tmake\nSigCgt:\t0000000000010000\n", signum=signal.SIGINT)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_signal_that_only_make_gets_ends_the_hall(number, tmp_path):
    process = make(
        CHECKOUT, "up", f"ARGS=--port {find_free_port()} --home {tmp_path / 'home'}", **offline_environment()
    )
    assert process.stdout is not None
    try:
        said = read_until(process, "Ctrl-C")

        process.send_signal(number)
        rest = process.communicate(timeout=CLOSED_WITHIN)[0]
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.communicate(timeout=CLOSED_WITHIN)

    assert "nothing of it is left running" in said + rest


def read_until(process: subprocess.Popen[str], word: str) -> str:
    assert process.stdout is not None
    said = ""
    began = time.monotonic()
    while word not in said:
        assert time.monotonic() - began < OPEN_WITHIN, said
        line = process.stdout.readline()
        assert line, said
        said += line
    return said


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_set_up_that_is_killed_again_and_again_still_ends_whole(tmp_path):
    folder = copy_set_up_files(tmp_path / "a folder with spaces")
    chance = random.Random(7)
    python = f"PYTHON={sys.base_prefix}/bin/python3"

    for _ in range(rounds(20)):
        process = make(folder, "setup", python)
        time.sleep(chance.uniform(0.5, 12))
        kill = chance.choice([process.kill, lambda p=process: os.killpg(p.pid, signal.SIGKILL)])
        kill()
        process.wait(timeout=10)
        close(process)
    process = make(folder, "setup", python)
    said = process.communicate(timeout=SET_UP_WITHIN)[0]

    assert process.returncode == 0, said
    missing = subprocess.run(
        [str(folder / ".venv/bin/python"), "-c", MISSING_FILES], capture_output=True, text=True, check=True, timeout=60
    ).stdout.split()
    assert missing == []
    began = time.monotonic()
    again = make(folder, "setup")
    assert again.communicate(timeout=10) == ("", None)
    assert time.monotonic() - began < 2
    shutil.rmtree(folder)
