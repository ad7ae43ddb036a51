"""Start an update of the mounted catalogs and lessons when it is due, in a process of its own.

`datahall_hub.catalog_mounts` does the work; the supervisor stays small and is never kept waiting.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from datahall_hub.announcements import Announcer
from datahall_hub.catalog_mounts import describe_cards, describe_parts
from datahall_hub.home import Home
from datahall_hub.parent_death import end_with_parent
from datahall_hub.students_lessons import describe_lessons

TRY_AGAIN_AFTER = 30.0  # seconds after an update that failed
NEVER = "never"  # no list of cards reads like this


class CatalogUpdates:
    """Brings what is mounted up to date in a process of its own: at the start, and when cards, parts or lessons change.

    `lessons` is the folder with the teacher's version of them.
    """

    def __init__(self, home: Home, *, lessons: Path, announcer: Announcer) -> None:
        self.home = home
        self.lessons = lessons
        self.announcer = announcer
        self.log = home.logs / "catalogs.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.is_current = False
        self._seen = NEVER
        self._due_at = 0.0

    def start(self) -> None:
        """Start an update."""
        self._seen = self._describe()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "datahall_hub.catalog_mounts", str(self.home.root), str(self.lessons)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )

    def look(self) -> None:
        """Note the end of an update, and start the next if something has changed since."""
        if self.process is not None and self.process.poll() is not None:
            self._note_end(self.process.returncode)
            self.process = None
        is_due = time.monotonic() >= self._due_at
        if self.process is None and is_due and self._describe() != self._seen:
            self.start()

    def _describe(self) -> str:
        told = (describe_cards(self.home.datasets), describe_parts(self.home), describe_lessons(self.lessons))
        return "\n".join(told)

    def _note_end(self, code: int) -> None:
        if code == 0:
            self.is_current = True
            return
        self.announcer.catalogs_stale(self.log)
        # An earlier update's folders serve on; without any, servers could not be started.
        self.is_current = (self.home.catalogs / "store").is_dir()
        self._seen = NEVER
        self._due_at = time.monotonic() + TRY_AGAIN_AFTER
