"""The Python kernel as people's programs find it: forked through the gate, whoever starts it.

The Lab's own server is told by its configuration. A program that starts kernels itself (nbclient, papermill, nbconvert,
a second Jupyter) asks the kernelspec of its environment. So a person's sandbox shows this environment's own one with
our provisioner named in it. Other environments have kernelspecs of their own, and their kernels start as ever.

This environment is read-only. What a person installs (``pip`` or ``%pip``) goes to their home and is seen by kernels
alone: nobody can keep their own server from starting. Where it comes before what is preloaded, the kernel starts as
ever. The server and the terminal stay as they are, to take out again what keeps a kernel from starting.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

from datahall_forkserver.kernelspec import PROVISIONER

KERNEL_FILE = Path(sys.prefix) / "share/jupyter/kernels/python3/kernel.json"
NAME = "kernel.json"
EXTENSION = "--IPKernelApp.extra_extensions=own_packages"
ADDITIONS = Path(__file__).parent / "user_server/kernel"  # modules that kernels import


def ensure_person_kernel(folder: Path, *, gate: Path, home: Path) -> Path | None:
    """Return the file that a sandbox shows in the kernelspec's place, None where this environment has none.

    Written into `folder` where it is missing or differs.
    """
    try:
        described = describe_person_kernel(json.loads(KERNEL_FILE.read_bytes()), gate=gate, home=home)
    except (OSError, ValueError):  # there is none, or nothing that Jupyter could read: its own default will do
        return None
    content = json.dumps(described, indent=1)
    place = folder / NAME
    if not place.exists() or place.read_text() != content:
        scratch = place.with_name(f".{NAME}.{threading.get_ident()}")  # several people's servers start at once
        scratch.write_text(content)
        scratch.chmod(0o644)
        scratch.replace(place)
    return place


def describe_person_kernel(own: dict[str, Any], *, gate: Path, home: Path) -> dict[str, Any]:
    """Return a kernelspec with our provisioner and with packages in `home`, unless an operator has named others."""
    named = {"provisioner_name": PROVISIONER, "config": {"socket": str(gate)}}
    described = {**own, "metadata": {"kernel_provisioner": named, **own.get("metadata", {})}}
    if "PYTHONPATH" not in own.get("env", {}):
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        packages = home / ".local/lib" / version / "site-packages"
        described["argv"] = [*own["argv"], EXTENSION]
        described["env"] = {"PYTHONPATH": f"{packages}{os.pathsep}{ADDITIONS}", **own.get("env", {})}
    return described
