"""Carry out a Containerfile's steps without a container engine: Debian by debootstrap, each step by bubblewrap.

Needs to be root, as an engine's build does. A step sees the root file system that is being made, the network and
nothing else of the machine; how this machine reaches its package registries (certificates, proxies, indexes named
in the environment) is passed on and does not stay in the result.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.images.containerfile import CHECKOUT, Instruction, Stage

STEP_LIMIT = 300  # seconds
DEBIAN_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
CERTIFICATES = "/run/certificates.crt"
CERTIFICATE_VARIABLES = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE")
REGISTRY_VARIABLES = (
    "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
    "PIP_INDEX_URL", "UV_DEFAULT_INDEX", "NPM_CONFIG_REGISTRY",
)  # fmt: skip


class StepFailed(Exception):
    """A step ended with an error; the message holds the step and its last lines."""


@dataclass(frozen=True)
class Root:
    """A root file system and what a container of it is started with."""

    folder: Path
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": DEBIAN_PATH})
    workdir: str = "/"
    user: str = "0:0"

    def run(
        self, argv: list[str], *, network: bool = False, limit: float = STEP_LIMIT, **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a program in it, as its user, in its folder, with its environment."""
        command = [
            "bwrap", "--bind", str(self.folder), "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/run",
            "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent", "--new-session",
            "--cap-add", "ALL", "--clearenv",
        ]  # fmt: skip
        environment = {**self.environment, **more}
        if network:
            command += ["--ro-bind", "/etc/resolv.conf", "/etc/resolv.conf", *_certificate_mount()]
            environment |= _registry_environment()
        else:
            command += ["--unshare-net"]
        for name, value in environment.items():
            command += ["--setenv", name, value]
        uid, gid = self.user.split(":")
        become = [] if uid == "0" else ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
        if become:
            become += ["--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"]
        command += ["--chdir", self.workdir, "--", *become, *argv]
        return subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)


class Builder:
    """Builds images on one base, and carries out steps that two of them share only once."""

    def __init__(self, base: Path, *, work: Path) -> None:
        self.base = base
        self.work = work
        self._layers: dict[tuple[str, ...], Path] = {}

    def build(self, stages: list[Stage]) -> Root:
        """Carry out all stages and return the last one's root file system."""
        made: dict[str, Root] = {}
        for stage in stages:
            made[stage.name] = self._build_stage(stage, earlier=made)
        return made[stages[-1].name]

    def _build_stage(self, stage: Stage, *, earlier: dict[str, Root]) -> Root:
        root = Root(self._copy(self.base))
        steps: tuple[str, ...] = ()
        is_shareable = True
        for instruction in stage.instructions:
            steps += (f"{instruction.name} {instruction.value}",)
            is_shareable = is_shareable and instruction.name in {"RUN", "ENV"}
            if instruction.name == "RUN" and is_shareable and steps in self._layers:
                shutil.rmtree(root.folder)
                root = replace(root, folder=self._copy(self._layers[steps]))
                continue
            root = self._carry_out(instruction, root=root, earlier=earlier)
            if instruction.name == "RUN" and is_shareable:
                self._layers[steps] = self._copy(root.folder)
        return root

    def _carry_out(self, instruction: Instruction, *, root: Root, earlier: dict[str, Root]) -> Root:
        if instruction.name == "RUN":
            _run_step(instruction, root=root)
        elif instruction.name == "COPY":
            _copy_in(instruction, root=root, earlier=earlier)
        elif instruction.name == "ENV":
            pairs = (word.split("=", 1) for word in instruction.words)
            added = {name: value.replace("$PATH", root.environment["PATH"]) for name, value in pairs}
            return replace(root, environment={**root.environment, **added})
        elif instruction.name == "WORKDIR":
            (root.folder / instruction.value.lstrip("/")).mkdir(parents=True, exist_ok=True)
            return replace(root, workdir=instruction.value)
        elif instruction.name == "USER":
            return replace(root, user=instruction.value)
        return root

    def _copy(self, folder: Path) -> Path:
        target = self.work / f"root-{len(list(self.work.iterdir()))}"
        subprocess.run(["cp", "-a", "--reflink=auto", str(folder), str(target)], check=True, timeout=STEP_LIMIT)
        return target


def ensure_debian(folder: Path, *, release: str = "bookworm") -> Path:
    """Return a fresh Debian below `folder`, made by debootstrap once and kept for later runs."""
    made = folder / release
    if not made.is_dir():
        scratch = folder / f".{release}.{os.getpid()}"
        folder.mkdir(parents=True, exist_ok=True)
        result = subprocess.run(
            ["debootstrap", "--variant=minbase", release, str(scratch), *_mirror()],
            capture_output=True, text=True, timeout=STEP_LIMIT, check=False,
        )  # fmt: skip
        if result.returncode != 0:
            shutil.rmtree(scratch, ignore_errors=True)
            raise StepFailed(f"debootstrap failed:\n{result.stdout[-2000:]}\n{result.stderr[-2000:]}")
        scratch.rename(made)
    return made


def _mirror() -> list[str]:
    """Return where this machine's own apt gets Debian from, nothing where that is not known."""
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(LABEL)", "Origin: Debian"],
        capture_output=True, text=True, check=False, timeout=30,
    ).stdout.splitlines()  # fmt: skip
    return [line.split()[0] for line in listed if line.endswith(" Debian")][:1]


def _run_step(instruction: Instruction, *, root: Root) -> None:
    result = root.run(
        ["/bin/sh", "-c", instruction.value], network=True, DEBIAN_FRONTEND="noninteractive", HOME="/root"
    )
    if result.returncode != 0:
        said = "\n".join((result.stdout + result.stderr).splitlines()[-25:])
        raise StepFailed(f"line {instruction.line}: RUN {instruction.value}\nended with {result.returncode}:\n{said}")


def _copy_in(instruction: Instruction, *, root: Root, earlier: dict[str, Root]) -> None:
    words = instruction.words
    if words[0].startswith("--from="):
        _take_over(words[1], into=root.folder / words[2].lstrip("/"), stage=earlier[words[0].removeprefix("--from=")])
        return
    *sources, target = words
    place = root.folder / root.workdir.lstrip("/") / target if target[0] != "/" else root.folder / target.lstrip("/")
    for name in sources:
        source = CHECKOUT / name
        if source.is_dir():
            shutil.copytree(source, place, symlinks=True, dirs_exist_ok=True, ignore=_ignored())
        else:
            into = place / source.name if target.endswith("/") else place
            into.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, into)


def _take_over(name: str, *, into: Path, stage: Root) -> None:
    """Copy a folder of an earlier stage by hard links: nobody writes to that stage any more."""
    into.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-al", str(stage.folder / name.lstrip("/")), str(into)], check=True, timeout=STEP_LIMIT)


def _ignored() -> Callable[[str, list[str]], set[str]]:
    lines = (CHECKOUT / ".dockerignore").read_text().splitlines()
    return shutil.ignore_patterns(*(line.removeprefix("**/") for line in lines if line.startswith("**/")))


def _certificate_mount() -> list[str]:
    file = next((os.environ[name] for name in CERTIFICATE_VARIABLES if os.environ.get(name)), None)
    return ["--ro-bind", file, CERTIFICATES] if file and Path(file).is_file() else []


def _registry_environment() -> dict[str, str]:
    environment = {name: os.environ[name] for name in REGISTRY_VARIABLES if os.environ.get(name)}
    if _certificate_mount():
        environment |= dict.fromkeys(CERTIFICATE_VARIABLES, CERTIFICATES)
    return environment
