"""Who starts the programs that make and enter sandboxes: root, or an ordinary user."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import datahall_forkserver

PERSON = 60001
PACKAGE = Path(datahall_forkserver.__file__).parent
PROGRAMS = ("sandbox_visit.py", "fork_visit.py", "listener_visit.py")


@dataclass
class Visitor:
    """Starts the visiting program as somebody, in a folder that everybody may enter."""

    folder: Path
    is_root: bool  # whether root makes the sandbox, for an ordinary user then
    shown: dict[str, str] = field(default_factory=dict)
    further: dict[str, bool] = field(default_factory=dict)
    wrapper: list[str] = field(default_factory=list)  # a command before the program's own

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def visit(self, *sources: str, network: bool = False) -> dict[str, Any]:
        result = self.start(*sources, network=network)
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    def start(self, *sources: str, network: bool = False, **options: Any) -> subprocess.CompletedProcess[str]:
        return self.run("sandbox_visit.py", visits=sources, network=network, options=options)

    def fork(self, *forks: dict[str, Any], **further: Any) -> dict[str, Any]:
        """Have a fork server put children into one sandbox, and return what came of them."""
        result = self.run("fork_visit.py", forks=forks, network=False, **further)
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    def run(
        self, program: str, *, options: dict[str, Any] | None = None, **further: Any
    ) -> subprocess.CompletedProcess[str]:
        options = options or {}
        order = {
            "home": str(self.home),
            "identity": [PERSON, PERSON] if self.is_root else None,
            "shown": self.shown,
            **self.further,
            **further,
        }
        become, python = [], sys.executable
        if os.geteuid() == 0 and not self.is_root:
            # This environment may lie where only root can go; Debian's own Python will do.
            become, python = ["setpriv", f"--reuid={PERSON}", f"--regid={PERSON}", "--clear-groups"], "/usr/bin/python3"
        python = options.pop("python", python)
        return subprocess.run(
            [*self.wrapper, *become, python, str(self.folder / program)],
            input=json.dumps(order) + "\n", capture_output=True, text=True, timeout=60, check=False,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(self.folder), "SECRET": "of the operator"}
            | options.pop("environment", {}), **options,
        )  # fmt: skip

    def find(self, source: str, **options: Any) -> Any:
        """Return what one visit puts into `found`."""
        told = self.visit(source, **options)["visits"][0]
        assert "failed" not in told, told["failed"]
        return told["found"]


@contextlib.contextmanager
def prepare_visitor(*, is_root: bool) -> Iterator[Visitor]:
    """Lay out what the programs need where everybody may go."""
    with tempfile.TemporaryDirectory(prefix="visit-", dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        shutil.copytree(PACKAGE, folder / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
        for program in PROGRAMS:
            shutil.copy(Path(__file__).parent / program, folder)
        (folder / "home").mkdir()
        (folder / "other").mkdir()
        (folder / "other/secret").write_text("secret")
        if os.geteuid() == 0:
            for path in (folder / "home", folder / "other", folder / "other/secret"):
                os.chown(path, PERSON, PERSON)
        yield Visitor(folder, is_root)
