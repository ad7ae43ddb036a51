"""What `make` promises: clear words where it cannot work, and a signal that reaches the hall."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from datahall_hub.under_make import is_catching

from tests.running_hall import find_free_port, offline_environment
from tests.workspace.checkout import CHECKOUT, tracked_files

OPEN_WITHIN, CLOSED_WITHIN = 60.0, 20.0  # seconds


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


def test_an_interrupt_that_only_make_gets_ends_the_hall(tmp_path):  # SIGTERM: see the journey of the first hour
    process = make(
        CHECKOUT, "up", f"ARGS=--port {find_free_port()} --home {tmp_path / 'home'}", **offline_environment()
    )
    assert process.stdout is not None
    try:
        said = read_until(process, "Ctrl-C")

        process.send_signal(signal.SIGINT)
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
