"""Packages of one's own: what a person installs with the hall's pip lies in their home, and kernels see it.

Only this environment's pip, as ``pip`` and ``%pip``, and this environment's kernels know of it: an environment that
somebody makes for themselves has its own pip and its own packages. Run as a program this file is pip; as a module it
is an IPython extension of every kernel that the hall's kernelspec starts.
"""

from __future__ import annotations

import os
import runpy
import shlex
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

ELSEWHERE = ("--user", "--target", "-t", "--prefix", "--root")  # a person has said where


def find_own_packages(home: Path) -> Path:
    """Return the folder of packages in a home."""
    return home / f".local/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Have ``%pip`` install into the home, and keep what this kernel was given from what it starts itself."""
    os.environ.pop("PYTHONPATH", None)  # read when the kernel began

    def pip(line: str) -> None:
        """Run the pip of this environment; what it installs goes into the home folder."""
        shell.system(f"{shlex.quote(sys.executable)} {shlex.quote(__file__)} {line}")
        print("What was installed is seen by kernels that start from now on: restart this one to use it here.")

    shell.register_magic_function(pip, "line", "pip")


def main() -> None:
    """Run pip as ``pip`` does, into the home."""
    home = Path.home()
    # Before this environment's packages, as in kernels, and behind Python's own modules.
    place = sys.path.index(sysconfig.get_path("purelib"))
    sys.path.insert(place, str(find_own_packages(home)))
    if not any(word.startswith(ELSEWHERE) for word in sys.argv[1:]):
        os.environ["PIP_PREFIX"] = str(home / ".local")
    sys.prefix = str(home / ".local")  # for pip, what lies elsewhere is not this person's to take away
    runpy.run_module("pip", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
