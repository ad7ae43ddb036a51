"""A fork server, one sandbox with a gate of it, and programs inside: what a hall gives a person, without the hall."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import datahall_forkserver
from datahall_forkserver import ForkServer, GateOrder, Request
from datahall_forkserver.identities import Identity
from datahall_forkserver.layers import Mount, Scratch, show_python, show_system
from datahall_forkserver.sandboxes import Sandbox, SandboxPlan, make_sandbox

PACKAGE = Path(datahall_forkserver.__file__).parent
PERSON = Identity(60001, 60001) if os.geteuid() == 0 else None
HOME = "/home/person"
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": HOME}
KERNEL = ("--profile", "bare", "--module", "ipykernel.kernelapp", "--module", "ipykernel.ipkernel")


class House:
    """It stands from the beginning, and until `end`."""

    def __init__(self, folder: Path, *, serve: Sequence[str] = KERNEL, shown: Sequence[Path] = ()) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        if PERSON:
            os.chown(self.home, PERSON.user, PERSON.group)
        (folder / "server").mkdir(mode=0o700)
        self.server = ForkServer(folder / "server/kernel.sock")
        argv = [sys.executable, "-m", "datahall_forkserver", "serve", *serve, "--socket", str(self.server.path)]
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, env=ENVIRONMENT | {"HOME": str(folder)})
        assert self.process.stdout
        with self.process.stdout:
            assert self.process.stdout.readline() == b"listens\n"
        self.sandbox = self._make_sandbox(shown)
        self.server.open_gate(GateOrder("person", self.sandbox, PERSON))

    def _make_sandbox(self, shown: Sequence[Path]) -> Sandbox:
        gate = self.server.prepare_gate("person")
        layers = (
            Scratch(Path("/tmp")), Scratch(Path("/run")), *show_system(), *show_python([PACKAGE.parent, *shown]),
            Mount(self.home, Path(HOME), writable=True), Mount(gate, Path("/run/datahall")),
        )  # fmt: skip
        return make_sandbox(SandboxPlan(layers=layers), identity=PERSON)

    def run(self, code: str, **environment: str) -> list[object]:
        """Run a program inside, and return what it printed of JSON, line by line."""
        (self.home / "program.py").write_text(code)
        inside = ENVIRONMENT | {"DATAHALL_FORKSERVER_SOCKET": "/run/datahall/kernel.sock"} | environment
        request = Request(
            file=f"{HOME}/program.py", folder=HOME, sandbox=self.sandbox, identity=PERSON, environment=inside
        )
        said, said_end = os.pipe2(os.O_CLOEXEC)
        null = os.open(os.devnull, os.O_RDONLY)
        try:
            child = self.server.fork(request, streams=(null, said_end, said_end))
        finally:
            os.close(said_end)
            os.close(null)
        with os.fdopen(said) as words:
            told = words.read()
        assert child.wait(10).returncode == 0, told
        return [json.loads(line) for line in told.splitlines() if line.startswith(("[", "{", '"'))]

    def end(self) -> None:
        """Take everything down."""
        self.sandbox.end()
        self.process.kill()
        self.process.wait()
