"""Runs in the kernel of a trial, before the app does: notes what the app tries that no app can do there.

A help to honest authors, who learn why their app would not work for visitors; the wall is the sandbox. An app can take
this away, and what libraries of other languages open (polars, say) is not seen at all. It is sent to the kernel as
text, for the hall's own code is not to be found inside: nothing is imported here but the standard library.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

NAME = "_datahall_trial"  # of the module as which it stands in the kernel
MOST_ATTEMPTS, MOST_USED, LONGEST = 100, 1_000, 300  # characters of a target
PRIVATE = ("/etc", "/home", "/root", "/var")
# What libraries read by themselves: time zones, kinds of files, certificates, fonts, which system this is.
READ_BY_LIBRARIES = (
    "/etc/apache", "/etc/apache2", "/etc/ca-certificates", "/etc/debian_version", "/etc/fonts", "/etc/httpd",
    "/etc/ipython", "/etc/jupyter", "/etc/localtime", "/etc/lsb-release", "/etc/matplotlibrc", "/etc/mime.types",
    "/etc/os-release", "/etc/ssl", "/etc/timezone", "/var/cache/fontconfig",
)  # fmt: skip
# And what they start by themselves: to look for fonts (matplotlib), for C libraries (ctypes), to draw (intake).
STARTED_BY_LIBRARIES = ("cc", "dot", "fc-list", "gcc", "ld", "ldconfig", "objdump", "uname")

attempts: dict[tuple[str, str], None] = {}  # in order, each once


def find_own_folders() -> tuple[str, ...]:
    """Return the folders that an app may well read: this Python, what is imported from, the home, the catalogs."""
    named = (os.environ.get("HOME", ""), os.environ.get("DATAHALL_CATALOGS", ""), sys.prefix, sys.base_prefix)
    return tuple(os.path.realpath(folder) for folder in (*named, *sys.path) if folder.startswith("/"))


def is_below(path: str, folders: tuple[str, ...]) -> bool:
    """Return whether a path is one of the folders, or lies in one."""
    return any(path == folder or path.startswith(folder.rstrip("/") + "/") for folder in folders)


def find_read(path: Any, *_: object) -> str | None:
    """Return the path of a file that an app has no business with."""
    if not isinstance(path, (str, bytes, os.PathLike)):
        return None  # a descriptor
    full = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 nothing more is imported than needed
    number = full.removeprefix("/proc/").partition("/")[0]
    if full.startswith("/proc/") and number.isdecimal():
        return full if int(number) != os.getpid() else None
    is_private = is_below(full, PRIVATE) and not is_below(full, READ_BY_LIBRARIES)
    return full if is_private and not is_below(full, own_folders) else None


def find_connection(connection: Any, address: Any) -> str | None:
    """Return the address of another machine."""
    if getattr(connection, "family", None) == getattr(socket, "AF_UNIX", None):
        return None
    return ":".join(map(str, address[:2])) if isinstance(address, tuple) else str(address)


def find_name(host: Any, *_: object) -> str | None:
    """Return the name of another machine; a number is no name."""
    name = host.decode(errors="replace") if isinstance(host, bytes) else str(host or "")
    return name if name.strip("0123456789.") and ":" not in name else None


def find_program(program: Any, arguments: Any = None, *_: object) -> str | None:
    """Return the program that is started."""
    if program is None and arguments:
        program = arguments if isinstance(arguments, (str, bytes)) else arguments[0]
    name = os.fsdecode(program)
    return name if name.rpartition("/")[2] not in STARTED_BY_LIBRARIES else None


def find_typed_command(*_: object) -> str | None:
    """Return the command of a line with an exclamation mark, which IPython runs in a terminal of its own."""
    frame = sys._getframe()
    while frame.f_back is not None and frame.f_code.co_name != "system_piped":
        frame = frame.f_back
    return str(frame.f_locals.get("cmd", "a terminal"))


# What Python tells of itself (the table of audit events in its documentation), what kind of attempt it is, and on what.
EVENTS: dict[str, tuple[str, Callable[..., str | None]]] = {
    "open": ("read", find_read),
    "socket.connect": ("connect", find_connection),
    "socket.getaddrinfo": ("resolve", find_name),
    "socket.gethostbyname": ("resolve", find_name),
    "subprocess.Popen": ("start", find_program),
    "os.exec": ("start", find_program),
    "os.forkpty": ("start", find_typed_command),
    "os.posix_spawn": ("start", find_program),
    "os.system": ("start", find_program),
}


def note(event: str, values: tuple[Any, ...]) -> None:
    """Note what is an attempt; Python calls this whatever happens, and what it raised would end that."""
    if event not in EVENTS or len(attempts) >= MOST_ATTEMPTS:
        return
    kind, find_target = EVENTS[event]
    try:
        target = find_target(*values)
    except Exception:  # noqa: BLE001 odd values are the caller's, who gets Python's own error
        return
    if target:
        attempts[kind, target[:LONGEST]] = None


def tell() -> str:
    """Return what was noted and which datasets were opened: JSON in letters that nothing on the way changes."""
    told = {"attempts": [{"kind": kind, "target": target} for kind, target in attempts], "used": list_used()}
    return base64.b64encode(json.dumps(told).encode()).decode()


def list_used() -> list[Any]:
    """Return what was opened by the library, where the app has imported it."""
    datahall = sys.modules.get("datahall")
    return list(datahall.used())[:MOST_USED] if datahall is not None else []


own_folders = find_own_folders()


def install() -> None:
    """Begin to note; called once, in the kernel, with this module made from its text."""
    module = ModuleType(NAME)
    module.tell = tell  # type: ignore[attr-defined]
    sys.modules[NAME] = module
    sys.addaudithook(note)
