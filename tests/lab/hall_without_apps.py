"""A hall that begins without apps, for those who publish their own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.running_hall import RunningHall


@contextlib.contextmanager
def open_hall_without_apps(folder: Path) -> Iterator[RunningHall]:
    """Run it in a folder until the block ends."""
    (folder / "apps").mkdir()
    hall = RunningHall(folder / "home").start(environment={"DATAHALL_APPS_FOLDER": str(folder / "apps")})
    try:
        hall.wait_until_whole()
        yield hall
    finally:
        hall.stop()
