"""A Chromium that has nothing of the hall: no network, no file but the system's, nothing to write but a little memory.

It is spoken with through its pipe (`look_pipe`). A control group bounds its memory where the machine has them, limits
of each process bound it everywhere; it comes after everybody else, and ends with whoever started it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from datahall_forkserver.control_groups import Group

from datahall_hub.sandbox import KERNEL_SWITCHES, USER_ID

from .visit_limits import make_group, remove_group

NAMES = ("chromium", "chromium-browser")
DEBIANS = Path("/usr/lib/chromium/chromium")  # what Debian's script of that name starts
MEMORY = 1_500_000_000  # bytes, of all its processes
PROCESSES = 512  # and threads: some eighty, and more where there are many processors
LARGEST_DATA = 2_500_000  # kB of each process, of which it reserves far more than it uses
LARGEST_FILE = 200_000  # blocks of 512 bytes
SCRATCH = 200_000_000  # bytes of its profile
NICE = 10  # those who wait for a page come first
END_WITHIN = 10.0  # seconds
LONGEST_WORDS = 500  # characters of its last words, for the log
SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64")
SHOWN = ("/etc/fonts", "/etc/ld.so.cache", "/etc/alternatives", "/var/cache/fontconfig")
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8"}  # noqa: S108 private inside
# Waits until it has been taken into its group; then the ends that it was given become those that Chromium speaks on.
PROLOGUE = f"""read -r _ && ulimit -c 0 && ulimit -d {LARGEST_DATA} && ulimit -f {LARGEST_FILE} || exit 1
exec 3<&0 4>&1 0</dev/null 1>/dev/null
exec nice -n {NICE} "$@"
"""
OPTIONS = (
    "--headless", "--remote-debugging-pipe", "--user-data-dir=/tmp/profile",
    "--no-sandbox",  # it stands in ours, within which nobody may make another
    "--no-zygote", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--no-default-browser-check",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--disable-breakpad", "--mute-audio", "--hide-scrollbars", "--force-color-profile=srgb", "--password-store=basic",
)  # fmt: skip


def find_chromium() -> str | None:
    """Return where Chromium is installed, or None."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return str(DEBIANS) if found and os.access(DEBIANS, os.X_OK) else found


@dataclass
class Browser:
    """A Chromium that runs; `sending` and `receiving` are our ends of its pipe."""

    process: subprocess.Popen[bytes]
    group: Group | None
    words: IO[bytes]

    @property
    def sending(self) -> int:
        """Return the descriptor it reads from."""
        assert self.process.stdin
        return self.process.stdin.fileno()

    @property
    def receiving(self) -> int:
        """Return the descriptor it writes to."""
        assert self.process.stdout
        return self.process.stdout.fileno()

    def kill(self) -> None:
        """End it at once, with all that it started; whoever reads from it is told by its end. Any thread may call."""
        self.process.kill()

    def read_last_words(self) -> str:
        """Return the end of what it complained of."""
        self.words.seek(0)
        text = self.words.read(LARGEST_FILE).decode(errors="replace")[-LONGEST_WORDS:]
        return " ".join("".join(each if each.isprintable() else " " for each in text).split())


@contextlib.contextmanager
def run_browser(program: str) -> Iterator[Browser]:
    """Start a Chromium, and end it when the block is left; nothing of it stays."""
    command = ["/bin/sh", "-c", PROLOGUE, "sh", *_wall_in(program), *OPTIONS]
    with tempfile.TemporaryFile() as words:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=words, env=ENVIRONMENT, cwd="/", bufsize=0
        )
        group = make_group(f"look-{secrets.token_hex(4)}", memory=MEMORY, processes=PROCESSES)
        try:
            if group is not None:
                group.add(process.pid)
            assert process.stdin
            process.stdin.write(b"\n")
            yield Browser(process, group, words)
        finally:
            process.kill()
            process.wait(END_WITHIN)
            for end in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    end.close()  # type: ignore[union-attr] # both were asked for
            if group is not None:
                remove_group(group)


def _wall_in(program: str) -> list[str]:
    """Return the command line up to and with `program`, inside walls of its own."""
    command = [
        "bwrap", "--unshare-user", "--unshare-all", "--uid", str(USER_ID), "--gid", str(USER_ID),
        "--hostname", "datahall", "--cap-drop", "ALL", "--new-session", "--disable-userns", "--die-with-parent",
        "--proc", "/proc", *(word for name in KERNEL_SWITCHES for word in ("--ro-bind-try", *[f"/proc/{name}"] * 2)),
        "--dev", "/dev", "--size", str(SCRATCH), "--tmpfs", "/tmp",  # noqa: S108 private inside
        "--ro-bind", "/usr", "/usr",
    ]  # fmt: skip
    for name in SYSTEM:
        path = Path("/", name)
        if path.is_symlink():
            command += ["--symlink", str(path.readlink()), str(path)]
        else:
            command += ["--ro-bind-try", str(path), str(path)]
    for shown in SHOWN:
        command += ["--ro-bind-try", shown, shown]
    folder = Path(program).resolve().parent
    if not folder.is_relative_to("/usr"):
        command += ["--ro-bind", str(folder), str(folder)]
    return [*command, "--remount-ro", "/", "--chdir", "/tmp", "--", str(Path(program).resolve())]  # noqa: S108
