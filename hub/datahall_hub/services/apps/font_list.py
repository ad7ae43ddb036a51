"""matplotlib's list of the machine's fonts, made once and kept: looking for them takes a kernel 0.3 s and more.

Kept in a folder whose name tells for which matplotlib and which fonts it was made; when either changes it is made anew.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

PREFIX = "matplotlib-"
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))  # what a sandbox shows


def font_list_folder(index: Path, *, fonts: Sequence[Path] = FONT_FOLDERS) -> Path:
    """Return where the list for the present fonts lies below `index`, whether or not it is there yet."""
    parts = [version("matplotlib"), sys.version]
    for root in fonts:
        parts += [f"{folder} {Path(folder).stat().st_mtime_ns}" for folder, _, _ in sorted(os.walk(root))]
    return index / (PREFIX + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16])


async def ensure_font_list(folder: Path) -> None:
    """Make the list unless it is there, and remove those of other fonts; called when the service starts."""
    if folder.is_dir():
        return
    scratch = folder.with_name(f".{folder.name}.{os.getpid()}")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import matplotlib.font_manager",
        env={"MPLCONFIGDIR": str(scratch), "PATH": os.defpath},
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        if await process.wait() == 0 and scratch.is_dir():
            for old in folder.parent.glob(f"{PREFIX}*"):
                shutil.rmtree(old, ignore_errors=True)
            scratch.rename(folder)
    except asyncio.CancelledError:
        process.kill()
        raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
