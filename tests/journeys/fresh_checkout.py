"""A newcomer's machine: a fresh copy of the checkout, an empty home folder, no Node, no uv; then `make up`."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil

CHECKOUT = Path(__file__).resolve().parents[2]
READY_WITHIN = 300  # seconds; the first `make up` on a machine sets everything up
STOPPED_WITHIN = 15  # seconds
FOREIGN = ("DATAHALL_", "PYTEST_", "PYTHON", "VIRTUAL_ENV", "XDG_", "MAKE", "MFLAGS")
# What the newcomer's shell offers besides Python; a Node of the system must not be what makes it work.
PROGRAMS = ("make", "git", "sh", "bash", "bwrap", "chromium", "sed", "touch", "mkdir", "rm", "find", "env", "cat",
            "uname", "dirname", "basename", "readlink", "ls", "cp", "ln", "chmod", "test", "true", "tr", "grep",
            "sha256sum", "cut", "head", "mv", "date", "sleep", "id", "expr", "sort", "awk", "xargs", "printf",
            "ldconfig", "gcc", "setsid", "kill", "getconf", "fc-list", "flock", "cmp")  # fmt: skip
MISSING_FILES = """
import importlib.metadata as m
print(*[f for d in m.distributions() for f in d.files or () if not f.locate().exists()], sep="\\n")
"""


def copy_checkout(target: Path) -> Path:
    """Copy what git would give a newcomer: every tracked or new file, nothing that was built."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT, check=True, capture_output=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    for name in filter(None, listed):
        source = CHECKOUT / name
        if source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)
    return target


def find_package_cache() -> str:
    """Return where uv keeps the packages that this machine has already fetched and verified."""
    uv = Path(sys.executable).with_name("uv")
    return subprocess.run([uv, "cache", "dir"], capture_output=True, text=True, check=True, timeout=30).stdout.strip()


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass
class Newcomer:
    """`make up` in a fresh copy of the checkout, and what it printed."""

    folder: Path
    mirror: str
    port: int = field(default_factory=free_port)
    python: Path = Path(sys.base_prefix) / "bin/python3"
    process: subprocess.Popen[bytes] | None = None
    printed_password: str | None = None

    @property
    def url(self) -> str:
        """The address that was printed."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def checkout(self) -> Path:
        """Where the copy lies."""
        return self.folder / "a checkout in a folder with spaces"

    @property
    def terminal(self) -> Path:
        """What `make up` has printed."""
        return self.folder / "terminal.txt"

    @property
    def home(self) -> Path:
        """Its DATAHALL_HOME."""
        return self.folder / "hall"

    def set_up(self) -> None:
        """Copy the checkout and make the environment that `make up` finds."""
        copy_checkout(self.checkout)
        (self.folder / "person").mkdir()
        programs = self.folder / "programs"
        programs.mkdir()
        for name in PROGRAMS:
            if found := shutil.which(name):
                (programs / name).symlink_to(found)

    def kill_set_up(self, *, times: int) -> None:
        """Begin `make setup` and kill it, again and again: make alone, or all that it started."""
        chance = random.Random(7)
        for _ in range(times):
            process = self._make("setup", into=subprocess.DEVNULL)
            time.sleep(chance.uniform(0.5, 12))
            kill = chance.choice([process.kill, lambda p=process: os.killpg(p.pid, signal.SIGKILL)])
            kill()
            process.wait(timeout=10)

    def find_missing_files(self) -> list[str]:
        """Return the files that packages of the environment list and that are not there."""
        python = self.checkout / ".venv/bin/python"
        return subprocess.run(
            [python, "-c", MISSING_FILES], capture_output=True, text=True, check=True, timeout=60
        ).stdout.split()

    def set_up_once(self, *, within: float) -> None:
        """Run `make setup` to its end."""
        process = self._make("setup", into=subprocess.PIPE)
        said = process.communicate(timeout=within)[0]
        assert process.returncode == 0, said.decode()

    def set_up_again(self) -> bytes:
        """Run `make setup` where everything is set up, and return what it said."""
        process = self._make("setup", into=subprocess.PIPE)
        return process.communicate(timeout=30)[0]

    def make_up(self) -> str:
        """Run `make up` until it says that the hall is open; return all that it printed."""
        with self.terminal.open("w") as terminal:
            self.process = self._make("up", f"ARGS=--port {self.port} --home {self.home}", into=terminal)
        self._wait_until_open()
        self.printed_password = self.printed_password or self.first_password_or_none()
        return self.terminal.read_text()

    def first_password(self) -> str:
        """Return the password that the first start printed."""
        assert self.printed_password, "no password was printed:\n" + self.terminal.read_text()
        return self.printed_password

    def first_password_or_none(self) -> str | None:
        """Return the password that the latest start printed, if it printed one."""
        found = re.search(r"密码 +([\w-]{12,})", self.terminal.read_text())
        return found.group(1) if found else None

    def interrupt(self) -> float:
        """Send Ctrl-C as a terminal does, to the whole group; return the seconds until `make` had ended."""
        assert self.process
        began = time.monotonic()
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(timeout=STOPPED_WITHIN)
        return time.monotonic() - began

    def terminate(self) -> str:
        """Send SIGTERM to `make` alone, as a service manager may; return all that was printed until it had ended."""
        assert self.process
        self.process.terminate()
        self.process.wait(timeout=STOPPED_WITHIN)
        return self.terminal.read_text()

    def end(self) -> None:
        """End whatever is left, whether or not a journey has closed the hall."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.interrupt()
        for process in self.find_processes():
            process.kill()

    def find_processes(self) -> list[psutil.Process]:
        """Return the running processes that come from this newcomer's folder."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _make(self, *words: str, into: int | IO[str]) -> subprocess.Popen[bytes]:
        environment = {
            # How this machine reaches its registries stays, and what it has fetched from them; whatever knows an
            # environment of ours does not.
            **{k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)},
            "UV_CACHE_DIR": find_package_cache(),
            "HOME": str(self.folder / "person"),
            "PATH": str(self.folder / "programs"),
            "LANG": "C.UTF-8",
            "DATAHALL_MIRROR": self.mirror,
        }
        return subprocess.Popen(
            ["make", *words, f"PYTHON={self.python}"],
            cwd=self.checkout, env=environment, stdin=subprocess.DEVNULL, stdout=into,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            words = [*process.cmdline(), *process.environ().values(), process.cwd()]
        except psutil.Error:
            return False
        return process.pid != os.getpid() and any(str(self.folder) in word for word in words)

    def _wait_until_open(self) -> None:
        assert self.process
        end = time.monotonic() + READY_WITHIN
        while "Ctrl-C" not in (text := self.terminal.read_text()):
            if self.process.poll() is not None:
                raise AssertionError(f"`make up` ended with {self.process.returncode}:\n{text}")
            assert time.monotonic() < end, f"the hall did not open within {READY_WITHIN} s:\n{text}"
            time.sleep(0.1)
        time.sleep(0.5)  # the block with the password follows the address
