"""What a sandbox shows, as layers that are laid one over another, and the layers that every Python needs."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# From /etc only what programs need to find libraries, hosts, certificates, fonts and time zones.
ETC = (
    "alternatives", "ca-certificates", "fonts", "hosts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime",
    "mime.types", "nsswitch.conf", "protocols", "resolv.conf", "services", "ssl/certs", "ssl/openssl.cnf",
    "timezone",
)  # fmt: skip
ROOT_FOLDERS = ("bin", "sbin", "lib", "lib32", "lib64")
SMALL = 1 << 26  # 64 MiB: temporary files live in memory, and a user's memory is bounded elsewhere


@dataclass(frozen=True)
class Mount:
    """A folder, file or socket of the machine at a place inside; left out where it is optional and not there."""

    source: Path
    target: Path
    writable: bool = False
    optional: bool = False


@dataclass(frozen=True)
class Scratch:
    """An empty folder in memory, private to the sandbox, of at most `size` bytes; it hides layers laid before it."""

    target: Path
    size: int = SMALL
    writable: bool = True


@dataclass(frozen=True)
class Link:
    """A symbolic link at a place inside."""

    target: Path
    to: str


Layer = Mount | Scratch | Link


def show_system() -> tuple[Layer, ...]:
    """Return the layers with the machine's programs and libraries, read-only."""
    layers: list[Layer] = [Mount(Path("/usr"), Path("/usr"))]
    for name in ROOT_FOLDERS:
        path = Path("/") / name
        if path.is_symlink():
            layers.append(Link(path, to=str(path.readlink())))
        elif path.is_dir():
            layers.append(Mount(path, path))
    etc = [Path("/etc") / name for name in ETC]
    layers += [Mount(path, path, optional=True) for path in (*etc, Path("/var/cache/fontconfig"))]
    return tuple(layers)


def show_python(further: Sequence[Path] = ()) -> tuple[Layer, ...]:
    """Return the layers with this interpreter, its environment and further folders of code, read-only."""
    executable = Path(sys.executable).resolve()
    wanted = (Path(sys.prefix), Path(sys.base_prefix), executable.parent.parent, *further)
    return tuple(Mount(path, path) for path in dict.fromkeys(wanted) if _is_worth_showing(path))


def _is_worth_showing(path: Path) -> bool:
    """Return whether a folder is more than what is shown anyway, and less than the whole machine."""
    return path.is_dir() and path != Path(path.anchor) and not path.is_relative_to("/usr")


def hide(folder: Path, *, beneath: Sequence[Layer]) -> tuple[Layer, ...]:
    """Return what covers a folder, where it lies within something that is shown.

    Where root makes the sandbox, for an ordinary user, nothing can be laid where only root can go; nor need it be.
    """
    shown = [layer.target for layer in beneath if isinstance(layer, Mount)]
    if not any(folder.is_relative_to(path) for path in shown) or (os.geteuid() == 0 and _is_closed(folder)):
        return ()
    return (Scratch(folder, size=4096, writable=False),)


def _is_closed(folder: Path) -> bool:
    """Return whether a folder lies within one that nobody but its owner and group can enter."""
    return any(not parent.stat().st_mode & stat.S_IXOTH for parent in folder.parents if parent.is_dir())
