"""Which sandboxes are served, one small file each, so that a service which starts anew serves them again."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from datahall_forkserver.identities import Identity

from datahall_hub.services.egress.sandbox_doors import Served


@dataclass(frozen=True)
class Journal:
    """A folder that only its owner reads."""

    folder: Path

    def note(self, served: Served) -> None:
        """Write down a sandbox, whole or not at all."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        scratch = self.folder / f".{served.pid}.part"
        scratch.write_text(json.dumps(write_served(served)))
        scratch.replace(self._place(served))

    def forget(self, served: Served) -> None:
        """Cross a sandbox out; fine where it does not stand there."""
        self._place(served).unlink(missing_ok=True)

    def read(self) -> Iterator[Served]:
        """Yield what was written; whatever can't be read is taken away."""
        with contextlib.suppress(FileNotFoundError):
            for path in sorted(self.folder.iterdir()):
                try:
                    yield read_served(json.loads(path.read_bytes()))
                except (OSError, ValueError, KeyError, TypeError):
                    path.unlink(missing_ok=True)

    def _place(self, served: Served) -> Path:
        return self.folder / f"{served.pid}-{served.started}.json"


def write_served(served: Served) -> dict[str, object]:
    """Return a sandbox as it stands in a request and in the journal."""
    identity = served.identity
    return {
        "sandbox": {"pid": served.pid, "started": served.started},
        "identity": {"user": identity.user, "group": identity.group} if identity else None,
        "internet": served.internet,
    }


def read_served(order: dict[str, object]) -> Served:
    """Return the sandbox that a request or the journal names.

    Raises
    ------
    ValueError
        If it names none, or root where somebody else runs the service.
    """
    sandbox, identity, internet = order.get("sandbox"), order.get("identity"), order.get("internet")
    if not isinstance(sandbox, dict) or not isinstance(internet, bool) or not isinstance(identity, dict | None):
        raise ValueError("A sandbox is named by {sandbox: {pid, started}, identity, internet}.")
    numbers = [sandbox.get("pid"), sandbox.get("started"), *(identity or {}).values()]
    if not all(type(number) is int and number > 0 for number in numbers):
        raise ValueError("Processes, moments, users and groups are named by number.")
    if (os.geteuid() == 0) != (identity is not None):
        raise ValueError("Where root runs the hall, and only there, a sandbox has an identity of its own.")
    return Served(
        pid=sandbox["pid"],
        started=sandbox["started"],
        identity=Identity(user=identity["user"], group=identity["group"]) if identity else None,
        internet=internet,
    )
