"""`datahall-forkserver`: run a fork server, make it the default of Python kernels, or tell how it is."""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from datahall_forkserver.errors import NoServerError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return 0 where it did, 1 where it could not, 2 for misuse."""
    parser = argparse.ArgumentParser(prog="datahall-forkserver", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="preload modules and fork children on request")
    serve.add_argument("--socket", type=Path, required=True, help="where to listen, in a folder of its owner's alone")
    serve.add_argument("--profile", default="kernel", help="what to preload: kernel, server or bare")
    serve.add_argument("--module", action="append", default=[], help="a further module to preload")
    serve.add_argument("--idle-end", type=float, default=0, help="end after so many seconds unwanted; 0 for never")
    serve.add_argument("--detach", action="store_true", help="run on as a process that nobody waits for")
    install = commands.add_parser("install", help="have Jupyter fork its Python kernels")
    install.add_argument("--sys-prefix", action="store_true", help="for this environment (the default)")
    install.add_argument("--user", action="store_true", help="for this user")
    install.add_argument("--prefix", type=Path, help="under another prefix")
    install.add_argument("--name", default="python3", help="the kernel's name")
    status = commands.add_parser("status", help="tell whether a server runs, and what it has done")
    status.add_argument("--profile", default="kernel")
    asked = parser.parse_args(argv)
    match asked.command:
        case "serve":
            return _serve(asked)
        case "install":
            from datahall_forkserver.kernelspec import install_kernelspec

            print(install_kernelspec(name=asked.name, user=asked.user, prefix=asked.prefix))
            return 0
        case _:
            return _show_status(asked.profile)


def _show_status(profile: str) -> int:
    from datahall_forkserver.client import ForkServer
    from datahall_forkserver.starting import find_place

    try:
        described = ForkServer(find_place(profile, environment=os.environ).socket).describe()
    except NoServerError as error:
        print(json.dumps({"error": {"code": error.code, "message": str(error)}}))
        return 1
    print(json.dumps({name: value for name, value in described.items() if name != "surroundings"}))
    return 0


def _serve(asked: argparse.Namespace) -> int:
    if asked.detach and os.fork():
        os._exit(0)
    from datahall_forkserver.child import become
    from datahall_forkserver.profiles import PROFILES, preload
    from datahall_forkserver.server import Server
    from datahall_forkserver.spills import remove_spills
    from datahall_forkserver.starting import LISTENS
    from datahall_forkserver.surroundings import describe_surroundings

    if asked.profile not in PROFILES:
        print(f"There is no profile {asked.profile}; there are {', '.join(PROFILES)}.", file=sys.stderr)
        return 2
    if sys.path and sys.path[0] in ("", os.getcwd()):  # noqa: PTH109 `-m` puts the working folder first
        del sys.path[0]
    spared = preload(PROFILES[asked.profile], further=asked.module)
    description = {"profile": asked.profile, "surroundings": describe_surroundings(spared)}
    listener = _listen(asked.socket)
    server = Server(listener, path=asked.socket, description=description, idle_end=asked.idle_end, on_end=remove_spills)
    del listener
    os.write(1, LISTENS)
    os.dup2(2, 1)
    birth = server.serve()
    if birth is None:
        os._exit(0)  # nothing here needs to be taken down, and that would write into what children share
    server.abandon()
    del server, description
    become(birth)


def _listen(path: Path) -> socket.socket:
    """Listen at a path, under a name of its own first: whoever finds the socket finds it ready."""
    status = path.parent.stat()
    if status.st_uid != os.geteuid() or status.st_mode & 0o077:
        raise NoServerError(f"{path.parent} can be entered by others; a fork server does not listen there.")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    new = path.with_name(f"{path.name}.{os.getpid()}")
    new.unlink(missing_ok=True)
    listener.bind(str(new))
    new.chmod(0o600)
    listener.listen(128)
    new.rename(path)
    return listener


if __name__ == "__main__":
    sys.exit(main())
