"""Start a person's notebook server: the first program inside their walls.

Run as a file, by the spawner, already inside the sandbox and with the person's own rights, so that whatever
links the home holds lead nowhere else. Standard library only: nothing else of the hub is visible here.
It copies the guides, never over a person's change, and then becomes ``jupyterhub-singleuser``.
A home that cannot be prepared is reported in ``~/.datahall/server.log`` and does not keep the server from starting.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

HANDED_OVER = "DATAHALL_DESCRIPTORS"  # in the environment: "name=number", separated by commas
OURS = ".datahall"  # the folder below the home that holds our notes and the server's log
GUIDES = "guides"
# Where a notebook says which Python ran it last. The Lab writes its kernel's there as soon as it opens a notebook, and
# one in which it changes something thereby is marked as unsaved before anybody has touched it.
PYTHON_VERSION = re.compile(rb'(?<="pygments_lexer": "ipython3",\n   "version": ")[^"]*')
LAB_LOCALES = {"zh": "zh_CN"}
LAB_LOCALE_FILE = ".jupyter/lab/user-settings/@jupyterlab/translation-extension/plugin.jupyterlab-settings"


def main() -> None:
    """Prepare the home and run the server."""
    home = Path.home()
    language = os.environ.get("DATAHALL_LANGUAGE", "en")
    _open_log(home)
    try:
        copy_guides(
            Path(os.environ["DATAHALL_GUIDES_FOLDER"]), target=home / GUIDES, manifest=home / OURS / "guides.json"
        )
        ensure_lab_language(home, language=language)
        ensure_catalogs(home, mounted=os.environ.get("DATAHALL_CATALOGS"))
    except OSError as error:
        print(f"The home folder could not be prepared: {error}", file=sys.stderr)
    if "JUPYTER_RUNTIME_DIR" in os.environ:
        # Sockets in a folder that only this sandbox has: the loopback network is everybody's.
        sys.argv.append("--KernelManager.transport=ipc")
    elif os.geteuid() == 0:
        sys.argv.append("--allow-root")  # root runs a hall without walls; the pages and the terminal warn of that
    os.environ["JUPYTERHUB_DEFAULT_URL"] = find_first_page(home, language=language)

    # A grammar of internationalised addresses, which jsonschema compiles for 0.8 s and no schema here asks for.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None: not to be found
    run_server(take_descriptor("listener"))


def take_descriptor(name: str) -> int | None:
    """Return a descriptor that this program was handed under a name; none of its own children is handed it."""
    given = dict(entry.split("=") for entry in os.environ.pop(HANDED_OVER, "").split(",") if entry)
    if name not in given:
        return None
    os.set_inheritable(int(given[name]), False)
    return int(given[name])


def run_server(listener: int | None) -> None:
    """Run `jupyterhub-singleuser`, listening at a socket that is open already where there is one."""
    from jupyter_server.serverapp import ServerApp
    from jupyterhub.singleuser.extension import JupyterHubSingleUser

    class ListeningServer(ServerApp):
        """The server, which would open a port of its own."""

        def _find_http_port(self) -> None:
            pass

        def _bind_http_server_tcp(self) -> bool:
            handed_over = socket.socket(fileno=listener)
            handed_over.setblocking(False)
            self.http_server.add_socket(handed_over)
            return True

    if listener is not None:
        JupyterHubSingleUser.serverapp_class = ListeningServer
    JupyterHubSingleUser.launch_instance()


def copy_guides(shipped: Path, *, target: Path, manifest: Path) -> None:
    """Bring `target` up to date with `shipped`, leaving alone whatever the person has changed or deleted.

    The manifest holds the hash of what was shipped last, by which a person's change is told from ours. Where
    both have changed, theirs stays and the new one is put beside it.
    """
    known = _load_manifest(manifest)
    for source, name in _shipped_files(shipped):
        data = PYTHON_VERSION.sub(platform.python_version().encode(), source.read_bytes())
        digest = _hash(data)
        if known.get(name) == digest:
            continue
        theirs = target / name
        if name not in known and not theirs.exists():
            _write(theirs, data)
        elif theirs.exists() and _hash(theirs.read_bytes()) not in {known.get(name), digest}:
            _write_beside(theirs, data)
        elif theirs.exists():
            _write(theirs, data)
        known[name] = digest
    _write(manifest, json.dumps(known, indent=1, sort_keys=True).encode())


def ensure_lab_language(home: Path, *, language: str) -> None:
    """Set the Lab's language on the first start; what the person chooses there later stays."""
    locale = LAB_LOCALES.get(language)
    path = home / LAB_LOCALE_FILE
    if locale and not path.exists():
        _write(path, json.dumps({"locale": locale}).encode())


def ensure_catalogs(home: Path, *, mounted: str | None) -> None:
    """Make ``~/catalogs`` where there are no walls to mount it: a link to the same folder."""
    place = home / "catalogs"
    if mounted and Path(mounted) != place:
        if place.is_dir() and not place.is_symlink():
            place.rmdir()  # the empty mount point of a start with walls; a filled folder is the person's and stays
        place.unlink(missing_ok=True)
        place.symlink_to(mounted)


def find_first_page(home: Path, *, language: str) -> str:
    """Return where the Lab opens: on the first guide that is there, in the person's language if there is a choice.

    A guide is named in the language it is written in, so a Chinese one has a name beyond ASCII.
    """
    notebooks = sorted((home / GUIDES).glob("*.ipynb"))
    chinese = [path for path in notebooks if not path.stem.isascii()]
    own = chinese if language == "zh" and chinese else [path for path in notebooks if path not in chinese]
    return "/lab/tree/" + quote(f"{GUIDES}/{own[0].name}") if own else "/lab"


def _shipped_files(shipped: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(shipped.rglob("*")):
        name = path.relative_to(shipped)
        if path.is_file() and not any(part.startswith((".", "__")) for part in name.parts):
            yield path, name.as_posix()


def _load_manifest(path: Path) -> dict[str, str]:
    try:
        known = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return {str(k): str(v) for k, v in known.items()} if isinstance(known, dict) else {}


def _write_beside(theirs: Path, data: bytes) -> None:
    for number in range(1, 100):
        place = theirs.with_stem(f"{theirs.stem} (new{'' if number == 1 else f' {number}'})")
        if not place.exists():
            return _write(place, data)
        if place.read_bytes() == data:
            return None
    return None


def _write(path: Path, data: bytes) -> None:
    """Write the whole file or nothing of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    scratch.write_bytes(data)
    scratch.replace(path)


def _hash(data: bytes) -> str:
    """Return the hash of a file, in which the Python of a notebook does not count: nobody chose it."""
    return hashlib.sha256(PYTHON_VERSION.sub(b"", data)).hexdigest()


def _open_log(home: Path) -> None:
    """Send the server's words to a file in the person's own home, where they can read them.

    Where there can be none they go nowhere: whoever reads the first words stops to listen once the server runs, and
    what its kernels said then would end them.
    """
    path = home / OURS / "server.log"
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        if path.exists() or path.is_symlink():
            path.replace(path.with_suffix(".log.1"))
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        print(f"{path} cannot be written: {error}", file=sys.stderr, flush=True)
        descriptor = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    os.close(descriptor)


if __name__ == "__main__":
    main()
