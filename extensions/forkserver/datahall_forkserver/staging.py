"""How a sandbox of an ordinary user shows what only root can reach, such as a folder beneath `/root`.

Root, in a mount namespace that lives as long as the process, binds each such source to a number below `STAGE`, and
only then becomes the ordinary user, who finds them there. Only the way to a source is opened by that: who may read what
lies in it, its own owners and modes still say.
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from datahall_forkserver.identities import Identity

STAGE = Path("/tmp")  # noqa: S108 there on every machine; covered, in a mount namespace of its own
CLONE_NEWNS = 0x00020000
MS_NOSUID, MS_NODEV, MS_BIND, MS_REC, MS_PRIVATE = 0x2, 0x4, 0x1000, 0x4000, 0x40000

_libc = ctypes.CDLL(None, use_errno=True)  # looked up before any fork


def place_sources(sources: Sequence[Path]) -> dict[Path, Path]:
    """Return where those sources are found, once staged, to which the way is not open to everybody."""
    closed = [source for source in dict.fromkeys(sources) if not _is_reachable(source)]
    return {source: STAGE / str(number) for number, source in enumerate(closed)}


def prepare_stage(places: Mapping[Path, Path], *, identity: Identity) -> Callable[[], None]:
    """Return what is to be called between fork and exec: it stages the sources and takes the identity."""

    def stage() -> None:
        try:
            _bind_sources(places)
            identity.take()
        except OSError as error:
            os.write(2, f"{error.strerror}: {error.filename or 'as another user'}\n".encode())
            os._exit(1)

    return stage


def _is_reachable(source: Path) -> bool:
    """Return whether everybody may go where a source lies, links on the way included."""
    real = source.resolve()
    ways = {*source.absolute().parents, *real.parents}
    is_covered = real.is_relative_to(STAGE) or source.is_relative_to(STAGE)
    return not is_covered and all(way.stat().st_mode & stat.S_IXOTH for way in ways)


def _bind_sources(places: Mapping[Path, Path]) -> None:
    _check(_libc.unshare(CLONE_NEWNS), "a mount namespace")
    _check(_libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None), "/")
    descriptors = [os.open(source, os.O_PATH | os.O_CLOEXEC) for source in places]  # before one may be covered
    flags = MS_NOSUID | MS_NODEV
    _check(_libc.mount(b"stage", bytes(STAGE), b"tmpfs", flags, b"mode=0755,size=1m"), str(STAGE))
    for descriptor, (source, place) in zip(descriptors, places.items(), strict=True):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            place.mkdir()
        else:
            place.touch()
        origin = f"/proc/self/fd/{descriptor}".encode()
        _check(_libc.mount(origin, bytes(place), None, MS_BIND | MS_REC, None), str(source))


def _check(answer: int, subject: str) -> None:
    if answer != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), subject)
