"""What a fork server has in memory, by the name of its profile; and how that gets there.

Only imported, and not used but for what `warming` knows to leave nothing behind: a library that has computed something
has threads and handles that a child lacks.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import sys
import warnings
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from datahall_forkserver.allocators import few_pools, fill_holes
from datahall_forkserver.gathering import gather_modules
from datahall_forkserver.refreshing import IMPORTED_AGAIN
from datahall_forkserver.sparing import spare_kernels
from datahall_forkserver.warming import list_warmers


@dataclass(frozen=True)
class Profile:
    """Modules that an ordinary process of this kind has loaded by itself, and those that it is spared.

    Those that are `unwanted` are not to be found, in the children neither.
    """

    ordinary: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()


# Every kernel imports it, and it is a seventh of what a child has of its own. It brings debugpy's inner modules, with
# which children have been seen to hang; here they never did, but that was tried with this Python's way of tracing only.
DEBUGGER = ("ipykernel.debugger",) if sys.version_info < (3, 12) else ()
# Not among them: `matplotlib_inline.backend_inline`, which binds itself to the running shell when it is imported.
KERNEL = Profile(
    ordinary=(
        *DEBUGGER,
        "ipykernel.kernelapp",
        "ipykernel.ipkernel",
        "ipykernel.zmqshell",
        "ipykernel.subshell_manager",
        "comm",
        "IPython.core.completerlib",
        "IPython.core.magics",
        "IPython.core.async_helpers",
        "IPython.core.debugger",
        "IPython.core.guarded_eval",
        "IPython.core.latex_symbols",
        "IPython.core.logger",
        "IPython.core.oinspect",
        "IPython.extensions.storemagic",
        "encodings.ascii",
        "encodings.idna",
        "encodings.latin_1",
        "faulthandler",
        "http.server",
        "jedi",
        "pdb",
        "psutil",
        "pygments.formatters.html",
        "pygments.formatters.terminal256",
        "pygments.lexers.python",
        "pygments.styles.default",
        "runpy",
        "sqlite3",
        "stack_data",
        "tornado.locks",
        "tornado.platform.asyncio",
        "tornado.queues",
        "xmlrpc.server",
        "zmq.asyncio",
        "zmq.utils.garbage",
    ),
    spared=(
        "numpy",
        "numpy.random",
        "pandas",
        "pandas.io.formats.html",
        "pandas.io.formats.string",
        "polars",
        "pyarrow",
        "pyarrow.compute",
        "pyarrow.dataset",
        "pyarrow.parquet",
        "duckdb",
        "matplotlib",
        "matplotlib.pyplot",
        "matplotlib.backends.backend_agg",
        # Pillow imports these when it first writes a picture.
        "PIL.BmpImagePlugin",
        "PIL.GifImagePlugin",
        "PIL.JpegImagePlugin",
        "PIL.PngImagePlugin",
        "PIL.PpmImagePlugin",
        "ipywidgets",
        "statsmodels.api",
    ),
)
# What `jupyterhub-singleuser` had loaded once it had shown JupyterLab and started a kernel and a terminal.
SERVER = Profile(
    ordinary=(
        "jupyterhub.singleuser",
        "jupyterhub.singleuser.extension",
        "IPython.core.completerlib",
        "anyio._backends._asyncio",
        "datahall_forkserver.provisioner",
        "datahall_lab.handlers",
        "encodings.idna",
        "encodings.unicode_escape",
        "ipykernel.kernelspec",
        "jinja2.ext",
        "jupyter_core.migrate",
        "jupyter_lsp.handlers",
        "jupyter_lsp.serverextension",
        "jupyter_lsp.virtual_documents_shadow",
        "jupyter_server.kernelspecs.handlers",
        "jupyter_server.nbconvert.handlers",
        "jupyter_server.services.api.handlers",
        "jupyter_server.services.config.handlers",
        "jupyter_server.services.contents.handlers",
        "jupyter_server.services.events.handlers",
        "jupyter_server.services.kernels.handlers",
        "jupyter_server.services.kernelspecs.handlers",
        "jupyter_server.services.nbconvert.handlers",
        "jupyter_server.services.security.handlers",
        "jupyter_server.services.sessions.handlers",
        "jupyter_server.services.shutdown",
        "jupyter_server.view.handlers",
        "jupyter_server_terminals.api_handlers",
        "jupyter_server_terminals.app",
        "jupyterlab.extensions.pypi",
        "jupyterlab.extensions.readonly",
        "jupyterlab.handlers.announcements",
        "jupyterlab.labapp",
        "jupyterlab_language_pack_zh_CN",
        "jupyterlab_server.translation_utils",
        "nbconvert.exporters",
        "notebook_shim.nbserver",
        "notebook_shim.shim",
        "psutil",
        "runpy",
        "terminado.management",
        "tornado.platform.asyncio",
        "voila.server_extension",
        "xmlrpc.client",
    ),
    # A grammar of internationalised addresses, which jsonschema compiles for 0.8 s and no schema of Jupyter's needs.
    unwanted=("rfc3987_syntax",),
)
_preloaded: set[str] = set()
PROFILES = {"kernel": KERNEL, "server": SERVER, "bare": Profile()}


def preload(profile: Profile, *, further: Sequence[str] = ()) -> set[str]:
    """Import a profile's modules; return the names that an ordinary process would not have loaded.

    A module that is not installed is left out: a child that wants it fails as an ordinary one would.
    """
    for name in profile.unwanted:
        sys.modules[name] = None  # type: ignore[assignment]  # which means "not to be found"
    gc.disable()  # a collection would write into pages that children share
    with warnings.catch_warnings(), gather_modules(), few_pools():
        warnings.simplefilter("ignore")
        for name in profile.ordinary:
            _import_where_installed(name)
        before = set(sys.modules)
        for name in (*profile.spared, *further):
            _import_where_installed(name)
        _warm_up()
    spare_kernels()
    _forget_absences()
    _preloaded.update(set(sys.modules) - set(IMPORTED_AGAIN))
    gc.freeze()
    fill_holes()
    return {name.partition(".")[0] for name in set(sys.modules) - before} - {name.partition(".")[0] for name in before}


def find_preloaded() -> Collection[str]:
    """Return the names of the modules that a server has imported and its children share.

    Put together before the fork: a child that went through its modules would copy what it touches.
    """
    return _preloaded


def _forget_absences() -> None:
    """Have children look anew where there was no folder to import from; in a sandbox there may be one."""
    for entry in [entry for entry, finder in sys.path_importer_cache.items() if finder is None]:
        del sys.path_importer_cache[entry]


def _warm_up() -> None:
    for warm in list_warmers():
        try:
            warm()
        except Exception as error:  # noqa: BLE001 a library that cannot be warmed up is used cold
            print(f"not warmed up ({type(error).__name__}: {error})", file=sys.stderr)


def _import_where_installed(name: str) -> None:
    try:
        importlib.import_module(name)
    except Exception as error:  # noqa: BLE001 whatever keeps one module away must not keep the others
        print(f"not preloaded: {name} ({type(error).__name__}: {error})", file=sys.stderr)
