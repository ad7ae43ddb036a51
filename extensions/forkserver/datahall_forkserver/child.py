"""From the fork to the program: a child sheds what was the server's and becomes what was asked for.

After `become` the process is as if its interpreter had just been started with ``python -m module``, in its own
session, with nothing open but its streams, and with modules in memory that it need not import any more.
"""

from __future__ import annotations

import builtins
import contextlib
import ctypes
import gc
import importlib.util
import os
import resource
import select
import signal
import sys
import threading
import time
from collections.abc import Sequence
from importlib.abc import InspectLoader
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from datahall_forkserver.ending import end_with
from datahall_forkserver.refreshing import refresh_modules
from datahall_forkserver.server import READY, Birth

PR_SET_PDEATHSIG = 1
# What the interpreter ignores from its start on; everything else begins with the system's default.
IGNORED = (signal.SIGPIPE, signal.SIGXFSZ)
LONGEST_REASON = 1000  # characters


def become(birth: Birth, *, server: int) -> NoReturn:
    """Turn the forked process into the child that was asked for, and run it to its end."""
    request = birth.request
    try:
        os.setsid()
        _reset_signals()
        _take_descriptors(birth)
        if request.dies_with_server:
            _die_with(server)
        for name, limit in request.limits.items():
            resource.setrlimit(getattr(resource, name), (limit, limit))
        os.umask(request.umask)
        os.chdir(request.folder)
        _take_environment(dict(request.environment))
        refresh_modules()
        gc.enable()
        if birth.life is not None:
            threading.Thread(target=_end_with, args=(birth.life,), name="life", daemon=True).start()
    except BaseException as error:  # noqa: BLE001 told to whoever asked; the child ends either way
        _report(birth.report, f"{type(error).__name__}: {error}".encode()[:LONGEST_REASON])
        os._exit(1)
    _report(birth.report, READY)
    preloaded = set(sys.modules)
    try:
        _run(request.module, request.arguments)
    except BaseException as error:  # noqa: BLE001 an interpreter tells it, whatever it is, and ends
        end_with(error, preloaded=preloaded)
    end_with(None, preloaded=preloaded)


def _run(name: str, arguments: Sequence[str]) -> None:
    """Run a module as `python -m` does. `runpy` would keep its names out of reach when they are to be taken down."""
    spec = importlib.util.find_spec(name)
    if spec and spec.submodule_search_locations is not None:
        spec = importlib.util.find_spec(f"{name}.__main__")
    code = spec.loader.get_code(spec.name) if spec and isinstance(spec.loader, InspectLoader) else None
    if spec is None or code is None:
        raise ImportError(f"No module named {name} that could run", name=name)
    main = ModuleType("__main__")
    main.__spec__, main.__loader__, main.__package__ = spec, spec.loader, spec.parent
    main.__dict__.update({"__file__": spec.origin, "__cached__": spec.cached, "__builtins__": builtins})
    sys.modules["__main__"] = main
    sys.argv = [spec.origin or name, *arguments]
    exec(code, main.__dict__)  # noqa: S102 this is what a child is for


def _reset_signals() -> None:
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        try:
            signal.signal(number, signal.SIG_IGN if number in IGNORED else signal.SIG_DFL)
        except (OSError, ValueError):  # real-time signals that the C library keeps for itself
            continue
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _take_descriptors(birth: Birth) -> None:
    """Have the streams at 0, 1 and 2, and nothing else open but the life and the report."""
    for stream, descriptor in enumerate(birth.streams):
        os.dup2(descriptor, stream, inheritable=True)
    kept = {0, 1, 2, birth.life, birth.report}
    for descriptor in [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]:
        if descriptor not in kept:
            with contextlib.suppress(OSError):  # the listing's own is closed already
                os.close(descriptor)
    for text in (sys.stdout, sys.stderr):
        text.reconfigure(line_buffering=text is sys.stderr or text.isatty())  # type: ignore[union-attr]


def _take_environment(environment: dict[str, str]) -> None:
    """Take over the environment, and what the interpreter draws from it when it starts."""
    before = os.environ.get("PYTHONPATH", "")
    coerced = {name: os.environ[name] for name in ("LC_CTYPE",) if name in os.environ}  # by the interpreter (PEP 538)
    os.environ.clear()
    os.environ.update(coerced | environment)
    time.tzset()
    sys.dont_write_bytecode = bool(environment.get("PYTHONDONTWRITEBYTECODE"))
    gone = set(split_path(before))
    path = [*split_path(environment.get("PYTHONPATH", "")), *(entry for entry in sys.path if entry not in gone)]
    sys.path[:] = list(dict.fromkeys(path))
    sys.path_importer_cache.clear()


def split_path(value: str) -> list[str]:
    """Return the folders in a PYTHONPATH."""
    return [str(Path(entry).absolute()) for entry in value.split(os.pathsep) if entry]


def _die_with(server: int) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != server:  # it died in between
        os._exit(1)


def _end_with(life: int) -> None:
    """End this process when the one it is tied to has ended, as an ordinary kernel does."""
    poll = select.poll()
    poll.register(life, select.POLLIN)
    poll.poll()
    os._exit(1)


def _report(descriptor: int, said: bytes) -> None:
    os.write(descriptor, said)
    os.close(descriptor)
