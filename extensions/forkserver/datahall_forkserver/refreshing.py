"""What preloaded modules drew from their surroundings or from chance when they were imported, drawn anew in a child.

Each function knows one module, and does nothing where that is not loaded.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import site
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

# Modules whose import does something with the running shell, which there is none of in the server: the child's
# first `import` executes them again (ipywidgets makes itself known to the kernel).
IMPORTED_AGAIN = ("ipywidgets",)


def refresh_modules() -> None:
    """Give the child its own chance and its own surroundings; called once, before its program."""
    tempfile.tempdir = None
    _reseed_numpy()
    _renew_authentication_key()
    _read_matplotlib_settings()
    _place_user_packages()
    _place_lab_folders()
    _place_trash()
    _place_parser_cache()
    _import_again([name for name in IMPORTED_AGAIN if name in sys.modules])


def _reseed_numpy() -> None:
    """Numpy's legacy state is copied by the fork; Python's own `random` reseeds itself."""
    if random := sys.modules.get("numpy.random"):
        random.seed()


def _renew_authentication_key() -> None:
    """Multiprocessing drew a key when it was imported; siblings must not share one."""
    if process := sys.modules.get("multiprocessing.process"):
        process.current_process().authkey = os.urandom(32)


def _read_matplotlib_settings() -> None:
    """Read the person's matplotlibrc, MPLBACKEND and styles, as an import would have."""
    matplotlib: Any = sys.modules.get("matplotlib")
    if matplotlib is None:
        return
    for name in ("get_configdir", "get_cachedir"):
        _forget_answer(getattr(matplotlib, name))
    defaults = os.path.join(matplotlib.get_data_path(), "matplotlibrc")  # noqa: PTH118 compared as matplotlib writes it
    own = matplotlib.matplotlib_fname()
    if own != defaults:
        settings = matplotlib.rc_params_from_file(own, use_default_template=True)
        for settled in (matplotlib.rcParams, matplotlib.rcParamsOrig):
            dict.update(settled, settings)
    if backend := os.environ.get("MPLBACKEND"):
        matplotlib.rcParams["backend"] = backend
    style: Any = sys.modules.get("matplotlib.style")
    if style is not None:
        styles = Path(matplotlib.get_configdir(), "stylelib")
        style.USER_LIBRARY_PATHS[:] = [str(styles)]
        if styles.is_dir():
            style.reload_library()


def _forget_answer(function: Any) -> None:
    """Have a function with matplotlib's own kind of cache look again; it has no other way to be told."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
        if name == "called":
            cell.cell_contents = False


def _place_user_packages() -> None:
    """`site` knows a folder of the user's own packages, and `sysconfig` the one above it."""
    site.USER_BASE = site.USER_SITE = None
    site.getusersitepackages()
    if (settled := getattr(sysconfig, "_CONFIG_VARS", None)) is not None:
        settled["userbase"] = site.USER_BASE


def _place_trash() -> None:
    """What the file browser deletes goes to the home, or to a folder named by the user's number."""
    trash: Any = sys.modules.get("send2trash.plat_other")
    if trash is not None:
        trash.__loader__.exec_module(trash)


def _place_parser_cache() -> None:
    """What completes names keeps what it has parsed."""
    settings: Any = sys.modules.get("jedi.settings")
    if settings is not None:
        settings.cache_directory = str(Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "jedi"))
    cache: Any = sys.modules.get("parso.cache")
    if cache is not None:
        cache._default_cache_path = cache._get_default_cache_path()


def _place_lab_folders() -> None:
    """JupyterLab settled where a person's settings and workspaces lie when it was imported; look in this child's home.

    traitlets keeps a copy of such defaults for each class, from which instances begin.
    """
    lab: Any = sys.modules.get("jupyterlab.labapp")
    if lab is None:
        return
    for name, find in (("user_settings_dir", lab.get_user_settings_dir), ("workspaces_dir", lab.get_workspaces_dir)):
        trait = lab.LabApp.class_traits()[name]
        trait.default_value = lab.LabApp._static_immutable_initial_values[name] = find()


def _import_again(names: Sequence[str]) -> None:
    """Have the first import of these execute them once more, in the modules that are there."""
    waiting = {name: sys.modules.pop(name) for name in names}
    if waiting:
        sys.meta_path.insert(0, _SecondImport(waiting))


class _SecondImport:
    """Finds modules that are loaded already; a finder and a loader as `importlib` wants them."""

    def __init__(self, waiting: dict[str, ModuleType]) -> None:
        self._waiting = waiting

    def find_spec(self, name: str, path: object = None, target: object = None) -> importlib.machinery.ModuleSpec | None:
        module = self._waiting.get(name)
        if module is None or module.__spec__ is None:
            return None
        locations = module.__spec__.submodule_search_locations
        spec = importlib.util.spec_from_loader(name, self, origin=module.__spec__.origin)  # type: ignore[arg-type]
        assert spec is not None
        spec.submodule_search_locations = locations
        return spec

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        module = self._waiting[spec.name]
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        original = self._waiting.pop(module.__name__)
        spec = module.__spec__
        assert spec is not None
        module.__spec__ = spec.loader_state
        assert module.__spec__ is not None
        assert module.__spec__.loader is not None
        module.__loader__ = module.__spec__.loader
        module.__spec__.loader.exec_module(original)
