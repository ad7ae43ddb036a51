"""Start `datahall-hub` as the child of make, and pass on the one signal that make keeps to itself.

Called by `make up` only: ``python -m datahall_hub.under_make up …``. A SIGTERM that make gets it sends on, and
Ctrl-C in a terminal reaches the whole process group. A SIGINT to make alone (``kill -INT``, an IDE's stop button)
it does not send on: it stops catching the signal and waits for its child without end. That is what is watched here.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from pathlib import Path

POLL_SECONDS = 0.5


def is_catching(status: str, *, signum: int) -> bool:
    """Whether a process catches `signum`, read from the text of its ``/proc/<pid>/status``."""
    masks = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return bool(int(masks["SigCgt"], 16) >> (signum - 1) & 1)


def watch_make(make: int) -> None:
    """Send this process SIGINT once the process `make` has stopped catching it; return when that happened."""
    status = Path(f"/proc/{make}/status")
    has_caught = False
    with contextlib.suppress(OSError):  # make ended between two looks: nothing left to watch
        while os.getppid() == make:
            catches = is_catching(status.read_text(), signum=signal.SIGINT)
            if has_caught and not catches:
                os.kill(os.getpid(), signal.SIGINT)
                return
            has_caught = has_caught or catches
            time.sleep(POLL_SECONDS)


def main() -> None:
    """Watch make where the system lets one, then be `datahall-hub`."""
    if Path("/proc/self/status").exists():
        threading.Thread(target=watch_make, args=[os.getppid()], name="watch-make", daemon=True).start()
    sys.argv[0] = "datahall-hub"
    try:
        from datahall_hub.cli import main as datahall_hub
    except ModuleNotFoundError as error:  # somebody has deleted a part of the environment
        sys.exit(
            f"The environment .venv is not whole: {error.name} is missing. Make it anew: make clean, then make up\n"
            f"环境 .venv 不完整：缺少 {error.name}。请重新创建：先运行 make clean，再运行 make up"
        )
    datahall_hub()


if __name__ == "__main__":
    main()
