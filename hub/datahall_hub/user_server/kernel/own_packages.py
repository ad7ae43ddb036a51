"""Packages of one's own: what a person installs with the hall's pip lies in their home, and kernels see it.

Only this environment's pip, as ``pip`` and ``%pip``, and this environment's kernels know of it: an environment that
somebody makes for themselves has its own pip and its own packages. Run as a program this file is pip; as a module it
is an IPython extension of every kernel that the hall's kernelspec starts.
"""

from __future__ import annotations

import importlib.util
import os
import runpy
import shlex
import sys
import sysconfig
from pathlib import Path
from typing import Any

ELSEWHERE = ("--user", "--target", "-t", "--prefix", "--root")  # a person has said where
RESTART = {
    "en": "What was installed is seen by kernels that start from now on: restart this one to use it here.",
    "zh": "新装的软件包对此后启动的内核可见：如需在此使用，请重启当前内核。",
}
NO_PIP = {
    "en": "The hall's environment has no pip. Make an environment of your own: python -m venv ~/own",
    "zh": "大厅的环境中没有 pip。请自建环境：python -m venv ~/own",
}


def find_own_packages(home: Path) -> Path:
    """Return the folder of packages in a home."""
    return home / f".local/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"


def load_ipython_extension(shell: Any) -> None:  # an InteractiveShell, whose methods have no types
    """Have ``%pip`` install into the home, and keep what this kernel was given from what it starts itself."""
    os.environ.pop("PYTHONPATH", None)  # read when the kernel began

    def pip(line: str) -> None:
        """Run the pip of this environment; what it installs goes into the home folder."""
        shell.system(f"{shlex.quote(sys.executable)} {shlex.quote(__file__)} {line}")
        if line.split(maxsplit=1)[:1] == ["install"]:
            print(RESTART.get(os.environ.get("DATAHALL_LANGUAGE", ""), RESTART["en"]))

    shell.register_magic_function(pip, "line", "pip")


def main() -> None:
    """Run pip as ``pip`` does, into the home."""
    if importlib.util.find_spec("pip") is None:
        raise SystemExit(NO_PIP.get(os.environ.get("DATAHALL_LANGUAGE", ""), NO_PIP["en"]))
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
