"""Start programs for a benchmark, wait until they answer, and leave none behind."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import httpx
import psutil

GRACE = 15.0  # seconds a program may take to end


class BenchmarkError(Exception):
    """Something that should be measured could not be started; the message holds its last words."""


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def clean_environment(home: Path, **more: str) -> dict[str, str]:
    """Return an environment in which nobody's own configuration counts."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("JUPYTER", "DATAHALL", "VOILA"))}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {**kept, "HOME": str(home), "PATH": path, **more}


@contextlib.contextmanager
def running(
    argv: Sequence[str], *, environment: Mapping[str, str], folder: Path, log: Path, stop: int = signal.SIGTERM
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program in a session of its own; end it and whatever it started at the end."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            argv,
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _end(process, stop=stop)


def wait_until_it_answers(url: str, *, process: subprocess.Popen[bytes], log: Path, limit: float) -> None:
    """Return once `url` answers with success; raise where the program ends first or the time is over."""
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise BenchmarkError(f"{process.args!r} ended with {process.returncode}:\n{last_lines(log)}")
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(url, timeout=5, trust_env=False).is_success:
                return
        time.sleep(0.05)
    raise BenchmarkError(f"{url} did not answer within {limit:.0f} s:\n{last_lines(log)}")


def last_lines(log: Path, *, count: int = 15) -> str:
    """Return the end of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])


def _end(process: subprocess.Popen[bytes], *, stop: int) -> None:
    descendants = []
    with contextlib.suppress(psutil.NoSuchProcess):
        descendants = psutil.Process(process.pid).children(recursive=True)
    if process.poll() is None:
        process.send_signal(stop)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
    for left in (*descendants, process):
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            left.kill()
    process.wait()
