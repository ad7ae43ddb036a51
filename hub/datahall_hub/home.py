"""The layout of ``DATAHALL_HOME``, the one folder that holds all state.

Pure paths, and one function that creates them. Nothing else in the project spells these names.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from datahall_hub.failures import HallError
from datahall_hub.operator_words import say

LONGEST_SOCKET_PATH = 107  # bytes, a limit of Linux
LONGEST_SOCKET = "forkserver/gates/u999999999/kernel.sock"  # the longest name there is below `Home.sockets`
LAYOUT = 1  # raised when the layout changes in a way an older version cannot read


class HomeError(HallError):
    """``DATAHALL_HOME`` cannot be used; the message says why and what to do."""

    code = "home-unusable"


@dataclass(frozen=True)
class Home:
    """Paths below one ``DATAHALL_HOME``."""

    root: Path

    @property
    def hub(self) -> Path:
        """The hub's database and what JupyterHub writes beside it (0700)."""
        return self.root / "hub"

    @property
    def database(self) -> Path:
        """The hub's SQLite file, used unless a database URL is set."""
        return self.hub / "jupyterhub.sqlite"

    @property
    def identities(self) -> Path:
        """Which user id each person's server runs under, where root runs the hall."""
        return self.hub / "identities.json"

    @property
    def voices(self) -> Path:
        """What people told the hall, used unless a database URL is set; it may hold e-mail addresses (0700 around)."""
        return self.root / "voices" / "voices.sqlite"

    @property
    def secrets(self) -> Path:
        """Keys and tokens, one file each (0700, files 0600)."""
        return self.root / "secrets"

    @property
    def cookie_secret(self) -> Path:
        """The key that signs the hub's sessions."""
        return self.secrets / "cookie-secret"

    @property
    def door_key(self) -> Path:
        """The key with which the hub signs passes to people's servers, and the proxy checks them."""
        return self.secrets / "door-key"

    @property
    def local_configuration(self) -> Path:
        """The operator's own traits for JupyterHub, one Python file or more."""
        return self.root / "jupyterhub_config.d"

    @property
    def homes(self) -> Path:
        """One folder per person (0700)."""
        return self.root / "homes"

    @property
    def datasets(self) -> Path:
        """Dataset cards made in this hall, read after the shipped ones."""
        return self.root / "datasets"

    @property
    def store(self) -> Path:
        """Versioned Parquet of open datasets; only the fetch service writes here."""
        return self.root / "store"

    @property
    def conditional(self) -> Path:
        """Like the store, for conditional datasets; in no sandbox without a grant (0700)."""
        return self.root / "conditional"

    @property
    def index(self) -> Path:
        """Search index, harvested records, the day each version was last opened; every sandbox reads it."""
        return self.root / "index"

    @property
    def documents(self) -> Path:
        """Pages of the catalog as they were last sent (0700); the hall makes what is not there."""
        return self.root / "documents"

    @property
    def apps(self) -> Path:
        """The files of each version of an app, and which one visitors see."""
        return self.root / "apps"

    @property
    def app_life(self) -> Path:
        """How versions of apps stand and what happened to them, used unless a database URL is set (0700 around)."""
        return self.root / "app-life" / "apps.sqlite"

    @property
    def catalogs(self) -> Path:
        """What is mounted read-only as ``~/catalogs``: merged cards, vocabulary, catalog.yaml, store, index."""
        return self.root / "catalogs"

    @property
    def lessons(self) -> Path:
        """Lessons as students get them, without solutions: what sandboxes show instead of the teacher's version."""
        return self.root / "lessons"

    @property
    def plain_catalogs(self) -> Path:
        """The same for servers without a sandbox: a folder of links, for there is nothing to mount with."""
        return self.run / "catalogs"

    @property
    def logs(self) -> Path:
        """One log per child of the supervisor (0700)."""
        return self.root / "logs"

    @property
    def locks(self) -> Path:
        """Where the library keeps the locks of the store and the index: who can read one can hold it (0700)."""
        return self.root / "locks"

    @property
    def run(self) -> Path:
        """Sockets, process ids and ports of the running hall (0700)."""
        return self.root / "run"

    @property
    def status_file(self) -> Path:
        """Which processes make up the running hall."""
        return self.run / "hall.json"

    @property
    def password_shown(self) -> Path:
        """There once the operator has been shown the first password."""
        return self.hub / "first-password-shown"

    @property
    def ports_file(self) -> Path:
        """The inner ports of the last run, taken again so that running user servers still find the hub."""
        return self.run / "ports.json"

    @property
    def fetch_socket(self) -> Path:
        """The fetch service's Unix socket (0600)."""
        return self.run / "fetch.sock"

    @property
    def apps_socket(self) -> Path:
        """Where the hall has versions of apps tried by the apps service (0600)."""
        return self.run / "apps.sock"

    @property
    def egress_socket(self) -> Path:
        """Where the hub has sandboxes served with the hall's address and a way out (0600)."""
        return self.sockets / "egress.sock"

    @property
    def egress_journal(self) -> Path:
        """Which sandboxes are served, one file each (0700)."""
        return self.run / "egress"

    @property
    def sockets(self) -> Path:
        """Where sockets lie whose paths have to be short: with the others, or in a folder of our own elsewhere."""
        if len(os.fsencode(self.run / LONGEST_SOCKET)) <= LONGEST_SOCKET_PATH:
            return self.run
        name = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"datahall-{os.geteuid()}-{name}"

    @property
    def limits(self) -> Path:
        """Whose servers run, and within what; read by the limits service (0700)."""
        return self.run / "limits"

    @property
    def server_sockets(self) -> Path:
        """One folder for each person's server, where it listens (0700)."""
        return self.sockets / "u"

    @property
    def fork_servers(self) -> Path:
        """The sockets of the fork servers, and the gates to them (0700)."""
        return self.sockets / "forkserver"

    def fork_socket(self, profile: str) -> Path:
        """Where the fork server of a profile listens, for the hub and its services alone."""
        return self.fork_servers / f"{profile}.sock"

    @property
    def lock(self) -> Path:
        """Held by the supervisor for as long as the hall runs."""
        return self.run / "up.lock"

    @property
    def version_file(self) -> Path:
        """Which layout wrote this home."""
        return self.root / "home.json"


def resolve_home(root: Path) -> Home:
    """Return the paths below `root`, however it is spelt; nothing is created."""
    return Home(root.expanduser().resolve())


def ensure_home(root: Path) -> Home:
    """Create what is missing below `root` and return its paths.

    Raises
    ------
    HomeError
        If the folder cannot be written, or was made by a newer version.
    """
    home = resolve_home(root)
    try:
        home.root.mkdir(parents=True, exist_ok=True)
        _check_version(home)
        for private in (
            home.hub, home.voices.parent, home.app_life.parent, home.secrets, home.homes, home.conditional, home.logs,
            home.run, home.locks,
        ):  # fmt: skip
            private.mkdir(exist_ok=True)
            private.chmod(0o700)
        for private in (home.sockets, home.server_sockets, home.fork_servers):
            _ensure_private(private)
        for folder in (home.datasets, home.store, home.index, home.apps, home.catalogs, home.lessons):
            folder.mkdir(exist_ok=True)
    except OSError as error:
        raise HomeError(
            say(
                "DATAHALL_HOME cannot be written: {path}: {problem}. "
                "Choose another folder with --home, or give this one to the user who starts the hall.",
                path=error.filename or home.root,
                problem=os.strerror(error.errno or 0),
            )
        ) from error
    return home


def _ensure_private(folder: Path) -> None:
    """Make a folder, or refuse what somebody else has made in its place."""
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o077:
        raise PermissionError(errno.EACCES, "others can enter it", str(folder))


def _check_version(home: Home) -> None:
    if home.version_file.exists():
        try:
            layout = int(json.loads(home.version_file.read_text())["layout"])
        except (ValueError, KeyError, TypeError) as error:
            raise HomeError(
                say(
                    "{path} cannot be read, so it is not known which version made this folder. "
                    "Restore it from a backup, or choose another folder with --home.",
                    path=home.version_file,
                )
            ) from error
        if layout > LAYOUT:
            raise HomeError(
                say(
                    "{path} was made by a newer version of Datahall (layout {layout}; known: {known}). "
                    "Install that version, or choose another folder with --home.",
                    path=home.root,
                    layout=layout,
                    known=LAYOUT,
                )
            )
        return
    # Services that start at the same time on a new home each write their own; whichever comes last, they say the same.
    scratch = home.root / f".home-{secrets.token_hex(4)}.part"
    scratch.write_text(json.dumps({"layout": LAYOUT}) + "\n")
    scratch.replace(home.version_file)
