"""The sandbox of one visit: no network, nothing to write but a little memory, an identity that no other visit has.

A kernel's sockets lie inside, in a folder of memory, and are found from outside through the first process's view of
the files (`/proc/<pid>/root`). So a visit leaves nothing on a disk, and there is nothing to clear away.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from datahall_forkserver.identities import Identity
from datahall_forkserver.layers import Layer, Mount, Scratch, hide, show_python, show_system
from datahall_forkserver.sandboxes import Sandbox, SandboxError, SandboxPlan

from datahall_hub.sandbox import SOURCES, place_home
from datahall_hub.settings import CHECKOUT

HOME_INSIDE = place_home(Path("/home/visitor"))
CATALOGS_INSIDE = HOME_INSIDE / "catalogs"
SOCKETS_INSIDE = Path("/run/s")  # of which each socket is named: s-1, s-2, …
MEGABYTE = 1 << 20
LARGEST_SCRATCH = 64 * MEGABYTE  # temporary files, which live in memory
LARGEST_HOME = 16 * MEGABYTE  # caches of libraries
LARGEST_RUN = MEGABYTE  # sockets and a connection file


def plan_visit(*, hall: Path, catalogs: Path | None, store: Path | None, index: Path | None) -> SandboxPlan:
    """Return what a visit sees: the system, this Python, the open catalogs; it ends with the thread that makes it."""
    system: tuple[Layer, ...] = (
        Scratch(Path("/tmp"), size=LARGEST_SCRATCH),  # noqa: S108 private inside
        Scratch(Path("/run"), size=LARGEST_RUN),
        *show_system(),
        *show_python([CHECKOUT / name for name in SOURCES]),
    )
    shown: list[Layer] = [Scratch(HOME_INSIDE, size=LARGEST_HOME)]
    if catalogs is not None:
        shown.append(Mount(catalogs, CATALOGS_INSIDE))
        for name, source in (("store", store), ("index", index)):
            if source is not None and (catalogs / name).is_dir():
                shown.append(Mount(source, CATALOGS_INSIDE / name))
    return SandboxPlan(
        layers=(*system, *hide(hall, beneath=system), *shown), host_name="datahall", dies_with_maker=True
    )


def find_sockets(sandbox: Sandbox) -> str:
    """Return where a visit's sockets are, as seen from outside."""
    return f"/proc/{sandbox.pid}/root{SOCKETS_INSIDE}"


@dataclass
class Identities:
    """User ids for visits, each given to one at a time, and to the next only when all others have had their turn."""

    ids: Iterable[int]
    _free: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self._free = list(self.ids)

    def take(self) -> Identity | None:
        """Return an identity that no visit has; None where not root runs the hall.

        Raises
        ------
        SandboxError
            If every one is taken.
        """
        if os.geteuid() != 0:
            return None
        if not self._free:
            raise SandboxError("All user ids for visits are taken: widen the setting 'visitor_ids'.")
        number = self._free.pop(0)
        return Identity(number, number)

    def give_back(self, identity: Identity | None) -> None:
        """Let another visit have it; once everything of the first has ended."""
        if identity is not None:
            self._free.append(identity.user)
