"""What passes between the server and a child on its way: orders one way, a few lines and one word the other."""

from __future__ import annotations

from dataclasses import dataclass

from datahall_forkserver.namespaces import Entrance
from datahall_forkserver.protocol import Request

# What a child says, a line each: which process it is now that it has entered, and that it is ready. Anything else is
# what keeps it from starting.
INSIDE = b"inside "
READY = b"ready\n"
LONGEST_REPORT = 4096  # bytes
# What it is answered once somebody knows of it. Without that it ends: nobody would ever look after it.
GO = b"go"


@dataclass(frozen=True)
class Birth:
    """What a child finds when it comes out of the fork: what it is to be, and its descriptors."""

    request: Request
    environment: int  # a file that the server has not read
    streams: tuple[int, ...]  # and behind them the descriptors that have names
    life: int | None  # pidfd of the process that it is tied to
    report: int  # a socket where it says that it is ready, or why not, and hears whether to go on
    server: int | None = None  # pidfd of the server, where it dies with that
    entrance: Entrance | None = None  # the way into its sandbox
    is_born_inside: bool = False  # and has its process id there already
