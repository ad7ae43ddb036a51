"""`datahall-forkserver`: run a fork server, make it the default of Python kernels, or tell how it is."""

from __future__ import annotations

import argparse
import json
import os
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
    serve.add_argument("--standby", action="store_true", help="have the next server ready for when this one dies")
    serve.add_argument("--life-line", type=int, metavar="FD", help="end, with all children, when this pipe closes")
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
    from datahall_forkserver.profiles import PROFILES, preload
    from datahall_forkserver.programs import run_sealed
    from datahall_forkserver.starting import LISTENS, choose_environment
    from datahall_forkserver.surroundings import describe_surroundings, note_beginning, read_given_environment

    if asked.profile not in PROFILES:
        print(f"There is no profile {asked.profile}; there are {', '.join(PROFILES)}.", file=sys.stderr)
        return 2
    run_sealed(choose_environment(read_given_environment()))
    if asked.detach and os.fork():
        os._exit(0)

    from datahall_forkserver.child import become
    from datahall_forkserver.doors import open_listener, require_private
    from datahall_forkserver.server import Server
    from datahall_forkserver.spills import remove_spills
    from datahall_forkserver.standby import stand_by

    if sys.path and sys.path[0] in ("", os.getcwd()):  # noqa: PTH109 `-m` puts the working folder first
        del sys.path[0]
    require_private(asked.socket.parent)
    beginning = note_beginning()
    spared = preload(PROFILES[asked.profile], further=asked.module)
    description = {"profile": asked.profile, "surroundings": describe_surroundings(spared, beginning=beginning)}
    listener = open_listener(asked.socket)
    os.write(1, LISTENS)
    os.dup2(2, 1)
    parent = stand_by(life_line=asked.life_line, on_end=remove_spills) if asked.standby else None
    server = Server(
        listener, path=asked.socket, description=description, idle_end=asked.idle_end, life_line=asked.life_line,
        parent=parent, on_end=remove_spills,
    )  # fmt: skip
    del listener
    birth = server.serve()
    if birth is None:
        os._exit(0)  # nothing here needs to be taken down, and that would write into what children share
    server.abandon()
    del server, description, parent
    become(birth)


if __name__ == "__main__":
    sys.exit(main())
