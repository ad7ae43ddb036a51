"""The walls around what people run: a bubblewrap command line, built from values.

Inside: the system's programs and this Python read-only, one writable home, the mounts that are asked for,
an own process, IPC and user namespace, no capabilities, and no way to make further user namespaces.
Absent: every other home, the hub's state, and, unless asked for, the network. Nothing secret may stand in
the command line: pass it by the environment of the process that is started.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from datahall_hub.settings import CHECKOUT

USER_ID = 1000  # who one is inside, whoever started the sandbox

# From /etc only what programs need to find libraries, hosts, certificates, fonts and time zones.
ETC = (
    "alternatives", "ca-certificates", "fonts", "hosts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime",
    "mime.types", "nsswitch.conf", "protocols", "resolv.conf", "services", "ssl/certs", "ssl/openssl.cnf",
    "timezone",
)  # fmt: skip
# From the checkout only what is imported inside; never its history, its tests, the hub, or the solutions of lessons.
SOURCES = ("catalogs", "extensions")

# A hall that root starts is root to the kernel's own switches, capabilities or not: they look at the user alone.
KERNEL_SWITCHES = ("acpi", "asound", "bus", "driver", "fs", "irq", "mtrr", "pressure", "scsi", "sys", "sysrq-trigger")

TRIAL_TIMEOUT = 30.0  # seconds; it takes some milliseconds, but a machine may stall
SCRATCH = ("/dev/shm", "/tmp", "/run")  # noqa: S108 empty and private inside the sandbox


@dataclass(frozen=True)
class Mount:
    """A folder or file of the machine at a place inside."""

    source: Path
    target: Path
    writable: bool = False


@dataclass(frozen=True)
class Walls:
    """What a sandbox shows and shares.

    Parameters
    ----------
    home
        The one writable folder, seen inside as `home_inside`.
    hidden
        Folders that stay unseen even where they lie below something that is shown: the hall's own, always.
    mounts
        Further folders, made in this order after everything else.
    network
        Whether the machine's network is shared; without it there is not even loopback to the outside.
    die_with_parent
        Whether the sandbox ends with the process that started it.
    """

    home: Path
    home_inside: Path
    hidden: tuple[Path, ...]
    mounts: tuple[Mount, ...] = field(default=())
    network: bool = False
    die_with_parent: bool = True


def bwrap_command(argv: list[str], *, walls: Walls) -> list[str]:
    """Return `argv` wrapped so that it runs inside `walls`, working directory in its home."""
    command = [
        "bwrap", "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
        "--uid", str(USER_ID), "--gid", str(USER_ID), "--hostname", "datahall",
        "--cap-drop", "ALL", "--new-session", "--disable-userns",
        "--proc", "/proc", *(word for name in KERNEL_SWITCHES for word in ("--ro-bind-try", *[f"/proc/{name}"] * 2)),
        "--dev", "/dev", *(word for path in SCRATCH for word in ("--tmpfs", path)),
    ]  # fmt: skip
    if not walls.network:
        command.append("--unshare-net")
    if walls.die_with_parent:
        command.append("--die-with-parent")
    command += _system_mounts() + _python_mounts()
    for folder in walls.hidden:
        command += _hide(folder, command=command)
    for mount in (Mount(walls.home, walls.home_inside, writable=True), *walls.mounts):
        command += ["--bind" if mount.writable else "--ro-bind", str(mount.source), str(mount.target)]
    # The root itself is a scratch file system: closed last, so that nothing can be left in it.
    return [*command, "--remount-ro", "/", "--chdir", str(walls.home_inside), "--", *argv]


@cache
def find_missing_wall() -> str | None:
    """Return None where sandboxes can be made here, else a sentence that says what stands in the way."""
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed (on Debian and Ubuntu: apt install bubblewrap)"
    trial = bwrap_command(["/bin/true"], walls=Walls(home=Path("/var/empty"), home_inside=Path("/home"), hidden=()))
    trial[trial.index("--bind") : trial.index("--bind") + 3] = ["--tmpfs", "/home"]
    try:
        result = subprocess.run(trial, capture_output=True, text=True, timeout=TRIAL_TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap cannot make a sandbox here: {error}"
    if result.returncode == 0:
        return None
    return f"bubblewrap cannot make a sandbox here: {result.stderr.strip() or f'exit code {result.returncode}'}"


def place_home(preferred: Path) -> Path:
    """Return where a home is seen inside: `preferred`, or beside it where it would cover this Python or the sources."""
    covered = any(Path(path).is_relative_to(preferred) for path in _python_mounts()[2::3])
    return preferred.with_name(f"{preferred.name}-datahall") if covered else preferred


def _hide(folder: Path, *, command: list[str]) -> list[str]:
    shown = (Path(command[i + 1]) for i, word in enumerate(command) if word.startswith("--ro-bind"))
    return ["--tmpfs", str(folder)] if any(folder.is_relative_to(path) for path in shown) else []


def _system_mounts() -> list[str]:
    arguments = ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        path = Path("/") / name
        if path.is_symlink():
            arguments += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            arguments += ["--ro-bind", str(path), str(path)]
    for name in ETC:
        arguments += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    return [*arguments, "--ro-bind-try", "/var/cache/fontconfig", "/var/cache/fontconfig"]


def _python_mounts() -> list[str]:
    executable = Path(sys.executable).resolve()
    wanted = [
        Path(sys.prefix),
        Path(sys.base_prefix),
        executable.parent.parent,
        *(CHECKOUT / name for name in SOURCES),
    ]
    arguments: list[str] = []
    for path in dict.fromkeys(wanted):
        if path.is_dir() and not path.is_relative_to("/usr"):
            arguments += ["--ro-bind", str(path), str(path)]
    return arguments
