"""What polars wrote to disk because it did not fit into memory, removed once its process has ended.

Polars removes such files in a thread that starts when it is imported (`polars-ooc-cleaner`); a forked child lacks
that thread, so its files stay until the child ends. They lie in a folder named by the process's id.
"""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

DEFAULT = Path("/var/tmp")  # noqa: S108 where polars 2 puts them: polars-<user>/spill/<pid>


def remove_spills(pid: int) -> None:
    """Remove what the process `pid` spilled; it has ended, or is about to."""
    if given := os.environ.get("POLARS_OOC_SPILL_DIR"):
        folders = [Path(given) / str(pid)]
    else:
        folders = [folder / "spill" / str(pid) for folder in DEFAULT.glob("polars-*")]
    for folder in folders:
        try:
            status = folder.lstat()
        except OSError:
            continue
        if stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid():
            shutil.rmtree(folder, ignore_errors=True)
