"""Once a day the store gives up the versions that no app uses and nobody opened within a year.

A failure (a manifest that cannot be read, say) removes nothing, stands in the log, and is tried again the next day.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from datahall import DatahallError
from datahall.retention import Collection, collect_garbage

log = logging.getLogger("datahall.fetch")

FIRST_PAUSE = 600.0  # seconds after the start, which has other work to do; a hall restarted daily collects, too
DAY = 86_400.0
SPARE = timedelta(days=1)  # longer than the kernel of an app lives


class DailyCollection:
    """Collects in a thread of its own, which ends with the process."""

    def __init__(
        self,
        *,
        apps: Path,
        collect: Callable[..., Collection] = collect_garbage,
        pauses: tuple[float, float] = (FIRST_PAUSE, DAY),
    ) -> None:
        self._apps = apps
        self._collect = collect
        self._pauses = pauses
        self._stopping = threading.Event()

    def start(self) -> None:
        """Begin to wait for the first collection; called when the service starts."""
        threading.Thread(target=self._keep_collecting, name="daily-collection", daemon=True).start()

    def stop(self) -> None:
        """Begin no further collection; called when the service stops."""
        self._stopping.set()

    def _keep_collecting(self) -> None:
        pause, following = self._pauses
        while not self._stopping.wait(pause):
            self._collect_once()
            pause = following

    def _collect_once(self) -> None:
        try:
            collection = self._collect(apps=[self._apps], spare=SPARE)
        except DatahallError as error:
            log.warning("No version was collected: %s", error.message("en"))
        except Exception:
            log.exception("Collecting versions failed in a way nobody foresaw; it is tried again in a day.")
        else:
            for each in collection.removed:
                log.info("%s: version %s removed, %s bytes", each.id, each.version, each.bytes)
