"""What preloaded modules drew from their surroundings or from chance when they were imported, drawn anew in a child.

Each function knows one module, and does nothing where that is not loaded.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys
import tempfile
from collections.abc import Sequence
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
    """Read the person's matplotlibrc and MPLBACKEND, as an import would have."""
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


def _forget_answer(function: Any) -> None:
    """Have a function with matplotlib's own kind of cache look again; it has no other way to be told."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
        if name == "called":
            cell.cell_contents = False


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
