"""What the supervisor writes about itself: which processes make up the hall, for ``status``, ``down`` and the next run.

Each process stands there with its mark, so that a reader never takes another one for it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from datahall_hub.home import Home
from datahall_hub.process_marks import ProcessMark, end_processes, find_mark
from datahall_hub.settings import Settings
from datahall_hub.walls import describe_walls

if TYPE_CHECKING:
    from datahall_hub.children import Child

LEFTOVERS_GRACE = 9.0  # seconds: a hub that is left over ends its user servers first


def write_status(home: Home, *, settings: Settings, children: Iterable[Child]) -> None:
    """Write the present state, whole or not at all."""
    own = find_mark(os.getpid())
    status = {
        "pid": os.getpid(),
        "started": own.started if own else "",
        "address": settings.address,
        "unsafe_no_sandbox": settings.unsafe_no_sandbox,
        "sandbox": describe_walls(settings),
        "children": {
            child.plan.name: {
                "pid": child.mark.pid,
                "started": child.mark.started,
                "state": "ready" if child.is_ready else "starting" if child.process else "fallen",
                "falls": child.falls,
                "renewals": child.renewals,
            }
            for child in children
            if child.mark is not None
        },
    }
    scratch = home.status_file.with_suffix(".part")
    scratch.write_text(json.dumps(status, indent=1) + "\n")
    scratch.replace(home.status_file)


def load_status(home: Home) -> dict[str, Any] | None:
    """Return what the running supervisor has written about itself, or None where none is running."""
    try:
        status: dict[str, Any] = json.loads(home.status_file.read_text())
        mark = ProcessMark(pid=int(status["pid"]), started=str(status["started"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return status if mark.is_alive else None


def end_leftovers(home: Home) -> None:
    """End the processes of an earlier run that was killed; others that got their ids are left alone."""
    try:
        children = json.loads(home.status_file.read_text())["children"].values()
        marks = [ProcessMark(pid=int(child["pid"]), started=str(child["started"])) for child in children]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return
    end_processes([mark for mark in marks if mark.is_alive], grace=LEFTOVERS_GRACE)
    home.status_file.unlink(missing_ok=True)
