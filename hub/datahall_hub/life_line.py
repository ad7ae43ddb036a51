"""A pipe whose one end only the supervisor holds: the other end closes when it ends, however it ends.

User servers outlive a hub that falls, so the kernel cannot tie them to their parent. Their keepers read this pipe
instead (`datahall_hub.spawner`). The hub finds its end in its environment, as a descriptor it was started with.
"""

from __future__ import annotations

import os
import stat

VARIABLE = "DATAHALL_LIFE_LINE"


class LifeLine:
    """Both ends, as the supervisor has them."""

    def __init__(self) -> None:
        self.end, self._held = os.pipe()  # neither is inherited unless it is passed on

    def close(self) -> None:
        """Let go; whoever reads the other end knows."""
        os.close(self._held)
        os.close(self.end)


def find_life_line() -> int | None:
    """Return the descriptor that this process was handed, or None where it was started by hand."""
    given = os.environ.get(VARIABLE, "")
    if not given.isdecimal():
        return None
    try:
        return int(given) if stat.S_ISFIFO(os.fstat(int(given)).st_mode) else None
    except OSError:
        return None
