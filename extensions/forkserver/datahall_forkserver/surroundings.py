"""Would a fresh interpreter find what is preloaded? What a server says of itself, and the comparison.

Cheap on purpose (a listing of each folder that comes before the libraries, a look at the time of each installed
distribution), because it is asked before every fork. Where the answer is not surely yes it is no, with a reason.
"""

from __future__ import annotations

import os
import site
import sys
import sysconfig
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datahall_forkserver.protocol import read_environment

# What an interpreter or a library reads once, when it starts or is loaded.
SETTLED = (
    "ARROW_", "BLIS_", "GOTO_", "LC_", "LD_", "MALLOC_", "MKL_", "NPY_", "OMP_", "OPENBLAS_", "POLARS_", "PYTHON",
    "_RJEM_",
)  # fmt: skip
SETTLED_NAMES = ("GLIBC_TUNABLES", "LANG", "LANGUAGE")
# Of these a child takes heed itself, or they are read when they are needed.
TAKEN_OVER = (
    "PYTHONBREAKPOINT", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONUNBUFFERED", "PYTHONUSERBASE",
)  # fmt: skip
PACKAGES = frozenset({"site-packages", "dist-packages"})  # what folders of distributions are called
CUSTOMIZERS = frozenset({"sitecustomize", "usercustomize"})


@dataclass(frozen=True)
class Reason:
    """Why an ordinary start is right; `is_stale` where a new server would do better."""

    code: str
    message: str
    is_stale: bool = False


@dataclass(frozen=True)
class Beginning:
    """What was to be imported when the importing began; what changed meanwhile may have been read before or after."""

    signs: dict[str, int]
    at: int  # nanoseconds since the epoch, as files have them


def note_beginning() -> Beginning:
    """Look at what is to be imported; called in the server before it preloads."""
    return Beginning(_find_signs(sys.path), time.time_ns())


def describe_surroundings(spared: Iterable[str], *, beginning: Beginning | None = None) -> dict[str, Any]:
    """Return what this process has loaded, and from where; called in the server, once it has preloaded."""
    beginning = beginning or note_beginning()
    folders = [folder for folder in dict.fromkeys(sys.path) if folder and Path(folder).is_dir()]
    return {
        "executable": sys.executable,
        "settled": find_settled(read_given_environment()),
        "path": folders,
        "python_path": os.environ.get("PYTHONPATH", ""),
        "user_site": site.getusersitepackages() if site.ENABLE_USER_SITE else None,
        "loaded": sorted({name.partition(".")[0] for name in sys.modules} - {"__main__"}),
        "spared": sorted(spared),
        "signs": beginning.signs,
        "sources": _find_sources(since=beginning.at),
    }


def read_given_environment() -> dict[str, str]:
    """Return the environment this process was started with; the interpreter may have added to it since (PEP 538)."""
    return read_environment(Path("/proc/self/environ").read_bytes())


def find_settled(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that count when a process starts, and no longer once it runs."""
    return {
        name: value
        for name, value in sorted(environment.items())
        if name not in TAKEN_OVER and (name.startswith(SETTLED) or name in SETTLED_NAMES)
    }


def find_reason_against(
    surroundings: Mapping[str, Any], *, environment: Mapping[str, str], folder: Path
) -> Reason | None:
    """Return why a child of this server would differ from a fresh process, or None."""
    return (
        _compare_settled(surroundings, environment)
        or _compare_user_site(surroundings, environment)
        or _compare_signs(surroundings)
        or _find_shadows(surroundings, environment, folder)
    )


def _compare_settled(surroundings: Mapping[str, Any], environment: Mapping[str, str]) -> Reason | None:
    theirs, ours = surroundings["settled"], find_settled(environment)
    for name in sorted(theirs.keys() | ours.keys()):
        if theirs.get(name) != ours.get(name):
            return Reason("another-variable", f"{name} differs, which counts only when a program starts")
    return None


def _compare_user_site(surroundings: Mapping[str, Any], environment: Mapping[str, str]) -> Reason | None:
    if surroundings["user_site"] is None:
        return None
    own = _place_user_site(Path(surroundings["user_site"]), environment)
    if not own.is_dir():
        return None
    if str(own) != surroundings["user_site"]:
        return Reason("another-user-site", f"{own} holds packages that the fork server has not seen")
    if str(own) not in surroundings["path"]:
        return Reason("stale", f"{own} was made after the fork server had started", is_stale=True)
    return None


def _place_user_site(theirs: Path, environment: Mapping[str, str]) -> Path:
    """Return where an interpreter with this environment looks for its user's packages."""
    base = Path(environment.get("PYTHONUSERBASE") or Path(environment.get("HOME", "~")).expanduser() / ".local")
    return base.joinpath(*theirs.parts[-3:])  # lib/python3.x/site-packages


def _compare_signs(surroundings: Mapping[str, Any]) -> Reason | None:
    changes = find_changes(surroundings)
    if not changes:
        return None
    return Reason("stale", f"{next(iter(changes))} has changed since the fork server started", is_stale=True)


def find_changes(surroundings: Mapping[str, Any]) -> dict[str, int | None]:
    """Return what of a server's packages and sources is no longer as it was, with the moment of its change.

    What matters to the server comes first; where nothing does, there is nothing. Where the same is returned twice,
    whoever changes it has come to an end.
    """
    before = {**surroundings["signs"], **surroundings.get("sources", {})}
    now = _find_signs(surroundings["path"]) | _see_sources(surroundings.get("sources", ()))
    if now == before:
        return {}
    changed = sorted(name for name in now.keys() | before.keys() if now.get(name) != before.get(name))
    # A distribution that was added, and that nothing preloaded knows, changes nothing for the others.
    counts = [name for name in changed if name in before or name.endswith(".pth") or _is_loaded(name, surroundings)]
    return {name: now.get(name) for name in dict.fromkeys([*counts, *changed])} if counts else {}


def _is_loaded(sign: str, surroundings: Mapping[str, Any]) -> bool:
    return Path(sign).name.partition("-")[0].lower() in {name.lower() for name in surroundings["loaded"]}


def _find_signs(folders: Iterable[str]) -> dict[str, int]:
    """Return, for what says which packages there are, the moment it was last changed."""
    signs = {}
    for folder in folders:
        if Path(folder).name not in PACKAGES:
            continue
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name.endswith((".dist-info", ".egg-info", ".pth")):
                        signs[entry.path] = entry.stat().st_mtime_ns
        except OSError:  # gone in the meantime; its signs are gone with it, and that is seen
            continue
    return signs


def _find_sources(*, since: int) -> dict[str, int]:
    """Return the files of loaded modules that no distribution tells of, as those of a checkout, with their moments."""
    library = sysconfig.get_path("stdlib")
    files = {str(vars(module).get("__file__") or "") for module in list(sys.modules.values()) if module is not None}
    ours = (
        file for file in files
        if file.endswith(".py") and not file.startswith(library) and not PACKAGES & set(Path(file).parts)
    )  # fmt: skip
    # What was written while it was being imported is never what was surely imported.
    return {file: moment if moment < since else 0 for file, moment in _see_sources(ours).items()}


def _see_sources(files: Iterable[str]) -> dict[str, int]:
    seen = {}
    for file in files:
        try:
            seen[file] = os.stat(file).st_mtime_ns  # noqa: PTH116 some dozens before every fork
        except OSError:  # gone, and that is seen
            continue
    return seen


def _find_shadows(surroundings: Mapping[str, Any], environment: Mapping[str, str], folder: Path) -> Reason | None:
    """Look where a fresh interpreter looks first: PYTHONPATH for anything, the working folder for the spared."""
    loaded = set(surroundings["loaded"]) | CUSTOMIZERS
    preloaded_from = set(surroundings["path"])
    for entry in environment.get("PYTHONPATH", "").split(os.pathsep):
        place = Path(entry).absolute() if entry else None
        if place and str(place) not in preloaded_from and (name := _find_module_in(place, loaded)):
            return Reason("another-version", f"{name} in {place} comes before the one that is preloaded")
    # A shell puts the working folder first once it runs, so it shadows what its program has not imported yet.
    if name := _find_module_in(folder, set(surroundings["spared"])):
        return Reason("another-version", f"{name} in {folder} comes before the one that is preloaded")
    return None


def _find_module_in(folder: Path, names: set[str]) -> str | None:
    try:
        listing = [entry.name for entry in os.scandir(folder)]
    except OSError:
        return None
    for name in listing:
        stem, _, ending = name.partition(".")
        if stem in names and (ending == "py" or ending.endswith("so") or (not ending and (folder / name).is_dir())):
            return stem
    return None
