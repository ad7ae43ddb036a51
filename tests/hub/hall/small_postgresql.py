"""A PostgreSQL server of one's own: on a socket that nobody else may open, for as long as some tests take."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

from tests.conftest import require_program

PATIENCE = 30  # seconds until it answers; it takes about two
# Tests lose nothing in a crash, so nothing waits for the disk.
HASTE = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


class SmallPostgresql:
    """A server that runs, whose databases are its tests' to make."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()

    def make_database(self) -> str:
        """Make an empty database; return its SQLAlchemy URL."""
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(host=str(self._folder), user="hall", dbname="postgres", autocommit=True) as connection:
            connection.execute(f"create database {name}")
        return f"postgresql+psycopg://hall@/{name}?host={self._folder}"

    def has_begun(self) -> bool:
        """Say whether the server answers by now."""
        try:
            psycopg.connect(host=str(self._folder), user="hall", dbname="postgres").close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def run_postgresql() -> Iterator[SmallPostgresql]:
    """Run a server with an empty cluster, and end it again; the test is skipped where PostgreSQL is not installed."""
    initdb, postgres = _find_program("initdb"), _find_program("postgres")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: the path of a socket has 107 characters at the most
    data = folder / "data"
    try:
        subprocess.run(
            [*_as_somebody(), initdb, "-D", data, "-U", "hall", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
            check=True,
            capture_output=True,
            timeout=60,
        )
        with (folder / "log").open("w") as log:
            command = [*_as_somebody(), postgres, "-D", data, "-k", folder, "-c", "listen_addresses=", *HASTE]
            process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            server = SmallPostgresql(folder)
            deadline = time.monotonic() + PATIENCE
            while not server.has_begun():
                assert process.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < deadline, (folder / "log").read_text()
                time.sleep(0.05)
            yield server
        finally:
            _end(process, data=data)
    finally:
        shutil.rmtree(folder)


def _end(process: subprocess.Popen[bytes], *, data: Path) -> None:
    """End the server at once, which closes the connections of those who forgot to."""
    noted = data / "postmaster.pid"
    if process.poll() is None and noted.exists():
        os.kill(int(noted.read_text().split()[0]), signal.SIGINT)
        process.wait(timeout=PATIENCE)
    process.kill()
    process.wait(timeout=PATIENCE)


def _as_somebody() -> list[str]:
    """Return what makes an ordinary user of root, as whom PostgreSQL refuses to run."""
    if os.geteuid() != 0:
        return []
    wall = ["--die-with-parent", "--unshare-user", "--uid", "1000", "--gid", "1000"]
    return [require_program("bwrap"), *wall, "--bind", "/", "/", "--dev-bind", "/dev", "/dev"]


def _find_program(name: str) -> str:
    """Return the path of a program of PostgreSQL's, which Debian keeps off the path."""
    kept = [path for path in Path("/usr/lib/postgresql").glob(f"*/bin/{name}") if path.parent.parent.name.isdigit()]
    return str(max(kept, key=lambda path: int(path.parent.parent.name))) if kept else require_program(name)
