"""Start a visitor's kernel behind walls: jupyter_client's provisioner, wrapped in bubblewrap.

Promises for each kernel: no network (it speaks through Unix sockets in a folder of its own), a throw-away
home, catalogs and store read-only, an environment of the variables named here and nothing else.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Bool, Unicode

from datahall_hub.sandbox import Mount, Walls, bwrap_command, place_home
from datahall_hub.session_keyring import leave_session_keyring

from .kernel_words import KernelWords

HOME_INSIDE = place_home(Path("/home/visitor"))
CATALOGS_INSIDE = HOME_INSIDE / "catalogs"
# What the service may say to an app.
PASSED_ON = ("DATAHALL_LANGUAGE", "VOILA_KERNEL_ID")
ALLOWED_THREADS = "2"  # a visit is one person moving one widget; more threads only fight for cores


class VisitorProvisioner(LocalProvisioner):
    """Runs one kernel in one sandbox; found by jupyter_client under ``datahall-visitor``.

    jupyter_client calls `pre_launch`, `launch_kernel` and, when the kernel has ended, `cleanup`.
    The kernel spec's configuration gives `hall`, `catalogs`, `store`, `index`, `fonts` and `walled`.
    """

    hall = Unicode(help="The hall's own folder, which no visit sees.")
    catalogs = Unicode("", help="Folder of cards and vocabulary, mounted read-only; empty for none.")
    store = Unicode("", help="The versioned data, mounted read-only below the catalogs.")
    index = Unicode("", help="Search index and harvested records, mounted read-only below the catalogs.")
    fonts = Unicode("", help="matplotlib's list of fonts, made once; empty or missing for none.")
    walled = Bool(True, help="False where the operator has switched the sandbox off.")

    @property
    def folder(self) -> Path:
        """The kernel's own folder: connection file, sockets, home."""
        kernel: Any = self.parent  # the kernel manager, which jupyter_client types as "anything, or nothing"
        return Path(kernel.connection_file).parent

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start `cmd` inside the walls, with a cleared environment."""
        home = self.folder / "home"
        home.mkdir(mode=0o700, exist_ok=True)
        if self.fonts and Path(self.fonts).is_dir():
            shutil.copytree(self.fonts, home / ".cache/matplotlib")
        given = {name: value for name, value in kwargs.pop("env", {}).items() if name in PASSED_ON}
        if self.walled:
            environment = {**_environment(HOME_INSIDE, catalogs=CATALOGS_INSIDE), **given}
            cmd = bwrap_command(cmd, walls=self._walls(home))
            # ipykernel watches for its parent by a process id that means nothing inside; bwrap ends it instead.
            kwargs["independent"] = True
        else:
            environment = {**_environment(home, catalogs=Path(self.catalogs)), **given}
        kwargs["cwd"] = str(home)
        kwargs["stdout"] = subprocess.DEVNULL  # ipykernel's greeting; what an app logs goes to stderr
        kwargs["preexec_fn"] = leave_session_keyring
        words = KernelWords(self.folder.name)
        try:
            return await super().launch_kernel(cmd, env=environment, stderr=words.entrance, **kwargs)
        finally:
            words.listen()

    async def cleanup(self, restart: bool = False) -> None:
        """Remove what the visit left."""
        await super().cleanup(restart=restart)
        if not restart:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _walls(self, home: Path) -> Walls:
        mounts = [Mount(self.folder, self.folder, writable=True)]
        if self.catalogs:
            mounts.append(Mount(Path(self.catalogs), CATALOGS_INSIDE))
            for name, source in (("store", self.store), ("index", self.index)):
                if source and (Path(self.catalogs) / name).is_dir():
                    mounts.append(Mount(Path(source), CATALOGS_INSIDE / name))
        return Walls(home=home, home_inside=HOME_INSIDE, hidden=(Path(self.hall),), mounts=tuple(mounts))


def _environment(home: Path, *, catalogs: Path) -> dict[str, str]:
    """Return everything an app's kernel knows of the machine."""
    environment = {
        "HOME": str(home),
        "PATH": os.pathsep.join([str(Path(sys.prefix) / "bin"), "/usr/bin", "/bin"]),
        "LANG": "C.UTF-8",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # as in the Lab: `plt.show()` shows a picture
        "PYTHONDONTWRITEBYTECODE": "1",
        "POLARS_MAX_THREADS": ALLOWED_THREADS,
        "OMP_NUM_THREADS": ALLOWED_THREADS,
    }
    if catalogs.name:
        environment["DATAHALL_CATALOGS"] = str(catalogs)
    return environment
