"""What a person's sandbox shows, as layers: their home to write, the open catalogs to read, and nobody else's."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from datahall_forkserver.gate_folders import ensure_gate_folder, find_gates
from datahall_forkserver.identities import Identity
from datahall_forkserver.layers import Layer, Mount, Scratch, hide, show_python, show_system
from datahall_forkserver.namespaces import find_missing_filter
from datahall_forkserver.sandboxes import SandboxError, SandboxPlan, make_sandbox

from datahall_hub.home import Home
from datahall_hub.person_kernel import KERNEL_FILE, ensure_person_kernel
from datahall_hub.sandbox import SOURCES, place_home
from datahall_hub.settings import CHECKOUT, Settings

USER_SERVER = Path(__file__).parent / "user_server"
HOME_INSIDE = place_home(Path("/home/jovyan"))  # the place that notebooks of other JupyterHubs know
CATALOGS_INSIDE = HOME_INSIDE / "catalogs"
GATE_INSIDE = Path("/run/datahall/kernel.sock")
LESSONS_INSIDE = Path("/run/lessons")  # as students get them
RUNTIME_INSIDE = Path("/run/jupyter")  # where kernels are found; their keys vanish with the sandbox
HOST_NAME = "datahall"
LARGEST_SCRATCH = 1 << 30  # bytes of temporary files, which live in memory
LARGEST_RUNTIME = 1 << 24  # of sockets and connection files


@cache
def find_missing_place(first_id: int) -> str | None:
    """Return None where people's sandboxes can be made and entered here, else a sentence that says why not.

    Root makes them for other users, which not every container lets it.
    """
    identity = Identity(first_id, first_id) if os.geteuid() == 0 else None
    try:
        make_sandbox(SandboxPlan(), identity=identity).end()
    except (SandboxError, OSError) as error:
        return str(error).rstrip(".")
    return find_missing_filter()


def plan_person_sandbox(
    settings: Settings, *, home: Home, person_home: Path, gate: str, is_teacher: bool
) -> SandboxPlan:
    """Return the plan of one person's sandbox; it ends with its keeper. `gate` is the name of its gate for kernels.

    A teacher's shows the solutions of lessons, too.
    """
    system = (
        Scratch(Path("/tmp"), size=LARGEST_SCRATCH),  # noqa: S108 private inside
        Scratch(Path("/run")),
        Scratch(RUNTIME_INSIDE, size=LARGEST_RUNTIME),  # of its own: who fills /run can start kernels all the same
        *show_system(),
        *show_python([CHECKOUT / name for name in SOURCES]),
    )
    return SandboxPlan(
        layers=(
            *system,
            *hide(home.root, beneath=system),
            Mount(ensure_gate_folder(find_gates(home.fork_socket("kernel")), gate), GATE_INSIDE.parent),
            Mount(person_home, HOME_INSIDE, writable=True),
            Mount(home.catalogs, CATALOGS_INSIDE),
            Mount(home.store, CATALOGS_INSIDE / "store"),
            *([Mount(home.index, CATALOGS_INSIDE / "index")] if (home.catalogs / "index").is_dir() else []),
            Mount(USER_SERVER, USER_SERVER),
            Mount(USER_SERVER / "etc/passwd", Path("/etc/passwd")),
            Mount(USER_SERVER / "etc/group", Path("/etc/group")),
            Mount(settings.guides_folder, settings.guides_folder, optional=True),
            *_show_lessons(settings, home=home, beneath=system, is_teacher=is_teacher),
            *_show_kernel(home),
        ),
        host_name=HOST_NAME,
        dies_with_maker=True,
    )


def _show_lessons(settings: Settings, *, home: Home, beneath: Sequence[Layer], is_teacher: bool) -> tuple[Layer, ...]:
    """Return what shows the students' lessons to everybody, and the teacher's version of them to teachers alone."""
    students = Mount(home.lessons, LESSONS_INSIDE)
    whole = settings.lessons_folder
    if is_teacher:
        return (students, Mount(whole, whole, optional=True))
    shown = (*beneath, Mount(settings.guides_folder, settings.guides_folder))
    return (students, *(hide(whole, beneath=shown) if whole.is_dir() else ()))


def _show_kernel(home: Home) -> tuple[Mount, ...]:
    """Return what has every program of this environment fork its kernels; nothing where it has no kernelspec."""
    told = ensure_person_kernel(home.run, gate=GATE_INSIDE, home=HOME_INSIDE)
    return () if told is None else (Mount(told, KERNEL_FILE),)
