"""The kernelspec whose kernels are forked: ipykernel's own, with our provisioner named in it."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

PROVISIONER = "datahall-fork-provisioner"


def describe_kernel() -> dict[str, Any]:
    """Return the kernelspec as `kernel.json` holds it."""
    from ipykernel.kernelspec import get_kernel_dict

    described: dict[str, Any] = get_kernel_dict()
    metadata = {**described.get("metadata", {}), "kernel_provisioner": {"provisioner_name": PROVISIONER}}
    return {**described, "metadata": metadata}


def install_kernelspec(*, name: str = "python3", user: bool = False, prefix: Path | None = None) -> str:
    """Install the kernelspec under `name`, in this environment where nothing else is said; return its folder."""
    from ipykernel.kernelspec import RESOURCES
    from jupyter_client.kernelspec import KernelSpecManager

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "kernel"
        shutil.copytree(RESOURCES, source)
        (source / "kernel.json").write_text(json.dumps(describe_kernel(), indent=1) + "\n")
        where = None if user else str(prefix or sys.prefix)
        return str(KernelSpecManager().install_kernel_spec(str(source), name, user=user, prefix=where))
