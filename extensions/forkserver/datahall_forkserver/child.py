"""From the fork to the program: a child sheds what was the server's and becomes what was asked for.

After `become` the process is as if its interpreter had just been started with ``python -m module``, in its own
session, with nothing open but its streams, and with modules in memory that it need not import any more.
"""

from __future__ import annotations

import builtins
import contextlib
import ctypes
import fcntl
import gc
import importlib.util
import io
import os
import resource
import select
import signal
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from importlib.abc import InspectLoader
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, ModuleType
from typing import NoReturn

from datahall_forkserver.birth import GO, INSIDE, READY, Birth
from datahall_forkserver.ending import end_with
from datahall_forkserver.namespaces import enter
from datahall_forkserver.profiles import find_preloaded
from datahall_forkserver.protocol import (
    DESCRIPTORS_VARIABLE,
    LONGEST_ENVIRONMENT,
    MOST_DESCRIPTORS,
    STREAMS,
    Request,
    read_environment,
)
from datahall_forkserver.refreshing import refresh_modules

PR_SET_PDEATHSIG = 1
GIVEN_FILES = resource.getrlimit(resource.RLIMIT_NOFILE)  # of this process, when this module is loaded
# What the interpreter ignores from its start on; everything else begins with the system's default.
IGNORED = (signal.SIGPIPE, signal.SIGXFSZ)
LONGEST_REASON = 1000  # characters


def become(birth: Birth) -> NoReturn:
    """Turn the forked process into the child that was asked for, and run it to its end."""
    request = birth.request
    try:
        birth = _take_descriptors(birth)
        _take_bounds(request)
        _take_place(birth)
        os.setsid()
        _reset_signals()
        if birth.server is not None:
            _die_with(birth.server)
        os.umask(request.umask)
        os.chdir(request.folder)
        _take_environment(_read_environment(birth.environment) | _name_descriptors(request.descriptors))
        refresh_modules()
        gc.enable()
        if birth.life is not None:
            threading.Thread(target=_end_with, args=(birth.life,), name="life", daemon=True).start()
    except BaseException as error:  # noqa: BLE001 told to whoever asked; the child ends either way
        with contextlib.suppress(OSError):
            os.write(birth.report, f"{type(error).__name__}: {error}".encode()[:LONGEST_REASON])
        os._exit(1)
    _await_go(birth.report)
    preloaded = find_preloaded()
    try:
        _run(request)
    except BaseException as error:  # noqa: BLE001 an interpreter tells it, whatever it is, and ends
        end_with(error, preloaded=preloaded)
    end_with(None, preloaded=preloaded)


def _run(request: Request) -> None:
    """Run the program as an interpreter does. `runpy` would keep its names out of reach when they are taken down."""
    code, spec = (_load_file(request.file), None) if request.file else _load_module(request.module)
    main = ModuleType("__main__")
    main.__dict__.update({"__file__": code.co_filename, "__cached__": None, "__builtins__": builtins})
    if spec is not None:
        main.__spec__, main.__loader__, main.__package__ = spec, spec.loader, spec.parent
        main.__dict__.update({"__file__": spec.origin, "__cached__": spec.cached})
    else:
        sys.path.insert(0, str(Path(request.file).resolve().parent))  # as for `python FILE`
    sys.modules["__main__"] = main
    sys.argv = [request.file or (spec and spec.origin) or request.module, *request.arguments]
    exec(code, main.__dict__)  # noqa: S102 this is what a child is for


def _load_module(name: str) -> tuple[CodeType, ModuleSpec]:
    spec = importlib.util.find_spec(name)
    if spec and spec.submodule_search_locations is not None:
        spec = importlib.util.find_spec(f"{name}.__main__")
    code = spec.loader.get_code(spec.name) if spec and isinstance(spec.loader, InspectLoader) else None
    if spec is None or code is None:
        raise ImportError(f"No module named {name} that could run", name=name)
    return code, spec


def _load_file(path: str) -> CodeType:
    with io.open_code(path) as file:
        return compile(file.read(), path, "exec", dont_inherit=True)


def _take_bounds(request: Request) -> None:
    """Step back and be bounded as was asked for, while this process still may do what only the server may."""
    for folder in request.groups:
        Path(folder, "cgroup.procs").write_text("0")  # which means "who writes this"
    if request.nice is not None:
        os.setpriority(os.PRIO_PROCESS, 0, request.nice)
    resource.setrlimit(resource.RLIMIT_NOFILE, GIVEN_FILES)  # the server has raised its own
    for name, limit in request.limits.items():
        resource.setrlimit(getattr(resource, name), (limit, limit))


def _take_place(birth: Birth) -> None:
    """Enter the sandbox, in another process then, or become another user; stay where neither was asked for."""
    if birth.entrance is not None:
        enter(
            birth.entrance,
            announce=lambda pid: os.write(birth.report, INSIDE + b"%d\n" % pid),
            is_born_inside=birth.is_born_inside,
        )
    elif birth.request.identity is not None:
        birth.request.identity.take()


def _reset_signals() -> None:
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        try:
            signal.signal(number, signal.SIG_IGN if number in IGNORED else signal.SIG_DFL)
        except (OSError, ValueError):  # real-time signals that the C library keeps for itself
            continue
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _take_descriptors(birth: Birth) -> Birth:
    """Have the streams at 0, 1 and 2, what has a name from 3 on, and nothing else open but what the way needs."""
    handed = [_lift(each) for each in birth.streams]
    entrance = birth.entrance
    if entrance is not None:
        entrance = replace(entrance, owner=_lift(entrance.owner), first=_lift(entrance.first))
    life, server = (each if each is None else _lift(each) for each in (birth.life, birth.server))
    environment, report = _lift(birth.environment), _lift(birth.report)
    birth = replace(birth, environment=environment, life=life, server=server, report=report, entrance=entrance)
    for number, descriptor in enumerate(handed):
        os.dup2(descriptor, number, inheritable=True)
    kept = {*range(len(handed)), environment, life, server, report, *(entrance.descriptors if entrance else ())}
    for descriptor in [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]:
        if descriptor not in kept:
            with contextlib.suppress(OSError):  # the listing's own is closed already
                os.close(descriptor)
    for text in (sys.stdout, sys.stderr):
        text.reconfigure(line_buffering=text is sys.stderr or text.isatty())  # type: ignore[union-attr]
    return birth


def _lift(descriptor: int) -> int:
    """Return a copy of a descriptor above those that have a place of their own."""
    return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, MOST_DESCRIPTORS)


def _name_descriptors(names: Sequence[str]) -> dict[str, str]:
    named = ",".join(f"{name}={number}" for number, name in enumerate(names, STREAMS))
    return {DESCRIPTORS_VARIABLE: named} if named else {}


def _read_environment(descriptor: int) -> dict[str, str]:
    """Read what was handed over, from its beginning, and close it."""
    written = b""
    while data := os.pread(descriptor, LONGEST_ENVIRONMENT, len(written)):
        written += data
        if len(written) > LONGEST_ENVIRONMENT:
            raise ValueError(f"the environment has more than {LONGEST_ENVIRONMENT} bytes")
    os.close(descriptor)
    return read_environment(written)


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


def split_path(value: str) -> list[str]:
    """Return the folders in a PYTHONPATH."""
    return [str(Path(entry).absolute()) for entry in value.split(os.pathsep) if entry]


def _die_with(server: int) -> None:
    """Be killed when the server dies; told by its pidfd, because a sandbox shows nothing of a parent outside."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    poll = select.poll()
    poll.register(server, select.POLLIN)
    if poll.poll(0):  # it died in between
        os._exit(1)
    os.close(server)


def _end_with(life: int) -> None:
    """End this process when the one it is tied to has ended, as an ordinary kernel does."""
    poll = select.poll()
    poll.register(life, select.POLLIN)
    poll.poll()
    os._exit(1)


def _await_go(report: int) -> None:
    """Say that everything is ready; end where nobody is left to know of it."""
    try:
        os.write(report, READY)
        is_known = os.read(report, len(GO)) == GO
    except OSError:
        is_known = False
    if not is_known:
        os._exit(1)
    os.close(report)
