"""Whose servers run, and within what: written by the spawner, read by the limits service.

One small file for each person in a folder of the hall's own (0700). What a person uses is written into a folder that is
shown in their sandbox, where their server reads it for the Lab.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from datahall_forkserver.sandboxes import Sandbox

USE = "use.json"  # what a person uses now, in the folder that their sandbox shows as /run/datahall


@dataclass(frozen=True)
class LimitedPerson:
    """A person whose server runs.

    Parameters
    ----------
    name
        What their sandbox, gate and control group are called.
    home
        Their home, seen from outside.
    shown
        The folder that their sandbox shows as ``/run/datahall``.
    pid, started
        The sandbox's first process.
    server
        The server's process, seen from outside.
    groups
        Folders of the control group of all that is theirs; empty where there is none.
    """

    name: str
    home: str
    shown: str
    pid: int
    started: int
    server: int
    groups: tuple[str, ...] = ()

    @property
    def sandbox(self) -> Sandbox:
        """Their sandbox."""
        return Sandbox(self.pid, self.started)


def note_person(folder: Path, person: LimitedPerson) -> None:
    """Have the limits service look after a person."""
    folder.mkdir(mode=0o700, exist_ok=True)
    write_whole(folder / f"{person.name}.json", asdict(person))


def forget_person(folder: Path, name: str) -> None:
    """Have the limits service look after a person no longer; fine where it does not."""
    (folder / f"{name}.json").unlink(missing_ok=True)


def load_people(folder: Path) -> list[LimitedPerson]:
    """Return everybody who is noted; a file that is not whole is left out."""
    people = []
    for path in sorted(folder.glob("*.json")):
        with contextlib.suppress(OSError, ValueError, TypeError):
            noted = json.loads(path.read_bytes())
            people.append(LimitedPerson(**{**noted, "groups": tuple(noted["groups"])}))
    return people


def write_whole(path: Path, value: Any) -> None:
    """Write a file that is there whole or not at all, and can be read in a sandbox."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    scratch.write_text(json.dumps(value))
    scratch.chmod(0o644)
    scratch.replace(path)
